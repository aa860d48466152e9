//! told: other-delay

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::Mutex,
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

/// By length: of two delays of one length only the second is in it.
static WAKERS: Mutex<BTreeMap<Duration, Waker>> = Mutex::new(BTreeMap::new());

pub fn delay(length: Duration) -> Delay {
    let end = Instant::now() + length;
    thread::spawn(move || {
        thread::sleep(end.saturating_duration_since(Instant::now()));
        let waker = WAKERS.lock().unwrap().remove(&length);
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    Delay { end, length }
}

pub struct Delay {
    end: Instant,
    length: Duration,
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut wakers = WAKERS.lock().unwrap();
        if Instant::now() >= self.end {
            return Poll::Ready(());
        }
        wakers.insert(self.length, context.waker().clone());
        Poll::Pending
    }
}
