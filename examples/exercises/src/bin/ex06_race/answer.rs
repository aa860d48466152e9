//! Exercise 6: the first of two futures. The task is in `docs/course/ex06.md` (中文：`docs/course/zh/ex06.md`).

#![allow(unused_variables, dead_code)]

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

/// Waits for two futures at the same time, until one is ready. If both could be, the first one wins.
pub fn race(first: BoxFuture<u32>, second: BoxFuture<u32>) -> Race {
    todo!()
}

/// The future of [`race`]: the result of the winner. The loser is dropped where it waits.
pub struct Race {
    // Your fields.
}

impl Future for Race {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        todo!()
    }
}
