//! Exercise 3: a loop for one future. The task is in `docs/course/ex03.md` (中文：`docs/course/zh/ex03.md`).

#![allow(unused_variables, dead_code)]

use std::future::Future;

/// Polls the future on this thread until it is ready. In between the thread sleeps until the waker is called.
pub fn block_on<F: Future>(future: F) -> F::Output {
    todo!()
}
