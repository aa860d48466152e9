//! Exercise 1: a future that counts down. The task is in `docs/course/ex01.md` (中文：`docs/course/zh/ex01.md`).

#![allow(unused_variables, dead_code)]

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// The first `n` polls return `Pending` and call the waker; the next one returns `Ready`.
pub struct Countdown {
    // Your fields.
}

impl Countdown {
    pub fn new(n: u32) -> Countdown {
        todo!()
    }
}

impl Future for Countdown {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        todo!()
    }
}
