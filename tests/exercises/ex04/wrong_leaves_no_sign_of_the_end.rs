//! told: no-sign

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

pub fn delay(length: Duration) -> Delay {
    let waker = Arc::new(Mutex::new(None::<Waker>));
    let shared = waker.clone();
    thread::spawn(move || {
        thread::sleep(length);
        // Nobody has polled yet? Then nobody is told, and nothing is left that says that the time is over.
        let waker = shared.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    Delay { waker, has_waited: false }
}

pub struct Delay {
    waker: Arc<Mutex<Option<Waker>>>,
    has_waited: bool,
}

impl Future for Delay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut waker = self.waker.lock().unwrap();
        if self.has_waited && waker.is_none() {
            return Poll::Ready(());
        }
        *waker = Some(context.waker().clone());
        drop(waker);
        self.has_waited = true;
        Poll::Pending
    }
}
