//! The line in which tasks wait for something that another task of this loop will do.
//!
//! A release does not only wake the first in line: it takes the first out of the line, and so gives it the thing.
//! It is tempting to set the thing free, and to wake a task that may then take it. But until that task is polled,
//! any other task can take it first. And if the woken task is dropped before its poll, the wake is lost, and the
//! others sleep for ever beside a thing that is free.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    mem,
    panic::Location,
    rc::Rc,
    task::{Context, Poll, Waker, ready},
};

use crate::{
    runtime::current_loop,
    sync::KnownWaker,
    trace::{
        record::{Foreign, Place, WaitFor},
        run_caught,
    },
};

/// A line of waiting tasks. Each place belongs to a future, its [`Waiter`], which gives it back when it is
/// dropped.
#[derive(Clone, Default)]
pub(crate) struct Waiters {
    line: Rc<RefCell<Line>>,
}

#[derive(Default)]
struct Line {
    next_ticket: u64,
    /// Those who wait, by their tickets: first come, first. One without a waker was woken and has yet to
    /// look for itself.
    waiting: BTreeMap<u64, Option<KnownWaker>>,
    /// How many were taken out of the line and have yet to notice.
    granted: usize,
}

impl Waiters {
    /// Hands something over to each of the first `most` in line. Returns to how many.
    ///
    /// All are taken out before the first is woken: a wake is foreign code, and must find nothing half done.
    pub(super) fn grant(&self, most: usize) -> usize {
        let mut line = self.line.borrow_mut();
        let count = most.min(line.waiting.len());
        line.granted += count;
        // Nearly always there is one, and it needs no list.
        let first = if count > 0 { line.waiting.pop_first() } else { None };
        let others: Vec<_> = (1..count).filter_map(|_| line.waiting.pop_first()).collect();
        drop(line);
        for (_, waker) in first.into_iter().chain(others) {
            wake(waker);
        }
        count
    }

    /// Wakes all that wait now, and leaves them in line: each is to look for itself what has changed.
    pub(crate) fn wake_all(&self) {
        let wakers: Vec<_> = self.line.borrow_mut().waiting.values_mut().map(mem::take).collect();
        wakers.into_iter().for_each(wake);
    }

    /// To how many something was handed over that have yet to notice.
    pub(super) fn granted(&self) -> usize {
        self.line.borrow().granted
    }

    /// How many are in line.
    pub(super) fn len(&self) -> usize {
        self.line.borrow().waiting.len()
    }

    /// Somebody who may wait, and does not yet.
    pub(crate) fn waiter(&self) -> Waiter {
        Waiter { waiters: self.clone(), ticket: None }
    }
}

/// Wakes somebody, by itself: a panic is not the others' fault.
fn wake(waker: Option<KnownWaker>) {
    if let Some(waker) = waker {
        guarded(Foreign::Waker, || waker.wake());
    }
}

/// Runs foreign code by itself. A panic is recorded, where a loop runs that can do so.
pub(crate) fn guarded(code: Foreign, foreign: impl FnOnce()) {
    match current_loop() {
        Some(core) => drop(core.trace.guard(code, foreign)),
        None => run_caught(foreign),
    }
}

/// Drops what is the user's, each by itself: two destructors that panic at once would abort the program.
pub(crate) fn drop_each<T>(values: impl IntoIterator<Item = T>) {
    values.into_iter().for_each(|value| guarded(Foreign::Destructor, || drop(value)));
}

/// One future's place in a line. Dropping it gives the place back. It does not pass on what was handed over:
/// that is the owner's to do ([`Waiter::leave`]), who knows what it is.
pub(crate) struct Waiter {
    waiters: Waiters,
    /// With a ticket, and not in the line: something was handed over.
    ticket: Option<u64>,
}

impl Waiter {
    /// Waits: from now on this waker is the one to be woken, no earlier one.
    pub(crate) fn wait(&mut self, waker: &Waker) {
        self.join(KnownWaker::new(waker));
    }

    /// Goes to the end of the line, or stays where it is with another waker.
    fn join(&mut self, waker: KnownWaker) {
        let mut line = self.waiters.line.borrow_mut();
        let next_ticket = line.next_ticket;
        let ticket = *self.ticket.get_or_insert(next_ticket);
        line.next_ticket = next_ticket.max(ticket + 1);
        let older = line.waiting.insert(ticket, Some(waker)).flatten();
        drop(line);
        guarded(Foreign::Waker, || drop(older));
    }

    /// Takes what was handed over, if anything was.
    fn take_grant(&mut self) -> bool {
        let mut line = self.waiters.line.borrow_mut();
        let is_granted = self.ticket.is_some_and(|ticket| !line.waiting.contains_key(&ticket));
        if is_granted {
            line.granted -= 1;
            self.ticket = None;
        }
        is_granted
    }

    /// Waits no more. Returns whether something was handed over: then the caller has it now, and must use it
    /// or pass it on.
    fn leave(&mut self) -> bool {
        if self.take_grant() {
            return true;
        }
        if let Some(ticket) = self.ticket.take() {
            let waker = self.waiters.line.borrow_mut().waiting.remove(&ticket);
            guarded(Foreign::Waker, || drop(waker));
        }
        false
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.leave();
    }
}

/// A future's wait in line, and what to say of it in the trace. The heart of all futures of this folder.
pub(super) struct InLine {
    waiter: Waiter,
    what: &'static str,
    place: Place,
}

impl InLine {
    /// Somebody who will be in line from the first poll on that finds nothing to take.
    #[track_caller]
    pub(super) fn new(waiters: &Waiters, what: &'static str) -> InLine {
        InLine { waiter: waiters.waiter(), what, place: Location::caller() }
    }

    /// The same, at a line that the caller has noted.
    pub(super) fn at(place: Place, waiters: &Waiters, what: &'static str) -> InLine {
        InLine { waiter: waiters.waiter(), what, place }
    }

    /// Ready if something was handed over, or if `take` could take what is free. Else this waits in
    /// line. When `Pending` is returned, the waker will be woken by [`Waiters::grant`] or
    /// [`Waiters::wake_all`].
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
        mut take: impl FnMut() -> bool,
    ) -> Poll<()> {
        let core = current_loop();
        if let Some(core) = &core {
            ready!(core.has_budget(context, self.place));
        }
        if !self.has_come(&mut take) {
            // Cloning a waker is foreign code, which may release what we wait for: so we look again after it.
            let waker = KnownWaker::new(context.waker());
            if !self.has_come(&mut take) {
                self.join(waker);
                return Poll::Pending;
            }
        }
        if let Some(core) = &core {
            core.spend_budget();
        }
        Poll::Ready(())
    }

    fn has_come(&mut self, take: &mut impl FnMut() -> bool) -> bool {
        if self.waiter.take_grant() {
            return true;
        }
        let taken = take();
        if taken {
            // Nothing is free while anybody is in line, but for one case: a queue that was shut down.
            self.leave();
        }
        taken
    }

    /// Goes into the line, or stays in it with this waker.
    pub(super) fn join(&mut self, waker: KnownWaker) {
        self.waiter.join(waker);
        if let Some(core) = current_loop() {
            core.waits_for(WaitFor::Other(self.what), self.place);
        }
    }

    /// Waits no more. Returns whether something was handed over that the caller must pass on.
    pub(super) fn leave(&mut self) -> bool {
        self.waiter.leave()
    }
}
