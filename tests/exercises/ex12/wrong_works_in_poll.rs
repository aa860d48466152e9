//! told: own-thread

use std::{
    future::Future,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    task::{Context, Poll},
    thread,
};

type Work<T> = Box<dyn FnOnce() -> T + Send>;

pub fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
    Job { work: Some(Box::new(work)) }
}

pub struct Job<T> {
    work: Option<Work<T>>,
}

impl<T: Send + 'static> Future for Job<T> {
    type Output = thread::Result<T>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<thread::Result<T>> {
        let work = self.work.take().unwrap();
        Poll::Ready(panic::catch_unwind(AssertUnwindSafe(work)))
    }
}
