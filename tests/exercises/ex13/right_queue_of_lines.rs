use std::{
    collections::VecDeque,
    future::Future,
    io::{self, ErrorKind},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use crate::harness::Source;

/// Reads ahead: whole lines wait in a queue, and so does what comes after the last of them.
pub struct Lines<S> {
    source: S,
    whole: VecDeque<Vec<u8>>,
    begun: Vec<u8>,
    end: Option<io::Result<()>>,
    waker: Waker,
}

impl<S: Source> Lines<S> {
    pub fn new(source: S) -> Lines<S> {
        let waker = Waker::noop().clone();
        Lines { source, whole: VecDeque::new(), begun: Vec::new(), end: None, waker }
    }

    pub fn next_line(&mut self) -> NextLine<'_, S> {
        NextLine(self)
    }

    fn read_all_there_is(&mut self) {
        let mut chunk = [0; 7];
        while self.end.is_none() {
            match self.source.try_read(&mut chunk) {
                Ok(0) => {
                    self.end = Some(Ok(()));
                    if !self.begun.is_empty() {
                        self.whole.push_back(std::mem::take(&mut self.begun));
                    }
                }
                Ok(n) => {
                    for &byte in &chunk[..n] {
                        match byte {
                            b'\n' => self.whole.push_back(std::mem::take(&mut self.begun)),
                            byte => self.begun.push(byte),
                        }
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.source.wake_when_readable(&self.waker);
                    return;
                }
                Err(error) => self.end = Some(Err(error)),
            }
        }
    }
}

pub struct NextLine<'a, S>(&'a mut Lines<S>);

impl<S: Source> Future for NextLine<'_, S> {
    type Output = io::Result<Option<Vec<u8>>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let lines = &mut *self.get_mut().0;
        lines.waker.clone_from(context.waker());
        lines.read_all_there_is();
        if let Some(line) = lines.whole.pop_front() {
            return Poll::Ready(Ok(Some(line)));
        }
        match &mut lines.end {
            None => Poll::Pending,
            Some(Ok(())) => Poll::Ready(Ok(None)),
            Some(end) => Poll::Ready(Err(std::mem::replace(end, Ok(())).unwrap_err())),
        }
    }
}
