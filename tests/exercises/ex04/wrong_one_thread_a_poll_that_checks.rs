//! told: many-threads

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

pub fn delay(length: Duration) -> Delay {
    Delay { end: Instant::now() + length, polls: Arc::default() }
}

pub struct Delay {
    end: Instant,
    polls: Arc<AtomicU32>,
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Poll::Ready(());
        }
        let poll = self.polls.fetch_add(1, SeqCst) + 1;
        let (polls, waker) = (self.polls.clone(), context.waker().clone());
        thread::spawn(move || {
            thread::sleep(left);
            // Only the thread of the last poll wakes. But all of them sleep here.
            if polls.load(SeqCst) == poll {
                waker.wake();
            }
        });
        Poll::Pending
    }
}
