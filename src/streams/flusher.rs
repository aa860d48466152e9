//! The flusher: the task that sends what a connection could not take at once.

use std::{
    mem,
    panic::Location,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use super::writer::{LOW_WATER, Outgoing, closed};
use crate::{
    net::{Interest, TcpStream},
    tasks::create_task_on,
};

/// Sends what is in the buffer, now and while it grows. Only a connection that could not take all at once costs a task.
#[track_caller]
pub(super) fn flush(outgoing: &Rc<Outgoing>) {
    let interest = outgoing.stream.write_interest(Location::caller());
    let flusher = Flusher { outgoing: outgoing.clone(), interest, done: false };
    let task = create_task_on(&outgoing.core, flusher);
    task.set_internal("flusher");
    outgoing.flusher.replace(Some(task));
}

/// A task of its own, so that it goes on when the writer is dropped.
struct Flusher {
    outgoing: Rc<Outgoing>,
    interest: Interest,
    done: bool,
}

impl Future for Flusher {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Flusher { outgoing, interest, done } = &mut *self;
        loop {
            // The error case of `write_from_buffer` is "not now" here, and what failed is inside.
            let written = outgoing.write_from_buffer(|stream, bytes| {
                match stream.poll_write(interest, context, bytes) {
                    Poll::Ready(Ok(written)) => Ok(written),
                    other => Err(other),
                }
            });
            match written {
                Ok(_) => {}
                Err(not_written) => {
                    let failed = ready!(not_written);
                    *done = true;
                    if let Err(error) = failed {
                        outgoing.fail(&error);
                    }
                    return Poll::Ready(());
                }
            }
            let mut state = outgoing.state.borrow_mut();
            let resume = state.buffer.len() <= LOW_WATER && mem::take(&mut state.paused);
            *done = state.buffer.is_empty();
            state.flushing = !*done;
            drop(state);
            if resume {
                outgoing.waiters.wake_all();
            }
            if *done {
                outgoing.shut();
                return Poll::Ready(());
            }
        }
    }
}

/// The loop ends before all was sent: try once more, as far as it goes without waiting. If bytes
/// are left even so, the connection is reset, or the peer would take what it got for the whole.
impl Drop for Flusher {
    fn drop(&mut self) {
        let outgoing = &self.outgoing;
        if self.done {
            return;
        }
        while let Ok(1..) = outgoing.write_from_buffer(TcpStream::try_write) {}
        if outgoing.state.borrow().buffer.is_empty() {
            outgoing.state.borrow_mut().flushing = false;
            outgoing.shut();
        } else {
            outgoing.stream.reset_on_close();
            outgoing.fail(&closed("the event loop ended before all was sent"));
        }
    }
}
