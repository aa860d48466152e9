//! told: ready-early

use std::{
    pin::Pin,
    task::{Context, Poll},
    thread,
    time::Duration,
};

pub fn delay(length: Duration) -> Delay {
    Delay { length, is_waiting: false }
}

pub struct Delay {
    length: Duration,
    is_waiting: bool,
}

impl Future for Delay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // Polled again: it must be the wake of the thread. Must it?
        if self.is_waiting {
            return Poll::Ready(());
        }
        self.is_waiting = true;
        let (length, waker) = (self.length, context.waker().clone());
        thread::spawn(move || {
            thread::sleep(length);
            waker.wake();
        });
        Poll::Pending
    }
}
