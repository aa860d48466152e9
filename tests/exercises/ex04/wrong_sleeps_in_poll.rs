//! told: blocks

use std::{
    pin::Pin,
    task::{Context, Poll},
    thread,
    time::Duration,
};

pub fn delay(length: Duration) -> Delay {
    Delay { length }
}

pub struct Delay {
    length: Duration,
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        thread::sleep(self.length);
        Poll::Ready(())
    }
}
