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
    data: Vec<u8>,
}

impl<S: Source + Unpin> Future for ReadAll<S> {
    type Output = io::Result<Vec<u8>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            let length = this.data.len();
            this.data.resize(length + 16, 0);
            let tried = this.source.try_read(&mut this.data[length..]);
            this.data.truncate(length + tried.as_ref().copied().unwrap_or(0));
            match tried {
                Ok(0) => return Poll::Ready(Ok(mem::take(&mut this.data))),
                Ok(n) => {},
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    this.source.wake_when_readable(context.waker());
                    return Poll::Pending;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}
