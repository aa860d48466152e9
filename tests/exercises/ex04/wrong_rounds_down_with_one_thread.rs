//! told: woke-early

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

pub fn delay(length: Duration) -> Delay {
    let waker = Arc::new(Mutex::new(None::<Waker>));
    let latest = waker.clone();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(length.as_millis() as u64));
        let waker = latest.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    Delay { end: Instant::now() + length, waker }
}

pub struct Delay {
    end: Instant,
    waker: Arc<Mutex<Option<Waker>>>,
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut waker = self.waker.lock().unwrap();
        if Instant::now() >= self.end {
            return Poll::Ready(());
        }
        *waker = Some(context.waker().clone());
        Poll::Pending
    }
}
