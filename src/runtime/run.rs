//! Running a loop: once, again, until it is closed; and which loop it is that runs on this thread.

use std::{cell::RefCell, panic::Location, rc::Rc};

use super::{
    event_loop::{Core, PollMain, RunEnd},
    task::{Body, Entry},
};
use crate::trace::{What, record::Foreign};

/// The destructors of cancelled tasks may create tasks. [`Core::close`] cancels those, too, in at
/// most this many rounds.
const ROUNDS_OF_CLOSING: u32 = 100;

const ALREADY_RUNNING: &str =
    "an event loop is already running on this thread: await the future instead";

thread_local! {
    /// The loop that runs on this thread.
    static CURRENT: RefCell<Option<Rc<Core>>> = const { RefCell::new(None) };
}

/// The loop that runs on this thread, if one does.
///
/// While the thread ends and its thread-locals are destroyed, this is `None` and does not panic.
pub(crate) fn current_loop() -> Option<Rc<Core>> {
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

/// Is this the loop that runs on this thread? It only borrows the loop, which is cheaper than
/// getting a handle.
pub(crate) fn runs_here(core: &Rc<Core>) -> bool {
    let is_it = |current: &Rc<Core>| Rc::ptr_eq(current, core);
    CURRENT.try_with(|current| current.borrow().as_ref().is_some_and(is_it)).unwrap_or(false)
}

/// The loop that polls a leaf future.
#[track_caller]
pub(crate) fn running_loop(leaf: &str) -> Rc<Core> {
    match current_loop() {
        Some(core) => core,
        None => panic!("{leaf} was polled outside of an event loop: pass it to `run` or to a task"),
    }
}

/// While this lives, its loop is the one that runs on this thread.
pub(super) struct Entered {
    before: Option<Rc<Core>>,
}

impl Entered {
    pub(super) fn enter(core: &Rc<Core>) -> Entered {
        let core = Some(core.clone());
        let before = CURRENT.try_with(|current| current.replace(core)).ok().flatten();
        Entered { before }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let _ = CURRENT.try_with(|current| current.replace(self.before.take()));
    }
}

/// A loop in the middle of `run_until_complete`. Dropping it ends the run, even during a panic.
pub(crate) struct Running<'a> {
    core: &'a Rc<Core>,
    pub(crate) main: Entry,
    _entered: Entered,
}

impl Core {
    /// Enters the loop and queues the main future. An error says why not.
    #[track_caller]
    pub(crate) fn start(self: &Rc<Self>) -> Result<Running<'_>, &'static str> {
        match (self.closed.get(), current_loop()) {
            (true, _) => return Err("event loop is closed"),
            (_, Some(_)) => return Err(ALREADY_RUNNING),
            (false, None) => {}
        }
        let _entered = Entered::enter(self);
        self.running.set(true);
        let id = self.first_id.take().unwrap_or_else(|| self.tasks.fresh_id());
        let main = self.tasks.add(id, &self.inbox, |entry| (Body::Main, entry));
        let place = Location::caller();
        self.trace.emit(|| What::LoopStarted { main: id, place, name: self.trace.name.clone() });
        Ok(Running { core: self, main, _entered })
    }
}

impl Running<'_> {
    /// Turns the loop until the main future is done, or no task can ever go on.
    pub(crate) fn until_end(&self, poll_main: &mut PollMain<'_>) -> RunEnd {
        loop {
            if let Some(end) = self.core.turn(poll_main) {
                return end;
            }
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.core.end_task(self.main);
        self.core.running.set(false);
        self.core.trace.emit(|| What::LoopEnded { main: self.main.id });
    }
}

impl Core {
    /// Cancels all tasks and closes the loop, while it is still entered: destructors may create tasks and
    /// write to sockets. What they create is cancelled too, in the next round. If that never ends,
    /// the loop closes with some of them left.
    pub(crate) fn close(self: &Rc<Self>) {
        if self.closed.get() || self.running.replace(true) {
            return;
        }
        let entered = Entered::enter(self);
        for _ in 0..ROUNDS_OF_CLOSING {
            self.drop_all();
            if self.tasks.len() == 0 {
                break;
            }
        }
        self.closed.set(true);
        self.inbox.close();
        for letter in self.inbox.take() {
            self.trace.guard(Foreign::Destructor, || drop(letter));
        }
        // Once more, now that no task can be made, and none is queued for its callbacks.
        self.drop_all();
        for attachment in self.attached.take() {
            self.trace.guard(Foreign::Destructor, || drop(attachment));
        }
        self.running.set(false);
        drop(entered);
    }

    fn drop_all(&self) {
        self.tasks.unfinished().into_iter().for_each(|entry| self.drop_task(entry));
        // Finished tasks are queued for their callbacks. Tasks that the callbacks queue are for the
        // next round.
        for _ in 0..self.tasks.ready_len() {
            self.tasks.next().into_iter().for_each(|entry| self.drop_task(entry));
        }
    }

    fn drop_task(&self, entry: Entry) {
        // A task that is in hand is about to end: one of its destructors closes this loop.
        let Some(task) = self.tasks.take_to_end(entry) else { return };
        if let Body::Task(_) = &task.body {
            self.trace.emit(|| What::Dropped { task: entry.id });
        }
        self.end(entry, task);
    }
}
