//! told: old-waker

use std::{
    future::Future,
    io::{self, ErrorKind},
    mem,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use crate::harness::Source;

pub fn read_all<S: Source>(source: S) -> ReadAll<S> {
    ReadAll { source, data: Vec::new(), waker: None }
}

pub struct ReadAll<S> {
    source: S,
    data: Vec<u8>,
    waker: Option<Waker>,
}

impl<S: Source + Unpin> Future for ReadAll<S> {
    type Output = io::Result<Vec<u8>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let mut buffer = [0; 1024];
        loop {
            match this.source.try_read(&mut buffer) {
                Ok(0) => return Poll::Ready(Ok(mem::take(&mut this.data))),
                Ok(n) => this.data.extend_from_slice(&buffer[..n]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let waker = this.waker.get_or_insert_with(|| context.waker().clone());
                    this.source.wake_when_readable(waker);
                    return Poll::Pending;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}
