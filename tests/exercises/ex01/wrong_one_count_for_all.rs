//! told: one-count-for-all

use std::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicU32, Ordering::SeqCst},
    task::{Context, Poll},
};

static LEFT: AtomicU32 = AtomicU32::new(0);

pub struct Countdown;

impl Countdown {
    pub fn new(n: u32) -> Countdown {
        LEFT.store(n, SeqCst);
        Countdown
    }
}

impl Future for Countdown {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if LEFT.load(SeqCst) == 0 {
            return Poll::Ready(());
        }
        LEFT.fetch_sub(1, SeqCst);
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
