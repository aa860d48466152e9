//! Exercise 8: an executor. The task is in `docs/course/ex08.md` (中文：`docs/course/zh/ex08.md`).

#![allow(unused_variables, dead_code)]

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

/// Polls many tasks on one thread, each only when it was woken.
pub struct Executor {
    // Your fields.
}

impl Executor {
    pub fn new() -> Executor {
        todo!()
    }

    /// Makes a task of a future and puts it at the end of the ready queue. Polls nothing.
    pub fn spawn(&self, future: BoxFuture<u32>) -> Handle {
        todo!()
    }

    /// Polls the tasks in the ready queue, first in, first out, until it is empty. Never sleeps: tasks that
    /// wait stay where they are, and are polled by a later call once somebody has woken them.
    pub fn run_until_idle(&self) {
        todo!()
    }
}

/// The future of a task's result. Dropping it does not change the task.
pub struct Handle {
    // Your fields.
}

impl Future for Handle {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        todo!()
    }
}
