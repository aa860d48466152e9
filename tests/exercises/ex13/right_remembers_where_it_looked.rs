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
    begin: usize,
    searched: usize,
}

impl<S: Source> Lines<S> {
    pub fn new(source: S) -> Lines<S> {
        Lines { source, buffer: Vec::new(), begin: 0, searched: 0 }
    }

    pub fn next_line(&mut self) -> NextLine<'_, S> {
        NextLine { lines: self }
    }
    fn take_line(&mut self) -> Option<Vec<u8>> {
        while let Some(&byte) = self.buffer.get(self.searched) {
            self.searched += 1;
            if byte == b'\n' {
                let begin = std::mem::replace(&mut self.begin, self.searched);
                return Some(self.buffer[begin..self.searched - 1].to_vec());
            }
        }
        None
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
                    let last = mem::take(&mut lines.buffer).split_off(lines.begin);
                    (lines.begin, lines.searched) = (0, 0);
                    return Poll::Ready(Ok(Some(last).filter(|last| !last.is_empty())));
                }
                Ok(n) => lines.buffer.extend_from_slice(&chunk[..n]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    lines.source.wake_when_readable(context.waker());
                    return Poll::Pending;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}
