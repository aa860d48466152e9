//! told: pending-when-over

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

pub fn delay(length: Duration) -> Delay {
    Delay { end: Instant::now() + length, shared: None }
}

pub struct Delay {
    end: Instant,
    shared: Option<Arc<Mutex<State>>>,
}

struct State {
    is_over: bool,
    waker: Option<Waker>,
}

impl Future for Delay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let end = self.end;
        let shared = self.shared.get_or_insert_with(|| start(end));
        let mut state = shared.lock().unwrap();
        if state.is_over {
            return Poll::Ready(());
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

fn start(end: Instant) -> Arc<Mutex<State>> {
    let shared = Arc::new(Mutex::new(State { is_over: false, waker: None }));
    let state = shared.clone();
    thread::spawn(move || {
        thread::sleep(end.saturating_duration_since(Instant::now()));
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
