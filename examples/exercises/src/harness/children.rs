//! A future for others to wait for: it goes on by itself, or when the check says so.

use std::{
    cell::{Cell, RefCell},
    future,
    panic::Location,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use glassloop::trace::{
    TaskId, What,
    record::{Cause, Direction::Readable, Outcome, WakeOutcome},
};

use super::{BoxFuture, Log, stop_runaway};

/// The check's side of it.
pub struct Child {
    pub name: &'static str,
    state: Rc<State>,
}

struct State {
    task: TaskId,
    log: Log,
    /// How often it will be pending, and ask for the next poll itself. `None`: until it is told.
    left: Cell<Option<u32>>,
    waker: RefCell<Option<Waker>>,
    seen: Cell<Seen>,
    is_dropped: Cell<bool>,
}

/// What was done to it until now.
#[derive(Clone, Copy, Default)]
pub struct Seen {
    pub polls: u32,
    /// In which of its polls it was ready.
    pub ready_at: Option<u32>,
    /// How often it called a waker itself.
    pub wakes: u32,
    /// How much had happened before its last poll: who has less was polled earlier.
    pub after: usize,
}

impl Child {
    /// Pending so many times. It calls the waker in each of these polls.
    #[track_caller]
    pub fn asking(log: &Log, task: u64, name: &'static str, pending: u32) -> Child {
        Child::new(log, task, name, Some(pending))
    }

    /// Pending until `finish`. It calls no waker before `wake`.
    #[track_caller]
    pub fn waiting(log: &Log, task: u64, name: &'static str) -> Child {
        Child::new(log, task, name, None)
    }

    #[track_caller]
    fn new(log: &Log, task: u64, name: &'static str, left: Option<u32>) -> Child {
        let (task, place) = (TaskId(task), Location::caller());
        log.note(What::TaskCreated { task, by: None, coroutine: name, place });
        let state = State {
            task,
            log: log.clone(),
            left: Cell::new(left),
            waker: RefCell::default(),
            seen: Cell::default(),
            is_dropped: Cell::new(false),
        };
        Child { name, state: Rc::new(state) }
    }

    /// The answer's side.
    pub fn future(&self, result: u32) -> BoxFuture<u32> {
        let state = Owned(self.state.clone());
        Box::pin(future::poll_fn(move |context| state.0.poll(context).map(|()| result)))
    }

    pub fn seen(&self) -> Seen {
        self.state.seen.get()
    }

    pub fn is_done(&self) -> bool {
        self.seen().ready_at.is_some()
    }

    pub fn is_dropped(&self) -> bool {
        self.state.is_dropped.get()
    }

    /// Its next poll will be ready.
    pub fn finish(&self) {
        self.state.left.set(Some(0));
    }

    /// Calls the waker of its last poll.
    pub fn wake(&self) {
        let waker = self.state.waker.take();
        let by = Cause::Socket { socket: self.state.task.0, direction: Readable };
        let (task, outcome) = (self.state.task, WakeOutcome::Queued);
        self.state.log.note(What::Woken { task, by, outcome });
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl State {
    fn poll(&self, context: &Context<'_>) -> Poll<()> {
        let mut seen = self.seen.get();
        seen.polls += 1;
        seen.after = self.log.records().len();
        stop_runaway(seen.polls);
        let task = self.task;
        self.log.note(What::PollStarted { task, poll: seen.polls });
        let outcome = if self.left.get() == Some(0) { Outcome::Ready } else { Outcome::Pending };
        match self.left.get() {
            Some(0) => seen.ready_at = seen.ready_at.or(Some(seen.polls)),
            Some(left) => {
                self.left.set(Some(left - 1));
                let (by, outcome) = (Cause::Task(task), WakeOutcome::Queued);
                self.log.note(What::Woken { task, by, outcome });
                seen.wakes += 1;
                context.waker().wake_by_ref();
            }
            None => drop(self.waker.replace(Some(context.waker().clone()))),
        }
        self.seen.set(seen);
        self.log.note(What::PollEnded { task, outcome, waits: None, wakers: 1 });
        if outcome == Outcome::Ready { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Tells when the future is dropped.
struct Owned(Rc<State>);

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.is_dropped.set(true);
        if self.0.seen.get().ready_at.is_none() {
            self.0.log.note(What::Dropped { task: self.0.task });
        }
    }
}
