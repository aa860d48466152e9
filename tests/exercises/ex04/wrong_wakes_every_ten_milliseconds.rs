//! told: woke-early

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

pub fn delay(length: Duration) -> Delay {
    let end = Instant::now() + length;
    let waker = Arc::new(Mutex::new(None::<Waker>));
    let latest = waker.clone();
    thread::spawn(move || {
        while Instant::now() < end {
            thread::sleep(Duration::from_millis(10));
            let waker = latest.lock().unwrap().clone();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    });
    Delay { end, waker }
}

pub struct Delay {
    end: Instant,
    waker: Arc<Mutex<Option<Waker>>>,
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        *self.waker.lock().unwrap() = Some(context.waker().clone());
        match Instant::now() >= self.end {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}
