//! Exercise 10: a future that reads to the end. The task is in `docs/course/ex10.md` (中文：`docs/course/zh/ex10.md`).

#![allow(unused_variables, dead_code)]

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::Source;

/// Reads all that comes from a source, until its end or its first error.
pub fn read_all<S: Source>(source: S) -> ReadAll<S> {
    todo!()
}

/// The future of [`read_all`]. After each `WouldBlock`, and only then, it waits for the next change.
pub struct ReadAll<S> {
    source: S,
    // Your fields.
}

// `Unpin` lets `poll` have `&mut self.source`: a source does not mind being moved.
impl<S: Source + Unpin> Future for ReadAll<S> {
    type Output = io::Result<Vec<u8>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        todo!()
    }
}
