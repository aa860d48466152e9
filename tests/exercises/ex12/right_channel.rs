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
        // First the waker, then the look: an end in between wakes in vain, and is found.
        *self.waiting.lock().unwrap() = Some(context.waker().clone());
        match self.result.try_recv() {
            Ok(result) => Poll::Ready(result),
            Err(_) => Poll::Pending,
        }
    }
}
