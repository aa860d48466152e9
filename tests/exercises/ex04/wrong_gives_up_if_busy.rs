//! told, where the race is hit: lost-wake

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

pub fn delay(length: Duration) -> Delay {
    let shared = Arc::new(Mutex::new(State { is_over: false, waker: None }));
    let state = shared.clone();
    thread::spawn(move || {
        thread::sleep(length);
        if let Ok(mut state) = state.try_lock() {
            state.is_over = true;
            let waker = state.waker.take();
            drop(state);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    });
    Delay { shared }
}

pub struct Delay {
    shared: Arc<Mutex<State>>,
}

struct State {
    is_over: bool,
    waker: Option<Waker>,
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.shared.lock().unwrap();
        if state.is_over {
            return Poll::Ready(());
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
