use std::{
    collections::VecDeque,
    future::Future,
    io::{self, ErrorKind},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use crate::harness::Source;

pub fn read_all<S: Source>(source: S) -> ReadAll<S> {
    ReadAll { source, state: State::Reading(VecDeque::new()), waker: Waker::noop().clone() }
}

enum State {
    Reading(VecDeque<u8>),
    Done,
}

pub struct ReadAll<S> {
    source: S,
    state: State,
    waker: Waker,
}

impl<S: Source + Unpin> Future for ReadAll<S> {
    type Output = io::Result<Vec<u8>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        this.waker.clone_from(context.waker());
        let State::Reading(data) = &mut this.state else { panic!("polled after the end") };
        let mut byte = [0];
        let result = loop {
            match this.source.try_read(&mut byte) {
                Ok(0) => break Ok(data.drain(..).collect()),
                Ok(_) => data.push_back(byte[0]),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => {
                        this.source.wake_when_readable(&this.waker);
                        return Poll::Pending;
                    }
                    ErrorKind::Interrupted => {}
                    _ => break Err(error),
                },
            }
        };
        this.state = State::Done;
        Poll::Ready(result)
    }
}
