//! Exercise 13: lines, and no byte lost. The task is in `docs/course/ex13.md` (中文：`docs/course/zh/ex13.md`).

#![allow(unused_variables, dead_code)]

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::Source;

/// Cuts what comes from a source into lines.
pub struct Lines<S> {
    source: S,
    // Your fields.
}

impl<S: Source> Lines<S> {
    pub fn new(source: S) -> Lines<S> {
        todo!()
    }

    /// The next line, without its `\n`. After the last line it is always `None`. The bytes after the last `\n` are a
    /// line, too, unless there are none.
    ///
    /// The future may be dropped at any time, and no byte is lost: the next future goes on at the same byte.
    pub fn next_line(&mut self) -> NextLine<'_, S> {
        todo!()
    }
}

/// The future of [`Lines::next_line`].
pub struct NextLine<'a, S> {
    lines: &'a mut Lines<S>,
    // Your fields.
}

impl<S: Source> Future for NextLine<'_, S> {
    type Output = io::Result<Option<Vec<u8>>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        todo!()
    }
}
