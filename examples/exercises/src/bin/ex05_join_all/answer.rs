//! Exercise 5: a future that waits for many. The task is in `docs/course/ex05.md` (中文：`docs/course/zh/ex05.md`).

#![allow(unused_variables, dead_code)]

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

/// Waits for all children at the same time.
pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    todo!()
}

/// The future of [`join_all`]: the results of all children, in the children's order.
pub struct JoinAll {
    // Your fields.
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        todo!()
    }
}
