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
        let line = mem::take(&mut self.buffer);
        NextLine { lines: self, line }
    }
}

pub struct NextLine<'a, S> {
    lines: &'a mut Lines<S>,
    line: Vec<u8>,
}

/// Whatever it has not returned goes back.
impl<S> Drop for NextLine<'_, S> {
    fn drop(&mut self) {
        self.lines.buffer = mem::take(&mut self.line);
    }
}

impl<S: Source> Future for NextLine<'_, S> {
    type Output = io::Result<Option<Vec<u8>>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let NextLine { lines, line } = &mut *self;
        let mut chunk = [0; 1024];
        loop {
            if let Some(end) = line.iter().position(|&byte| byte == b'\n') {
                let rest = line.split_off(end + 1);
                line.pop();
                return Poll::Ready(Ok(Some(mem::replace(line, rest))));
            }
            match lines.source.try_read(&mut chunk) {
                Ok(0) => {
                    let last = mem::take(line);
                    return Poll::Ready(Ok(Some(last).filter(|last| !last.is_empty())));
                }
                Ok(n) => line.extend_from_slice(&chunk[..n]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    lines.source.wake_when_readable(context.waker());
                    return Poll::Pending;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}
