//! told, where the race is hit: lost-wake

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

pub fn delay(length: Duration) -> Delay {
    let shared = Arc::new(State { is_over: AtomicBool::new(false), waker: Mutex::new(None) });
    let state = shared.clone();
    thread::spawn(move || {
        thread::sleep(length);
        let waker = state.waker.lock().unwrap().take();
        state.is_over.store(true, SeqCst);
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    Delay { shared }
}

pub struct Delay {
    shared: Arc<State>,
}

struct State {
    is_over: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut waker = self.shared.waker.lock().unwrap();
        if self.shared.is_over.load(SeqCst) {
            return Poll::Ready(());
        }
        *waker = Some(context.waker().clone());
        Poll::Pending
    }
}
