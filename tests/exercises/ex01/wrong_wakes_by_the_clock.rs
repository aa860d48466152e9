//! told: elsewhere

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    thread,
    time::Duration,
};

pub struct Countdown {
    left: u32,
    has_begun: bool,
}

impl Countdown {
    pub fn new(n: u32) -> Countdown {
        Countdown { left: n, has_begun: false }
    }
}

impl Future for Countdown {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.left == 0 {
            return Poll::Ready(());
        }
        self.left -= 1;
        if !self.has_begun {
            self.has_begun = true;
            let (waker, polls) = (context.waker().clone(), self.left);
            thread::spawn(move || {
                for _ in 0..=polls {
                    thread::sleep(Duration::from_millis(10));
                    waker.wake_by_ref();
                }
            });
        }
        Poll::Pending
    }
}
