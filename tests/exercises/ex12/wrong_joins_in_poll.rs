//! told: stood-still

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    thread::{self, JoinHandle},
};

pub fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
    Job { thread: Some(thread::spawn(work)) }
}

pub struct Job<T> {
    thread: Option<JoinHandle<T>>,
}

impl<T: Send + 'static> Future for Job<T> {
    type Output = thread::Result<T>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<thread::Result<T>> {
        Poll::Ready(self.thread.take().unwrap().join())
    }
}
