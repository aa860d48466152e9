//! told: empty-buffer

use std::{
    future::Future,
    io::{self, ErrorKind},
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::Source;

pub struct Lines<S> {
    source: S,
    buffer: [u8; 1024],
    filled: usize,
}

impl<S: Source> Lines<S> {
    pub fn new(source: S) -> Lines<S> {
        Lines { source, buffer: [0; 1024], filled: 0 }
    }

    pub fn next_line(&mut self) -> NextLine<'_, S> {
        NextLine { lines: self }
    }
    fn take_line(&mut self) -> Option<Vec<u8>> {
        let end = self.buffer[..self.filled].iter().position(|&byte| byte == b'\n')?;
        let line = self.buffer[..end].to_vec();
        self.buffer.copy_within(end + 1..self.filled, 0);
        self.filled -= end + 1;
        Some(line)
    }
}

pub struct NextLine<'a, S> {
    lines: &'a mut Lines<S>,
}

impl<S: Source> Future for NextLine<'_, S> {
    type Output = io::Result<Option<Vec<u8>>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let lines = &mut *self.lines;
        loop {
            if let Some(line) = lines.take_line() {
                return Poll::Ready(Ok(Some(line)));
            }
            match lines.source.try_read(&mut lines.buffer[lines.filled..]) {
                Ok(0) => {
                    let last = lines.buffer[..mem::take(&mut lines.filled)].to_vec();
                    return Poll::Ready(Ok(Some(last).filter(|last| !last.is_empty())));
                }
                Ok(n) => lines.filled += n,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    lines.source.wake_when_readable(context.waker());
                    return Poll::Pending;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}
