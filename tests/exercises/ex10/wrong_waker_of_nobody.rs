//! told: waker-of-nobody

use std::{
    future::Future,
    io::{self, ErrorKind},
    mem,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use crate::harness::Source;

pub fn read_all<S: Source>(source: S) -> ReadAll<S> {
    ReadAll { source, data: Vec::new() }
}

pub struct ReadAll<S> {
    source: S,
    data: Vec<u8>,
}

impl<S: Source + Unpin> Future for ReadAll<S> {
    type Output = io::Result<Vec<u8>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut buffer = [0; 1024];
        loop {
            match self.source.try_read(&mut buffer) {
                Ok(0) => return Poll::Ready(Ok(mem::take(&mut self.data))),
                Ok(n) => self.data.extend_from_slice(&buffer[..n]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.source.wake_when_readable(Waker::noop());
                    return Poll::Pending;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}
