use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

pub struct Countdown {
    polls: std::ops::Range<u32>,
}

impl Countdown {
    pub fn new(n: u32) -> Countdown {
        Countdown { polls: 0..n }
    }
}

impl Future for Countdown {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match self.polls.next() {
            // Before or after the wake: nobody polls within this poll.
            Some(_) => {
                context.waker().clone().wake();
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}
