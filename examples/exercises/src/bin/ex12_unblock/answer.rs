//! Exercise 12: blocking work on a thread. The task is in `docs/course/ex12.md` (中文：`docs/course/zh/ex12.md`).

#![allow(unused_variables, dead_code)]

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
    thread,
};

/// Does the work on another thread. Returns at once: the task that awaits the job gets what the work returns.
pub fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
    todo!()
}

/// A future of what the work returns, or of its panic. None of its polls waits for the thread.
pub struct Job<T> {
    // Your fields, instead of this one, which only says that a `Job` has to do with a `T`.
    output: PhantomData<T>,
}

impl<T: Send + 'static> Future for Job<T> {
    /// `Err` holds what the work has panicked with.
    type Output = thread::Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<thread::Result<T>> {
        todo!()
    }
}
