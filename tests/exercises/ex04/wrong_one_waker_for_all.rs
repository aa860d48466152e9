//! told: other-delay

use std::{
    pin::Pin,
    sync::Mutex,
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

static WAKER: Mutex<Option<Waker>> = Mutex::new(None);

pub fn delay(length: Duration) -> Delay {
    let end = Instant::now() + length;
    thread::spawn(move || {
        thread::sleep(end.saturating_duration_since(Instant::now()));
        let waker = WAKER.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    Delay { end }
}

pub struct Delay {
    end: Instant,
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut waker = WAKER.lock().unwrap();
        if Instant::now() >= self.end {
            return Poll::Ready(());
        }
        *waker = Some(context.waker().clone());
        Poll::Pending
    }
}
