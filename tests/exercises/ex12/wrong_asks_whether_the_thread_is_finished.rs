//! told: woken-too-early

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread::{self, JoinHandle},
};

pub fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
    let waker: Arc<Mutex<Option<Waker>>> = Arc::default();
    let in_thread = waker.clone();
    let thread = thread::spawn(move || {
        let result = work();
        let waker = in_thread.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
        result
    });
    Job { thread: Some(thread), waker }
}

pub struct Job<T> {
    thread: Option<JoinHandle<T>>,
    waker: Arc<Mutex<Option<Waker>>>,
}

impl<T: Send + 'static> Future for Job<T> {
    type Output = thread::Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<thread::Result<T>> {
        let mut waker = self.waker.lock().unwrap();
        // It is not: it is still in the call of the waker.
        if !self.thread.as_ref().unwrap().is_finished() {
            *waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        drop(waker);
        Poll::Ready(self.thread.take().unwrap().join())
    }
}
