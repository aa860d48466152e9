//! told: old-waker

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

pub struct Countdown {
    left: u32,
    wakers: Vec<Waker>,
}

impl Countdown {
    pub fn new(n: u32) -> Countdown {
        Countdown { left: n, wakers: Vec::new() }
    }
}

impl Future for Countdown {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.left == 0 {
            return Poll::Ready(());
        }
        self.left -= 1;
        if !self.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
            self.wakers.push(context.waker().clone());
        }
        self.wakers.iter().for_each(Waker::wake_by_ref);
        Poll::Pending
    }
}
