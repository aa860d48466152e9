//! told: too-many-wakes

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

pub fn delay(length: Duration) -> Delay {
    Delay { end: Instant::now() + length, waker: Arc::default() }
}

pub struct Delay {
    end: Instant,
    waker: Arc<Mutex<Option<Waker>>>,
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Poll::Ready(());
        }
        *self.waker.lock().unwrap() = Some(context.waker().clone());
        let waker = self.waker.clone();
        thread::spawn(move || {
            thread::sleep(left);
            let waker = waker.lock().unwrap().clone();
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        Poll::Pending
    }
}
