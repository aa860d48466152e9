use std::{
    future::Future,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
};

type Work<T> = Box<dyn FnOnce() -> T + Send>;

pub fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
    Job { work: Some(Box::new(work)), state: Arc::new(Mutex::new(State::Nobody)) }
}

enum State<T> {
    Nobody,
    Waits(Waker),
    Done(thread::Result<T>),
}

pub struct Job<T> {
    work: Option<Work<T>>,
    state: Arc<Mutex<State<T>>>,
}

impl<T: Send + 'static> Future for Job<T> {
    type Output = thread::Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<thread::Result<T>> {
        if let Some(work) = self.work.take() {
            let state = self.state.clone();
            thread::spawn(move || {
                let done = State::Done(panic::catch_unwind(AssertUnwindSafe(work)));
                let before = std::mem::replace(&mut *state.lock().unwrap(), done);
                if let State::Waits(waker) = before {
                    waker.wake();
                }
            });
        }
        let mut state = self.state.lock().unwrap();
        match std::mem::replace(&mut *state, State::Nobody) {
            State::Done(result) => Poll::Ready(result),
            _ => {
                *state = State::Waits(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
