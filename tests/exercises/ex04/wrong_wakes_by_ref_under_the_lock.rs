//! told: wakes-under-lock

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
        let mut state = state.lock().unwrap();
        state.is_over = true;
        state.waker.as_ref().inspect(|waker| waker.wake_by_ref());
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
