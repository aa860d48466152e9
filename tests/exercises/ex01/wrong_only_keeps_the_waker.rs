//! told: no-wake

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

pub struct Countdown {
    left: u32,
    waker: Option<Waker>,
}

impl Countdown {
    pub fn new(n: u32) -> Countdown {
        Countdown { left: n, waker: None }
    }
}

impl Future for Countdown {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.left == 0 {
            return Poll::Ready(());
        }
        self.left -= 1;
        self.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
