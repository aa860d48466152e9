//! `Task<T>`: a handle to await a task, look at it, and cancel it.

use std::{
    any::type_name,
    cell::Ref,
    panic::Location,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use super::{
    TaskError,
    cell::{Callback, HasShared, Progress, SharedTask, create_task_on, refuse},
};
use crate::{
    runtime::current_loop,
    trace::{
        What,
        record::{Foreign, Place, TaskId, WaitFor},
    },
};

/// A handle of a task. Awaiting it waits for the task's end, and gives `Ok` with its output, or how it ended
/// without one.
///
/// asyncio: `asyncio.Task`. In Rust it is usually called a join handle. Dropping it detaches the task, which goes
/// on: the loop owns the task, not the handle. (asyncio's loop does not own it, so a task that nobody holds may
/// vanish there.)
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
/// If it is awaited again after it has given its result.
#[doc(alias = "JoinHandle")]
#[must_use = "dropping a task's handle detaches the task; `drop` it if that is meant"]
pub struct Task<T> {
    cell: Rc<dyn HasShared<T>>,
}

/// Makes a task from a future on the running loop. The loop will poll it when its turn comes, whether it is awaited
/// or not.
///
/// asyncio: `asyncio.create_task`.
///
/// ```
/// use std::{cell::Cell, rc::Rc};
/// use glassloop::{create_task, run};
///
/// run(async {
///     let count = Rc::new(Cell::new(0));
///     let theirs = count.clone();
///     let task = create_task(async move { theirs.set(1) });
///     assert_eq!(count.get(), 0); // its turn has not come
///     task.await.unwrap();
///     assert_eq!(count.get(), 1);
/// });
/// ```
///
/// # Panics
/// If no loop runs on this thread, or it is closed.
#[track_caller]
#[doc(alias = "spawn")]
pub fn create_task<F: Future + 'static>(future: F) -> Task<F::Output> {
    let Some(core) = current_loop() else {
        refuse(future);
        panic!(
            "create_task: no event loop is running on this thread; \
             use EventLoop::create_task, or call this from inside one"
        );
    };
    create_task_on(&core, future)
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

    /// Gives the task a name, for readers of the trace.
    ///
    /// ```
    /// use glassloop::{create_task, run};
    ///
    /// run(async {
    ///     let task = create_task(async {});
    ///     assert_eq!(&*task.name(), "Task-1");
    ///     task.set_name("the crawler");
    ///     assert_eq!(&*task.name(), "the crawler");
    ///     task.await.unwrap();
    /// });
    /// ```
    pub fn set_name(&self, name: &str) {
        self.state().set_name(name);
    }

    /// Names a task of the crate's own. [`all_tasks`](crate::all_tasks) leaves it out: who cancels all tasks does not
    /// mean the one that sends what they have written.
    pub(crate) fn set_internal(&self, name: &str) {
        self.set_name(name);
        self.state().extras().internal.set(true);
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

    /// Cancels the task: its future is dropped now, where it waits, and the awaiter of the task gets
    /// [`TaskError::Cancelled`]. A task that cancels itself goes on until its poll returns, and is dropped then.
    /// Returns whether there was anything left to cancel.
    ///
    /// This is where Rust and asyncio differ: asyncio throws an exception at the task's `await`, which the
    /// task may catch. Here the task is not asked; its destructors run.
    ///
    /// ```
    /// use std::time::Duration;
    /// use glassloop::{create_task, run, sleep};
    ///
    /// run(async {
    ///     let task = create_task(sleep(Duration::from_secs(60)));
    ///     assert!(task.cancel());
    ///     assert!(task.cancelled() && !task.cancel()); // nothing is left to cancel
    ///     assert!(task.await.unwrap_err().is_cancelled());
    /// });
    /// ```
    #[doc(alias = "abort")]
    pub fn cancel(&self) -> bool {
        self.state().cancel()
    }

    /// Looks at the result without taking it. `None` while the task is pending, and after its awaiter has taken the
    /// result.
    pub fn result(&self) -> Option<Ref<'_, Result<T, TaskError>>> {
        let progress = self.state().progress.borrow();
        let result = Ref::filter_map(progress, |progress| match progress {
            Progress::Finished(result) => Some(result),
            Progress::Pending | Progress::Taken { .. } => None,
        });
        result.ok().inspect(|_| {
            self.state().note_seen();
            self.state().core.trace.emit(|| What::Retrieved { task: self.id() });
        })
    }

    /// The loop calls `callback` when the task is finished. It does not do so at once, but when the turn comes in
    /// the ready queue, even if the task is already finished. The awaiter of the task gets the result after the
    /// callbacks have seen it.
    ///
    /// ```
    /// use std::{cell::Cell, rc::Rc};
    /// use glassloop::{create_task, run};
    ///
    /// run(async {
    ///     let task = create_task(async { 6 * 7 });
    ///     let seen = Rc::new(Cell::new(false));
    ///     let theirs = seen.clone();
    ///     task.add_done_callback(move |task| theirs.set(task.result().is_some()));
    ///     assert!(!seen.get());
    ///     assert_eq!(task.await.unwrap(), 42);
    ///     assert!(seen.get());
    /// });
    /// ```
    ///
    /// # Panics
    /// If the task is finished and its loop is closed, so that nobody will call it.
    #[track_caller]
    pub fn add_done_callback<C: FnOnce(&Task<T>) + 'static>(&self, callback: C) {
        let state = self.state();
        if self.done() && state.core.closed.get() {
            refuse(callback);
            panic!("event loop is closed");
        }
        let (call, name, place) = (Box::new(callback), type_name::<C>(), Location::caller());
        state.extras().callbacks.borrow_mut().push(Callback { call, name, place });
        if self.done() && state.claim_callbacks() {
            let task = self.cell.clone().as_any_task();
            state.core.queue_callbacks(self.id(), task);
        }
    }

    pub(super) fn of(cell: Rc<dyn HasShared<T>>) -> Task<T> {
        Task { cell }
    }

    pub(super) fn state(&self) -> &SharedTask<T> {
        self.cell.state()
    }

    /// The name of the function or block whose future the task runs.
    pub(super) fn coroutine(&self) -> &'static str {
        self.cell.coroutine()
    }
}

/// When a handle is dropped, its waker is removed. But if the callbacks must run first, the waker stays. At worst
/// it wakes in vain.
impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        let state = self.state();
        if !state.is_calling_back() {
            let awaiter = state.awaiter.take();
            state.core.trace.guard(Foreign::Waker, || drop(awaiter));
        }
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T, TaskError>;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let state = self.state();
        if state.poll_finished(context).is_pending() {
            state.core.waits_for(WaitFor::Task(state.entry.id), place_of_await(state.place));
            return Poll::Pending;
        }
        Poll::Ready(state.take_result())
    }
}

impl<T> Task<T> {
    /// Waits for the end, and leaves the result where it is.
    pub(super) fn poll_finished(&self, context: &mut Context<'_>) -> Poll<()> {
        self.state().poll_finished(context)
    }

    /// To be asked before it is waited for.
    ///
    /// # Panics
    /// If it never comes to its end while we wait: another loop does not run while this one does.
    pub(super) fn expect_here(&self) {
        self.state().expect_here();
    }

    /// Takes the result of a finished task.
    pub(crate) fn take_result(&self) -> Result<T, TaskError> {
        self.state().take_result()
    }
}

/// The line of the `.await` that polls us. Where we are polled through something else (a `&mut Task`, a
/// `timeout`) the caller is a line of the standard library or of this one, and the line that made the task
/// says more.
#[track_caller]
fn place_of_await(made_at: Place) -> Place {
    // This file's path, up to what all files of the crate have in common.
    const THIS_CRATE: &str = file!().split_at(file!().len() - "tasks/handle.rs".len()).0;
    let caller = Location::caller();
    let through = caller.file().starts_with(THIS_CRATE) || is_of_std(caller.file());
    if through { made_at } else { caller }
}

/// Is this a file of the standard library? They have a path of their own, or stand in `rustlib` where the library's
/// sources are installed. That is a full path, and those of a program are short while cargo builds it: so they need
/// not be searched, which cost an eighth of an awaited task. The path is one of the system on which the compiler ran.
/// So `Path::is_absolute` would be wrong: it goes by the system on which the program runs.
fn is_of_std(file: &str) -> bool {
    let is_full = file.starts_with('/') || file.as_bytes().get(1) == Some(&b':');
    is_full && (file.starts_with("/rustc/") || file.contains("rustlib"))
}

#[cfg(test)]
mod tests {
    use super::is_of_std;

    #[test]
    fn files_of_the_standard_library_are_known_by_their_paths() {
        assert!(is_of_std("/rustc/59807616e1fa/library/core/src/future/future.rs"));
        for installed in [
            r"C:\Users\a\.rustup\toolchains\b\lib\rustlib\src\rust\library\core\src\future\future.rs",
            "/home/a/.rustup/toolchains/b/lib/rustlib/src/rust/library/core/src/future/future.rs",
            // Compiled on Linux for Windows.
            r"/home/a/.rustup/toolchains/b/lib/rustlib/src/rust/library\core\src\future\future.rs",
        ] {
            assert!(is_of_std(installed), "{installed}");
        }
        assert!(
            !is_of_std("src/main.rs") && !is_of_std("/home/a/.cargo/registry/src/b/src/lib.rs")
        );
    }
}
