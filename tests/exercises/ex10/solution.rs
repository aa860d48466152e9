use std::{
    future::Future,
    io::{self, ErrorKind},
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::Source;

pub fn read_all<S: Source>(source: S) -> ReadAll<S> {
    ReadAll { source, data: Vec::new() }
}

pub struct ReadAll<S> {
    source: S,
    /// What has come so far. It has to outlive the poll, so it is a field.
    data: Vec<u8>,
}

impl<S: Source + Unpin> Future for ReadAll<S> {
    type Output = io::Result<Vec<u8>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut buffer = [0; 1024];
        // Only `WouldBlock` leads out of here to `Pending`. A short read does not: the next one may find the end.
        loop {
            match self.source.try_read(&mut buffer) {
                Ok(0) => return Poll::Ready(Ok(mem::take(&mut self.data))),
                Ok(n) => self.data.extend_from_slice(&buffer[..n]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.source.wake_when_readable(context.waker());
                    return Poll::Pending;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}
