//! told: pending-when-over

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

pub fn delay(length: Duration) -> Delay {
    Delay { end: Instant::now() + length, waker: None }
}

pub struct Delay {
    end: Instant,
    waker: Option<Arc<Mutex<Waker>>>,
}

impl Future for Delay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if let Some(waker) = &self.waker {
            waker.lock().unwrap().clone_from(context.waker());
            return if Instant::now() >= self.end { Poll::Ready(()) } else { Poll::Pending };
        }
        let end = self.end;
        let waker = Arc::new(Mutex::new(context.waker().clone()));
        self.waker = Some(waker.clone());
        thread::spawn(move || {
            thread::sleep(end.saturating_duration_since(Instant::now()));
            let waker = waker.lock().unwrap().clone();
            waker.wake();
        });
        Poll::Pending
    }
}
