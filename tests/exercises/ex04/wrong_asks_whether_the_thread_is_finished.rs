//! told: pending-after-wake

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread::{self, JoinHandle},
    time::Duration,
};

pub fn delay(length: Duration) -> Delay {
    let waker = Arc::new(Mutex::new(None::<Waker>));
    let shared = waker.clone();
    let thread = thread::spawn(move || {
        thread::sleep(length);
        let waker = shared.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    Delay { waker, thread }
}

pub struct Delay {
    waker: Arc<Mutex<Option<Waker>>>,
    thread: JoinHandle<()>,
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        *self.waker.lock().unwrap() = Some(context.waker().clone());
        match self.thread.is_finished() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}
