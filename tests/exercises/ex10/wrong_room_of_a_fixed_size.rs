//! told: empty-buffer

use std::{
    future::Future,
    io::{self, ErrorKind},
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::Source;

pub fn read_all<S: Source>(source: S) -> ReadAll<S> {
    ReadAll { source, data: vec![0; 65_536], filled: 0 }
}

pub struct ReadAll<S> {
    source: S,
    data: Vec<u8>,
    filled: usize,
}

impl<S: Source + Unpin> Future for ReadAll<S> {
    type Output = io::Result<Vec<u8>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            match this.source.try_read(&mut this.data[this.filled..]) {
                Ok(0) => return Poll::Ready(Ok(this.data[..this.filled].to_vec())),
                Ok(n) => this.filled += n,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    this.source.wake_when_readable(context.waker());
                    return Poll::Pending;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}
