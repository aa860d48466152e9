//! Exercise 7: a channel. The task is in `docs/course/ex07.md` (中文：`docs/course/zh/ex07.md`).

#![allow(unused_variables, dead_code)]

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// Makes a channel without a bound, and its two ends. Both can be moved to other threads.
pub fn channel() -> (Sender, Receiver) {
    todo!()
}

/// The end that gives values. Each clone is one more sender.
pub struct Sender {
    // Your fields.
}

impl Sender {
    /// Puts a value at the end of the queue and wakes the receiver, if it waits. Never waits itself.
    pub fn send(&self, value: u32) {
        todo!()
    }
}

impl Clone for Sender {
    fn clone(&self) -> Sender {
        todo!()
    }
}

/// With the last sender the channel ends, and a receiver that waits has to be woken.
impl Drop for Sender {
    fn drop(&mut self) {
        todo!()
    }
}

/// The end that takes values.
pub struct Receiver {
    // Your fields.
}

impl Receiver {
    /// The next value, first in, first out; `None` once all senders are gone and nothing is left.
    pub fn recv(&mut self) -> Recv<'_> {
        todo!()
    }
}

/// The future of [`Receiver::recv`].
pub struct Recv<'a> {
    receiver: &'a mut Receiver,
}

impl Future for Recv<'_> {
    type Output = Option<u32>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<u32>> {
        todo!()
    }
}
