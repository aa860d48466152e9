//! told: one-count-for-all

use std::{
    cell::Cell,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

thread_local! {
    static POLLS: Cell<u32> = const { Cell::new(0) };
}

pub struct Countdown {
    n: u32,
}

impl Countdown {
    pub fn new(n: u32) -> Countdown {
        Countdown { n }
    }
}

impl Future for Countdown {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if POLLS.get() == self.n {
            POLLS.set(0);
            return Poll::Ready(());
        }
        POLLS.set(POLLS.get() + 1);
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
