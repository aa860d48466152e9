//! Exercise 11: a whole loop. The task is in `docs/course/ex11.md` (中文：`docs/course/zh/ex11.md`).

#![allow(unused_variables, dead_code)]

use crate::harness::{BoxFuture, Driver};

/// Runs these futures until all of them are done: polls the tasks that are ready, and when none is, sleeps until
/// the next deadline or socket.
pub fn run<D: Driver>(driver: &mut D, futures: Vec<BoxFuture<()>>) {
    todo!()
}
