//! Exercise 4: a future that waits for time. The task is in `docs/course/ex04.md` (中文：`docs/course/zh/ex04.md`).

#![allow(unused_variables, dead_code)]

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

/// Is ready once `length` has passed since this call. Another thread does the waiting.
pub fn delay(length: Duration) -> Delay {
    todo!()
}

/// The future of [`delay`].
pub struct Delay {
    // Your fields.
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        todo!()
    }
}
