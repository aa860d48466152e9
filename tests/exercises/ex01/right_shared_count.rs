use std::{
    cell::Cell,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

pub struct Countdown {
    polls: Rc<Cell<u64>>,
    n: u64,
}

impl Countdown {
    pub fn new(n: u32) -> Countdown {
        Countdown { polls: Rc::default(), n: n.into() }
    }
}

impl Future for Countdown {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.polls.set(self.polls.get() + 1);
        if self.polls.get() <= self.n {
            let waker = context.waker().clone();
            waker.wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}
