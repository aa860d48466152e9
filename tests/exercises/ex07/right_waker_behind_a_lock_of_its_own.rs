use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

struct Shared {
    state: Mutex<State>,
    waker: Mutex<Option<Waker>>,
}

impl Shared {
    fn wake(&self) {
        let waker = self.waker.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

struct State {
    values: VecDeque<u32>,
    senders: usize,
}

pub fn channel() -> (Sender, Receiver) {
    let state = State { values: VecDeque::new(), senders: 1 };
    let shared = Arc::new(Shared { state: Mutex::new(state), waker: Mutex::new(None) });
    (Sender { shared: shared.clone() }, Receiver { shared })
}

pub struct Sender {
    shared: Arc<Shared>,
}

impl Sender {
    pub fn send(&self, value: u32) {
        self.shared.state.lock().unwrap().values.push_back(value);
        self.shared.wake();
    }
}

impl Clone for Sender {
    fn clone(&self) -> Sender {
        self.shared.state.lock().unwrap().senders += 1;
        Sender { shared: self.shared.clone() }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.shared.state.lock().unwrap().senders -= 1;
        self.shared.wake();
    }
}

pub struct Receiver {
    shared: Arc<Shared>,
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
        // Stored before the look: who sends after the look finds it.
        *self.receiver.shared.waker.lock().unwrap() = Some(context.waker().clone());
        let mut state = self.receiver.shared.state.lock().unwrap();
        if let Some(value) = state.values.pop_front() {
            return Poll::Ready(Some(value));
        }
        if state.senders == 0 {
            return Poll::Ready(None);
        }
        Poll::Pending
    }
}
