//! told: poll-waits

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Waker},
    thread::{self, JoinHandle},
};

pub fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
    let waker: Arc<Mutex<Option<Waker>>> = Arc::default();
    let is_done = Arc::new(AtomicBool::new(false));
    let (in_thread, done_in_thread) = (waker.clone(), is_done.clone());
    let thread = thread::spawn(move || {
        let result = work();
        done_in_thread.store(true, SeqCst);
        let waker = in_thread.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
        result
    });
    Job { thread: Some(thread), is_done, waker }
}

pub struct Job<T> {
    thread: Option<JoinHandle<T>>,
    is_done: Arc<AtomicBool>,
    waker: Arc<Mutex<Option<Waker>>>,
}

impl<T: Send + 'static> Future for Job<T> {
    type Output = thread::Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<thread::Result<T>> {
        let mut waker = self.waker.lock().unwrap();
        if !self.is_done.load(SeqCst) {
            *waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        drop(waker);
        // It is still in the call of the waker.
        Poll::Ready(self.thread.take().unwrap().join())
    }
}
