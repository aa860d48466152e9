//! told, where the race is hit: lost-wake

use std::{
    collections::VecDeque,
    future::Future,
    mem,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
};

struct State {
    values: VecDeque<u32>,
    senders: usize,
    waker: Option<Waker>,
}

pub fn channel() -> (Sender, Receiver) {
    let state = State { values: VecDeque::new(), senders: 1, waker: None };
    let shared = Arc::new(Mutex::new(state));
    (Sender { shared: shared.clone() }, Receiver { shared })
}

pub struct Sender {
    shared: Arc<Mutex<State>>,
}

impl Sender {
    pub fn send(&self, value: u32) {
        let mut state = self.shared.lock().unwrap();
        state.values.push_back(value);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Clone for Sender {
    fn clone(&self) -> Sender {
        self.shared.lock().unwrap().senders += 1;
        Sender { shared: self.shared.clone() }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let mut state = self.shared.lock().unwrap();
        state.senders -= 1;
        let waker = if state.senders == 0 { state.waker.take() } else { None };
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

pub struct Receiver {
    shared: Arc<Mutex<State>>,
}

impl Receiver {
    pub fn recv(&mut self) -> Recv<'_> {
        Recv { receiver: self }
    }
}

pub struct Recv<'a> {
    receiver: &'a mut Receiver,
}

impl Future for Recv<'_> {
    type Output = Option<u32>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<u32>> {
        let mut waker = Some(context.waker().clone());
        let shared = &self.receiver.shared;
        if let Some(value) = shared.lock().unwrap().values.pop_front() {
            return Poll::Ready(Some(value));
        }
        if shared.lock().unwrap().senders == 0 {
            return Poll::Ready(None);
        }
        // Makes the gap between the two locks wide enough to be met each time, also on a busy machine.
        thread::yield_now();
        mem::swap(&mut shared.lock().unwrap().waker, &mut waker);
        Poll::Pending
    }
}
