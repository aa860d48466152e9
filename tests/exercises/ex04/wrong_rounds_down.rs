//! told: woke-early

use std::{
    pin::Pin,
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

pub fn delay(length: Duration) -> Delay {
    Delay { end: Instant::now() + length }
}

pub struct Delay {
    end: Instant,
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Poll::Ready(());
        }
        let waker = context.waker().clone();
        thread::spawn(move || {
            // What is less than a second is lost here.
            thread::sleep(Duration::from_secs(left.as_secs()));
            waker.wake();
        });
        Poll::Pending
    }
}
