//! told: other-error

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
    buffer: Vec<u8>,
}

impl<S: Source> Lines<S> {
    pub fn new(source: S) -> Lines<S> {
        Lines { source, buffer: Vec::new() }
    }

    pub fn next_line(&mut self) -> NextLine<'_, S> {
        NextLine { lines: self }
    }
    fn take_line(&mut self) -> Option<Vec<u8>> {
        let end = self.buffer.iter().position(|&byte| byte == b'\n')?;
        let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
        line.pop();
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
        let mut chunk = [0; 1024];
        loop {
            if let Some(line) = lines.take_line() {
                return Poll::Ready(Ok(Some(line)));
            }
            match lines.source.try_read(&mut chunk) {
                Ok(0) => {
                    let last = mem::take(&mut lines.buffer);
                    return Poll::Ready(Ok(Some(last).filter(|last| !last.is_empty())));
                }
                Ok(n) => lines.buffer.extend_from_slice(&chunk[..n]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    lines.source.wake_when_readable(context.waker());
                    return Poll::Pending;
                }
                Err(error) => return Poll::Ready(Err(io::Error::other(error.to_string()))),
            }
        }
    }
}
