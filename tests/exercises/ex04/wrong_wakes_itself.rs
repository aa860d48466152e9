//! told: spinning

use std::{
    pin::Pin,
    task::{Context, Poll},
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
        if Instant::now() >= self.end {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
