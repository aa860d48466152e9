//! told, where the race is hit: lost-wake

use std::{
    future::Future,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    sync::{Arc, Mutex, mpsc},
    task::{Context, Poll, Waker},
    thread,
};

pub fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
    let (give, result) = mpsc::channel();
    let waiting: Arc<Mutex<Option<Waker>>> = Arc::default();
    let job = Job { result, waiting: waiting.clone() };
    thread::spawn(move || {
        let _ = give.send(panic::catch_unwind(AssertUnwindSafe(work)));
        let waker = waiting.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    job
}

pub struct Job<T> {
    result: mpsc::Receiver<thread::Result<T>>,
    waiting: Arc<Mutex<Option<Waker>>>,
}

impl<T: Send + 'static> Future for Job<T> {
    type Output = thread::Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<thread::Result<T>> {
        if let Ok(result) = self.result.try_recv() {
            return Poll::Ready(result);
        }
        // Makes the gap wide enough to be met each time, also on a busy machine.
        std::thread::sleep(std::time::Duration::from_micros(100));
        *self.waiting.lock().unwrap() = Some(context.waker().clone());
        Poll::Pending
    }
}
