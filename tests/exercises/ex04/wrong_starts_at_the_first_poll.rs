//! told: from-first-poll

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

pub fn delay(length: Duration) -> Delay {
    Delay { length, shared: None }
}

pub struct Delay {
    length: Duration,
    shared: Option<Arc<Mutex<State>>>,
}

struct State {
    is_over: bool,
    waker: Option<Waker>,
}

impl Future for Delay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let length = self.length;
        let shared = self.shared.get_or_insert_with(|| start(length));
        let mut state = shared.lock().unwrap();
        if state.is_over {
            return Poll::Ready(());
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

fn start(length: Duration) -> Arc<Mutex<State>> {
    let shared = Arc::new(Mutex::new(State { is_over: false, waker: None }));
    let state = shared.clone();
    thread::spawn(move || {
        thread::sleep(length);
        let waker = {
            let mut state = state.lock().unwrap();
            state.is_over = true;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    shared
}
