use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

#[derive(Default)]
struct State {
    queue: VecDeque<u32>,
    waker: Option<Waker>,
    senders: usize,
}

#[derive(Clone)]
struct Shared(Arc<Mutex<State>>);

impl Shared {
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.0.lock().unwrap();
        change(&mut state);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

pub fn channel() -> (Sender, Receiver) {
    let shared = Shared(Arc::new(Mutex::new(State { senders: 1, ..State::default() })));
    (Sender { shared: shared.clone() }, Receiver { shared })
}

pub struct Sender {
    shared: Shared,
}

impl Sender {
    pub fn send(&self, value: u32) {
        self.shared.change(|state| state.queue.push_back(value));
    }
}

impl Clone for Sender {
    fn clone(&self) -> Sender {
        self.shared.0.lock().unwrap().senders += 1;
        Sender { shared: self.shared.clone() }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let mut state = self.shared.0.lock().unwrap();
        state.senders -= 1;
        let waker = if state.senders == 0 { state.waker.take() } else { None };
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

pub struct Receiver {
    shared: Shared,
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
        let mut state = self.receiver.shared.0.lock().unwrap();
        match state.queue.pop_front() {
            Some(value) => Poll::Ready(Some(value)),
            None if state.senders == 0 => Poll::Ready(None),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// Who gives up waiting is not woken any more.
impl Drop for Recv<'_> {
    fn drop(&mut self) {
        let waker = self.receiver.shared.0.lock().unwrap().waker.take();
        drop(waker);
    }
}
