use std::{
    cell::RefCell,
    future::Future,
    io::{self, ErrorKind},
    pin::Pin,
    task::{Context, Poll, ready},
};

use crate::harness::Source;

pub struct Lines<S> {
    source: S,
    line: RefCell<Vec<u8>>,
}

impl<S: Source> Lines<S> {
    pub fn new(source: S) -> Lines<S> {
        Lines { source, line: RefCell::default() }
    }

    pub fn next_line(&mut self) -> NextLine<'_, S> {
        NextLine { lines: self }
    }

    fn byte(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Option<u8>>> {
        let mut byte = [0];
        match self.source.try_read(&mut byte) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.source.wake_when_readable(context.waker());
                Poll::Pending
            }
            tried => Poll::Ready(tried.map(|n| (n > 0).then_some(byte[0]))),
        }
    }
}

pub struct NextLine<'a, S> {
    lines: &'a mut Lines<S>,
}

impl<S: Source> Future for NextLine<'_, S> {
    type Output = io::Result<Option<Vec<u8>>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let byte = ready!(self.lines.byte(context))?;
            let mut line = self.lines.line.borrow_mut();
            match byte {
                None if line.is_empty() => return Poll::Ready(Ok(None)),
                None | Some(b'\n') => return Poll::Ready(Ok(Some(line.split_off(0)))),
                Some(byte) => line.push(byte),
            }
        }
    }
}
