//! `Task<T>`: a handle by which to await, look at and cancel a task; the typed side of `runtime::task`.

use std::{
    any::type_name,
    cell::{Cell, Ref, RefCell},
    mem,
    panic::Location,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use super::{TaskError, repr};
use crate::{
    event_loop::EventLoop,
    runtime::{AnyTask, Core, Entry, current},
    trace::{
        catch,
        record::{Foreign, Outcome, Place, TaskId, Wait, WaitFor},
    },
};

/// A handle of a task. To await it is to wait for the task's end:
/// `Ok` with its output, or how it ended without one.
///
/// asyncio: `asyncio.Task`. What Rust calls a join handle. Dropping it detaches the task, which goes on: the
/// loop owns it, not the handle. (asyncio's loop does not, and a task that nobody holds may vanish there.)
///
/// ```
/// glassloop::run(async {
///     let mut task = glassloop::create_task(async { "done" });
///     assert!(!task.done());
///     assert_eq!((&mut task).await.unwrap(), "done");
///     assert!(task.done());
/// });
/// ```
///
/// # Panics
/// If it is awaited once more after it gave its result away.
#[doc(alias = "JoinHandle")]
#[must_use = "dropping a task's handle detaches the task; `drop` it if that is meant"]
pub struct Task<T> {
    cell: Rc<dyn HasState<T>>,
}

/// A task with its type: the future, and what handles share with it.
struct TaskCell<F: Future> {
    /// Moved out while it is polled, so that no borrow is held meanwhile.
    future: Cell<Option<Pin<Box<F>>>>,
    state: State<F::Output>,
}

/// Hides the type of the future from the handle.
trait HasState<T> {
    fn state(&self) -> &State<T>;
    fn coroutine(&self) -> &'static str;
    fn as_any_task(self: Rc<Self>) -> Rc<dyn AnyTask>;
}

pub(super) enum Progress<T> {
    Pending,
    Finished(Result<T, TaskError>),
    /// Finished; whoever awaited the task has the result now.
    Taken {
        cancelled: bool,
    },
}

type Call<T> = Box<dyn FnOnce(&Task<T>)>;

pub(super) struct Callback<T> {
    call: Call<T>,
    /// The type's name and the line that added it, for the eye.
    pub(super) name: &'static str,
    pub(super) place: Place,
}

pub(super) struct State<T> {
    core: Rc<Core>,
    entry: Entry,
    pub(super) place: Place,
    name: RefCell<Option<Rc<str>>>,
    pub(super) progress: RefCell<Progress<T>>,
    awaiter: Cell<Option<Waker>>,
    pub(super) callbacks: RefCell<Vec<Callback<T>>>,
    /// The loop has this finished task in its queue, for the callbacks.
    calling_back: Cell<bool>,
    cancel_requested: Cell<bool>,
}

/// Makes a task of a future on the running loop: it will be polled when its turn comes, whether it is
/// awaited or not.
///
/// asyncio: `asyncio.create_task`.
///
/// # Panics
/// If no loop runs on this thread, or it is closed.
#[track_caller]
#[doc(alias = "spawn")]
pub fn create_task<F: Future + 'static>(future: F) -> Task<F::Output> {
    let Some(core) = current() else {
        panic!(
            "create_task: no event loop is running on this thread; \
             use EventLoop::create_task, or call this from inside one"
        );
    };
    create_task_on(&core, future)
}

impl EventLoop {
    /// Makes a task of a future, also before the loop runs: it will be polled when its turn comes, whether
    /// it is awaited or not.
    ///
    /// asyncio: `loop.create_task`.
    ///
    /// # Panics
    /// If the loop is closed.
    #[track_caller]
    #[doc(alias = "spawn")]
    pub fn create_task<F: Future + 'static>(&self, future: F) -> Task<F::Output> {
        create_task_on(self.core(), future)
    }
}

#[track_caller]
pub(crate) fn create_task_on<F: Future + 'static>(core: &Rc<Core>, future: F) -> Task<F::Output> {
    create_task_at(core, future, Location::caller())
}

/// `place` is the line that is said to have made the task.
#[track_caller]
pub(super) fn create_task_at<F: Future + 'static>(
    core: &Rc<Core>,
    future: F,
    place: Place,
) -> Task<F::Output> {
    if core.closed.get() {
        refuse(core, future);
        panic!("event loop is closed");
    }
    let make = |entry| TaskCell {
        future: Cell::new(Some(Box::pin(future))),
        state: State {
            core: core.clone(),
            entry,
            place,
            name: RefCell::default(),
            progress: RefCell::new(Progress::Pending),
            awaiter: Cell::default(),
            callbacks: RefCell::default(),
            calling_back: Cell::new(false),
            cancel_requested: Cell::new(false),
        },
    };
    Task { cell: core.add_task(make, type_name::<F>(), place) }
}

/// Drops a future that a closed loop can't take, before the panic that says so: dropped by the panic, a
/// destructor that panics in its turn would abort the program. And a destructor that makes a task whose
/// destructor makes a task must come to an end: the second one is forgotten.
fn refuse<F>(core: &Core, future: F) {
    thread_local!(static REFUSING: Cell<bool> = const { Cell::new(false) });
    if REFUSING.replace(true) {
        mem::forget(future);
    } else {
        core.trace.guard(Foreign::Destructor, || drop(future));
        REFUSING.set(false);
    }
}

impl<T> Task<T> {
    /// The task's id, never used again in this loop.
    pub fn id(&self) -> TaskId {
        self.state().entry.id
    }

    /// The task's name: `Task-` and its id, unless it was given one.
    ///
    /// asyncio: `Task.get_name`.
    #[doc(alias = "get_name")]
    pub fn name(&self) -> Rc<str> {
        self.state().name()
    }

    /// Gives the task a name, for the eye that reads traces.
    pub fn set_name(&self, name: &str) {
        self.state().name.replace(Some(name.into()));
        self.state().core.trace.task_named(self.id(), name);
    }

    /// Is the task finished: ready, panicked or cancelled?
    #[doc(alias = "is_finished")]
    pub fn done(&self) -> bool {
        self.state().is_done()
    }

    /// Was the task cancelled?
    pub fn cancelled(&self) -> bool {
        self.state().is_cancelled()
    }

    /// Cancels the task: its future is dropped where it waits, now, and whoever awaits the task gets
    /// [`TaskError::Cancelled`]. A task that cancels itself goes on until its poll returns, and is dropped
    /// then. Returns whether there was anything left to cancel.
    ///
    /// This is where Rust and asyncio differ: asyncio throws an exception at the task's `await`, which the
    /// task may catch. Here the task is not asked; its destructors run.
    #[doc(alias = "abort")]
    pub fn cancel(&self) -> bool {
        self.state().cancel()
    }

    /// Looks at the result without taking it. `None` while the task is pending, and once whoever awaited
    /// it has taken the result.
    pub fn result(&self) -> Option<Ref<'_, Result<T, TaskError>>> {
        let progress = self.state().progress.borrow();
        let result = Ref::filter_map(progress, |progress| match progress {
            Progress::Finished(result) => Some(result),
            Progress::Pending | Progress::Taken { .. } => None,
        });
        result.ok().inspect(|_| self.state().core.trace.retrieved(self.id()))
    }

    /// Has the loop call `callback` once the task is finished: not at once, but when its turn comes in the
    /// ready queue, also if the task is finished already. Whoever awaits the task gets the result after
    /// the callbacks have seen it.
    ///
    /// # Panics
    /// If the task is finished and its loop is closed, so that nobody will call it.
    #[track_caller]
    pub fn add_done_callback<C: FnOnce(&Task<T>) + 'static>(&self, callback: C) {
        let (call, name, place) = (Box::new(callback), type_name::<C>(), Location::caller());
        let state = self.state();
        assert!(!(self.done() && state.core.closed.get()), "event loop is closed");
        state.callbacks.borrow_mut().push(Callback { call, name, place });
        if self.done() && state.claim_callbacks() {
            let task = self.cell.clone().as_any_task();
            state.core.tasks.add_finished(self.id(), task, &state.core.inbox);
        }
    }

    pub(super) fn state(&self) -> &State<T> {
        self.cell.state()
    }

    /// The name of the function or block whose future the task runs.
    pub(super) fn coroutine(&self) -> &'static str {
        self.cell.coroutine()
    }
}

/// A handle that goes takes its wish to be woken with it. Unless the callbacks are to be run first: then the
/// waker stays, and at worst wakes for nothing.
impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        let state = self.state();
        if !state.calling_back.get() {
            let awaiter = state.awaiter.take();
            state.core.trace.guard(Foreign::Waker, || drop(awaiter));
        }
    }
}

impl<T> State<T> {
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
        let name = self.name.borrow().clone();
        name.unwrap_or_else(|| format!("Task-{}", self.entry.id).into())
    }

    /// What the task waits for, where its leaf future has said so.
    pub(super) fn wait(&self) -> Option<Wait> {
        self.core.tasks.wait_of(self.entry)
    }

    fn cancel(&self) -> bool {
        if self.is_done() {
            return false;
        }
        self.cancel_requested.set(true);
        self.core.cancel(self.entry);
        true
    }

    /// Are there callbacks to run, and is the task not in the queue for them yet?
    fn claim_callbacks(&self) -> bool {
        !self.callbacks.borrow().is_empty() && !self.calling_back.replace(true)
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T, TaskError>;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.poll_finished(context).is_pending() {
            let place = place_of_await(self.state().place);
            if let Some(core) = current() {
                core.waits_for(WaitFor::Task(self.id()), place);
            }
            return Poll::Pending;
        }
        Poll::Ready(self.take_result())
    }
}

impl<T> Task<T> {
    /// Waits for the end, and leaves the result where it is.
    pub(super) fn poll_finished(&self, context: &mut Context<'_>) -> Poll<()> {
        let state = self.state();
        // With callbacks in the queue the task is finished and yet not over: they see the result first.
        if self.done() && !state.calling_back.get() {
            return Poll::Ready(());
        }
        let older = keep_latest(&state.awaiter, context.waker());
        state.core.trace.guard(Foreign::Waker, || drop(older));
        Poll::Pending
    }

    /// Takes the result of a finished task.
    pub(crate) fn take_result(&self) -> Result<T, TaskError> {
        let taken = Progress::Taken { cancelled: self.cancelled() };
        match self.state().progress.replace(taken) {
            Progress::Finished(result) => {
                self.state().core.trace.retrieved(self.id());
                result
            }
            _ => panic!("a task that has given its result away was awaited again"),
        }
    }
}

/// Keeps the waker of the latest poll. Returns the older one, whose drop is foreign code.
fn keep_latest(place: &Cell<Option<Waker>>, waker: &Waker) -> Option<Waker> {
    match place.take() {
        Some(kept) if kept.will_wake(waker) => place.replace(Some(kept)),
        older => {
            place.set(Some(waker.clone()));
            older
        }
    }
}

/// The line of the `.await` that polls us. Where we are polled through something else (a `&mut Task`, a
/// `timeout`) the caller is a line of the standard library or of this one, and the line that made the task
/// says more.
#[track_caller]
fn place_of_await(made_at: Place) -> Place {
    let caller = Location::caller();
    let (file, here) = (caller.file().replace('\\', "/"), file!().replace('\\', "/"));
    let this_crate = here.trim_end_matches("tasks/handle.rs");
    let through = file.contains("library/core") || file.starts_with(this_crate);
    if through { made_at } else { caller }
}

impl<F: Future + 'static> HasState<F::Output> for TaskCell<F> {
    fn state(&self) -> &State<F::Output> {
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
    fn finish(&self, result: Result<F::Output, TaskError>) {
        self.state.progress.replace(Progress::Finished(result));
    }

    fn drop_future_caught(&self, future: Option<Pin<Box<F>>>) {
        self.state.core.trace.guard(Foreign::Destructor, || drop(future));
    }
}

impl<F: Future + 'static> AnyTask for TaskCell<F> {
    fn poll(&self, context: &mut Context<'_>) -> Outcome {
        let mut future = self.future.take();
        let Some(pinned) = &mut future else {
            return Outcome::Ready;
        };
        let polled = catch(|| pinned.as_mut().poll(context));
        let cancel = self.state.cancel_requested.get();
        let (result, outcome) = match polled {
            Ok(Poll::Pending) if !cancel => {
                self.future.set(future);
                return Outcome::Pending;
            }
            Ok(Poll::Ready(output)) if !cancel => (Ok(output), Outcome::Ready),
            Ok(unwanted) => {
                self.state.core.trace.guard(Foreign::Destructor, || drop(unwanted));
                (Err(TaskError::Cancelled), Outcome::Cancelled)
            }
            Err(payload) => (Err(TaskError::Panicked(payload.into())), Outcome::Panicked),
        };
        // First the destructors, then the result: whoever learns of the end finds all of the task undone.
        self.drop_future_caught(future);
        self.finish(result);
        outcome
    }

    fn drop_future(&self) {
        self.drop_future_caught(self.future.take());
        self.finish(Err(TaskError::Cancelled));
    }

    fn claim_callbacks(&self) -> bool {
        self.state.claim_callbacks()
    }

    fn run_callbacks(self: Rc<Self>) -> u32 {
        let handle = Task { cell: self.clone() };
        let callbacks = self.state.callbacks.take();
        let count = callbacks.len() as u32;
        for callback in callbacks {
            self.state.core.trace.guard(Foreign::Callback, || (callback.call)(&handle));
        }
        drop(handle);
        self.state.calling_back.set(false);
        count
    }

    fn take_awaiter(&self) -> Option<Waker> {
        self.state.awaiter.take()
    }

    fn repr(&self) -> String {
        repr::without_result(&self.state, type_name::<F>())
    }

    fn name(&self) -> Rc<str> {
        self.state.name()
    }

    fn cancel(&self) -> bool {
        self.state.cancel()
    }
}
