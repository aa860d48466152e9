use std::{
    future::{Future, poll_fn},
    io::{self, ErrorKind},
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::Source;

pub fn read_all<S: Source>(source: S) -> ReadAll<S> {
    ReadAll { source: Some(source), pieces: Vec::new() }
}

/// Keeps the reads as they came, and puts them together at the end.
pub struct ReadAll<S> {
    source: Option<S>,
    pieces: Vec<Vec<u8>>,
}

impl<S: Source + Unpin> ReadAll<S> {
    fn step(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let source = self.source.as_mut().unwrap();
        let mut piece = vec![0; 3];
        let tried = source.try_read(&mut piece);
        if matches!(&tried, Err(error) if error.kind() == ErrorKind::WouldBlock) {
            let waker = context.waker().clone();
            source.wake_when_readable(&waker);
            return Poll::Pending;
        }
        if let Ok(n) = tried {
            piece.truncate(n);
            self.pieces.push(piece);
        }
        Poll::Ready(tried)
    }
}

impl<S: Source + Unpin> Future for ReadAll<S> {
    type Output = io::Result<Vec<u8>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        // An `async` block of this poll alone: all that has to outlive it is in `this`.
        let mut all = Box::pin(async {
            while poll_fn(|context| this.step(context)).await? > 0 {}
            this.source = None;
            Ok(this.pieces.concat())
        });
        all.as_mut().poll(context)
    }
}
