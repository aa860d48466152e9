//! told: another-stream

use std::{
    cell::RefCell,
    future::Future,
    io::{self, ErrorKind},
    pin::Pin,
    task::{Context, Poll},
};

thread_local! {
    static DATA: RefCell<Vec<u8>> = RefCell::default();
}

use crate::harness::Source;

pub fn read_all<S: Source>(source: S) -> ReadAll<S> {
    DATA.take();
    ReadAll { source }
}

pub struct ReadAll<S> {
    source: S,
}

impl<S: Source + Unpin> Future for ReadAll<S> {
    type Output = io::Result<Vec<u8>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut buffer = [0; 1024];
        loop {
            match self.source.try_read(&mut buffer) {
                Ok(0) => return Poll::Ready(Ok(DATA.take())),
                Ok(n) => DATA.with_borrow_mut(|data| data.extend_from_slice(&buffer[..n])),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.source.wake_when_readable(context.waker());
                    return Poll::Pending;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}
