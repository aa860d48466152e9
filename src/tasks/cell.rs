//! A task with its type: the typed side of `runtime::task`, which the loop and the handles share.

use std::{
    any::{Any, type_name},
    cell::{Cell, OnceCell, RefCell},
    mem,
    panic::Location,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use super::{Task, TaskError, repr, unseen::failure_of};
use crate::{
    runtime::{AnyTask, Core, Entry, runs_here},
    sync::{KnownWaker, guarded},
    trace::{
        What, catch,
        record::{Foreign, Outcome, Place, Wait},
    },
};

/// A task with its type: the future, and what handles share with it.
struct TaskCell<F: Future> {
    /// Moved out while it is polled, so that no borrow is held meanwhile.
    future: Cell<Option<Pin<Box<F>>>>,
    state: SharedTask<F::Output>,
}

/// Hides the type of the future from the handle.
pub(super) trait HasShared<T> {
    fn state(&self) -> &SharedTask<T>;
    fn coroutine(&self) -> &'static str;
    fn as_any_task(self: Rc<Self>) -> Rc<dyn AnyTask>;
}

pub(super) enum Progress<T> {
    Pending,
    Finished(Result<T, TaskError>),
    /// Finished; the awaiter of the task has the result now.
    Taken {
        cancelled: bool,
    },
}

pub(super) type Call<T> = Box<dyn FnOnce(&Task<T>)>;

pub(super) struct Callback<T> {
    pub(super) call: Call<T>,
    /// The type's name and the line that added it, for readers.
    pub(super) name: &'static str,
    pub(super) place: Place,
}

/// What few tasks ever have.
pub(super) struct Extras<T> {
    pub(super) given_name: RefCell<Option<Rc<str>>>,
    pub(super) callbacks: RefCell<Vec<Callback<T>>>,
    /// The loop has this finished task in its queue, for the callbacks.
    calling_back: Cell<bool>,
    /// Somebody has looked at the result.
    seen: Cell<bool>,
    /// It is the crate's own: `all_tasks` does not list it.
    pub(super) internal: Cell<bool>,
}

impl<T> Default for Extras<T> {
    fn default() -> Extras<T> {
        Extras {
            given_name: RefCell::default(),
            callbacks: RefCell::default(),
            calling_back: Cell::default(),
            seen: Cell::default(),
            internal: Cell::default(),
        }
    }
}

/// Kept below 100 bytes for small results: with the counters of `Rc` that is a block which the allocator
/// finds without searching.
pub(super) struct SharedTask<T> {
    pub(super) core: Rc<Core>,
    pub(super) entry: Entry,
    pub(super) place: Place,
    extras: OnceCell<Box<Extras<T>>>,
    pub(super) progress: RefCell<Progress<T>>,
    pub(super) awaiter: Cell<Option<KnownWaker>>,
}

#[track_caller]
pub(crate) fn create_task_on<F: Future + 'static>(core: &Rc<Core>, future: F) -> Task<F::Output> {
    create_task_at(core, future, Location::caller())
}

/// `place` is the line that is said to have made the task.
#[track_caller]
pub(crate) fn create_task_at<F: Future + 'static>(
    core: &Rc<Core>,
    future: F,
    place: Place,
) -> Task<F::Output> {
    if core.closed.get() {
        refuse(future);
        panic!("event loop is closed");
    }
    let make = |entry| TaskCell {
        future: Cell::new(Some(Box::pin(future))),
        state: SharedTask {
            core: core.clone(),
            entry,
            place,
            extras: OnceCell::new(),
            progress: RefCell::new(Progress::Pending),
            awaiter: Cell::default(),
        },
    };
    Task::of(core.add_task(make, type_name::<F>(), place))
}

/// Drops what is the user's before the panic that refuses it: dropped by the panic, a destructor that panics in its
/// turn would abort the program. And a destructor that makes a task whose destructor makes a task must come to an end:
/// the second one is forgotten.
pub(super) fn refuse<F>(refused: F) {
    thread_local!(static REFUSING: Cell<bool> = const { Cell::new(false) });
    if REFUSING.replace(true) {
        mem::forget(refused);
    } else {
        guarded(Foreign::Destructor, || drop(refused));
        REFUSING.set(false);
    }
}

impl<T> SharedTask<T> {
    pub(super) fn is_done(&self) -> bool {
        !matches!(*self.progress.borrow(), Progress::Pending)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        match &*self.progress.borrow() {
            Progress::Pending => false,
            Progress::Finished(result) => matches!(result, Err(TaskError::Cancelled)),
            Progress::Taken { cancelled } => *cancelled,
        }
    }

    pub(super) fn name(&self) -> Rc<str> {
        let name = self.extras.get().and_then(|extras| extras.given_name.borrow().clone());
        name.unwrap_or_else(|| format!("Task-{}", self.entry.id).into())
    }

    pub(super) fn set_name(&self, name: &str) {
        self.extras().given_name.replace(Some(name.into()));
        let task = self.entry.id;
        self.core.trace.emit(|| What::TaskNamed { task, name: name.into() });
    }

    pub(super) fn extras(&self) -> &Extras<T> {
        self.extras.get_or_init(Box::default)
    }

    /// What the task waits for, where its leaf future has said so.
    pub(super) fn wait(&self) -> Option<Wait> {
        self.core.tasks.with(self.entry, |slot| slot.wait)?
    }

    pub(super) fn cancel(&self) -> bool {
        !self.is_done() && self.core.cancel(self.entry)
    }

    /// With callbacks in the queue the task is finished and yet not over: they see the result first.
    fn is_over(&self) -> bool {
        self.is_done() && !self.is_calling_back()
    }

    /// Has the loop this finished task in its queue, for the callbacks?
    pub(super) fn is_calling_back(&self) -> bool {
        self.extras.get().is_some_and(|extras| extras.calling_back.get())
    }

    /// Somebody has looked at the result.
    pub(super) fn note_seen(&self) {
        self.extras().seen.set(true);
    }

    /// As [`Task::expect_here`].
    pub(super) fn expect_here(&self) {
        assert!(
            self.is_over() || runs_here(&self.core),
            "task {} belongs to another event loop than the one that runs: await it there",
            self.entry.id
        );
    }

    /// Waits for the end, and leaves the result where it is.
    pub(super) fn poll_finished(&self, context: &mut Context<'_>) -> Poll<()> {
        if self.is_over() {
            return Poll::Ready(());
        }
        self.expect_here();
        let older = self.keep_latest(context.waker());
        self.core.trace.guard(Foreign::Waker, || drop(older));
        Poll::Pending
    }

    /// Keeps the waker of the latest poll. Returns the older one, whose drop is foreign code.
    fn keep_latest(&self, waker: &Waker) -> Option<KnownWaker> {
        match self.awaiter.take() {
            Some(kept) if kept.will_wake(waker) => self.awaiter.replace(Some(kept)),
            older => {
                self.awaiter.set(Some(KnownWaker::of(&self.core, waker)));
                older
            }
        }
    }

    /// Takes the result of a finished task.
    pub(super) fn take_result(&self) -> Result<T, TaskError> {
        let taken = Progress::Taken { cancelled: self.is_cancelled() };
        match self.progress.replace(taken) {
            Progress::Finished(result) => {
                self.core.trace.emit(|| What::Retrieved { task: self.entry.id });
                result
            }
            _ => panic!("a task that has given its result away was awaited again"),
        }
    }

    /// Are there callbacks to run, and is the task not in the queue for them yet?
    pub(super) fn claim_callbacks(&self) -> bool {
        self.extras.get().is_some_and(|extras| {
            !extras.callbacks.borrow().is_empty() && !extras.calling_back.replace(true)
        })
    }
}

impl<F: Future + 'static> HasShared<F::Output> for TaskCell<F> {
    fn state(&self) -> &SharedTask<F::Output> {
        &self.state
    }

    fn coroutine(&self) -> &'static str {
        type_name::<F>()
    }

    fn as_any_task(self: Rc<Self>) -> Rc<dyn AnyTask> {
        self
    }
}

impl<F: Future + 'static> TaskCell<F> {
    /// Returns what stood there before, whose destructor is foreign code.
    fn finish(&self, result: Result<F::Output, TaskError>) -> Progress<F::Output> {
        self.state.progress.replace(Progress::Finished(result))
    }

    fn drop_future_caught(&self, future: Option<Pin<Box<F>>>) {
        self.state.core.trace.guard(Foreign::Destructor, || drop(future));
    }
}

/// The loop has let go of the task, and the last handle is gone: its awaiter has the result. What is left is the
/// user's, and its destructors are foreign code.
impl<T> Drop for SharedTask<T> {
    fn drop(&mut self) {
        if let Progress::Finished(result) = self.progress.get_mut() {
            let seen = self.extras.get().is_some_and(|extras| extras.seen.get());
            let failure = if seen { None } else { failure_of(result) };
            if let Some(failure) = failure {
                let (task, name, place) = (self.entry.id, self.name(), self.place);
                let name = (*name).into();
                self.core.trace.emit(|| What::NeverRetrieved { task, failure, name, place });
            }
            let result = self.progress.replace(Progress::Taken { cancelled: false });
            self.core.trace.guard(Foreign::Destructor, || drop(result));
        }
        if let Some(extras) = self.extras.take() {
            for never_called in extras.callbacks.take() {
                self.core.trace.guard(Foreign::Destructor, || drop(never_called));
            }
        }
    }
}

impl<F: Future + 'static> AnyTask for TaskCell<F> {
    fn poll(&self, context: &mut Context<'_>) -> Outcome {
        let mut future = self.future.take();
        let Some(pinned) = &mut future else {
            return Outcome::Ready;
        };
        let (result, outcome) = match catch(|| pinned.as_mut().poll(context)) {
            Ok(Poll::Pending) => {
                self.future.set(future);
                return Outcome::Pending;
            }
            Ok(Poll::Ready(output)) => (Ok(output), Outcome::Ready),
            Err(payload) => (Err(TaskError::Panicked(payload.into())), Outcome::Panicked),
        };
        // First the destructors, then the result: whoever learns of the end finds all of the task undone.
        self.drop_future_caught(future);
        self.finish(result);
        outcome
    }

    fn drop_future(&self) {
        self.drop_future_caught(self.future.take());
        let unwanted = self.finish(Err(TaskError::Cancelled));
        self.state.core.trace.guard(Foreign::Destructor, || drop(unwanted));
    }

    fn claim_callbacks(&self) -> bool {
        self.state.claim_callbacks()
    }

    fn run_callbacks(self: Rc<Self>) -> u32 {
        let handle = Task::of(self.clone());
        let callbacks = self.state.extras().callbacks.take();
        let count = callbacks.len() as u32;
        for callback in callbacks {
            self.state.core.trace.guard(Foreign::Callback, || (callback.call)(&handle));
        }
        drop(handle);
        self.state.extras().calling_back.set(false);
        count
    }

    fn wake_awaiter(&self) {
        if let Some(awaiter) = self.state.awaiter.take() {
            awaiter.wake();
        }
    }

    fn into_any(self: Rc<Self>) -> Box<dyn Any> {
        Box::new(self as Rc<dyn ShownTask>)
    }
}

/// A task of whose type nothing is known, as it is shown and named.
pub(super) trait ShownTask {
    /// What it looks like, without its result.
    fn repr(&self) -> String;
    fn name(&self) -> Rc<str>;
    fn set_name(&self, name: &str);
    fn is_done(&self) -> bool;
    fn is_cancelled(&self) -> bool;
    fn is_internal(&self) -> bool;
}

impl<F: Future + 'static> ShownTask for TaskCell<F> {
    fn repr(&self) -> String {
        repr::without_result(&self.state, type_name::<F>())
    }

    fn name(&self) -> Rc<str> {
        self.state.name()
    }

    fn set_name(&self, name: &str) {
        self.state.set_name(name);
    }

    fn is_done(&self) -> bool {
        self.state.is_done()
    }

    fn is_cancelled(&self) -> bool {
        self.state.is_cancelled()
    }

    fn is_internal(&self) -> bool {
        self.state.extras.get().is_some_and(|extras| extras.internal.get())
    }
}
