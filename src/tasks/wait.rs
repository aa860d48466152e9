//! `wait`: waits for some tasks, or for the first of them, and gives all of them back.

use std::{
    mem,
    panic::Location,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use super::{Task, TaskError, cell::Progress, children::Children};
use crate::{
    runtime::{Timer, running_loop},
    trace::record::{Place, WaitFor},
};

/// When [`wait`] has waited enough.
///
/// ```
/// use std::time::Duration;
/// use glassloop::{ReturnWhen, create_task, run, sleep, wait};
///
/// run(async {
///     let tasks = [60, 0].map(|n| create_task(sleep(Duration::from_secs(n))));
///     let (done, pending) = wait(tasks).return_when(ReturnWhen::FirstCompleted).await;
///     assert_eq!((done.len(), pending.len()), (1, 1));
///     pending[0].cancel(); // until now it went on
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnWhen {
    /// When one task is done, however.
    FirstCompleted,
    /// When one task has panicked or was cancelled; else when all are done.
    FirstException,
    /// When all tasks are done.
    AllCompleted,
}

/// Waits for tasks and gives them back as `(done, pending)`, each in the order in which it was given. Their
/// results are still in them.
///
/// asyncio: `asyncio.wait`. It waits for all of them, unless [`return_when`](Wait::return_when) or
/// [`timeout`](Wait::timeout) say otherwise; what is pending then goes on. Dropping the future detaches the
/// tasks, which go on as well.
///
/// ```
/// use glassloop::{create_task, wait};
/// glassloop::run(async {
///     let tasks = [1, 2].map(|n| create_task(async move { n * 10 }));
///     let (done, pending) = wait(tasks).await;
///     assert!(pending.is_empty());
///     assert!(matches!(done[1].result().as_deref(), Some(Ok(20))));
/// });
/// ```
///
/// # Panics
/// If there is no task to wait for, as asyncio's. If polled outside an event loop.
#[doc(alias = "select")]
#[track_caller]
pub fn wait<T>(tasks: impl IntoIterator<Item = Task<T>>) -> Wait<T> {
    let tasks: Vec<_> = tasks.into_iter().collect();
    assert!(!tasks.is_empty(), "wait: there is no task to wait for");
    let place = Location::caller();
    Wait {
        missing: tasks.len(),
        children: Children::new(tasks),
        is_enough: |_| false,
        limit: None,
        deadline: None,
        timer: None,
        place,
    }
}

/// The future of [`wait`].
#[must_use = "futures do nothing unless awaited"]
pub struct Wait<T> {
    children: Children<T>,
    missing: usize,
    /// Is one task that is done so enough?
    is_enough: fn(&Task<T>) -> bool,
    limit: Option<Duration>,
    deadline: Option<Duration>,
    timer: Option<Timer>,
    place: Place,
}

impl<T> Wait<T> {
    /// Says when it is enough; all tasks, unless this is called.
    pub fn return_when(mut self, when: ReturnWhen) -> Wait<T> {
        self.is_enough = match when {
            ReturnWhen::FirstCompleted => |_| true,
            ReturnWhen::FirstException => |task| has(task, |result| result.is_err()),
            ReturnWhen::AllCompleted => |_| false,
        };
        self
    }

    /// Waits no longer than this, from the first poll on. Nothing fails and nothing is cancelled
    /// then: what is not done is pending.
    ///
    /// ```
    /// use std::time::Duration;
    /// use glassloop::{create_task, run, sleep, wait};
    ///
    /// run(async {
    ///     let task = create_task(sleep(Duration::from_secs(60)));
    ///     let (done, pending) = wait([task]).timeout(Duration::from_millis(1)).await;
    ///     assert!(done.is_empty());
    ///     assert!(pending[0].cancel()); // until now it went on
    /// });
    /// ```
    pub fn timeout(mut self, limit: Duration) -> Wait<T> {
        self.limit = Some(limit);
        self
    }
}

impl<T, E> Wait<Result<T, E>> {
    /// Like [`ReturnWhen::FirstException`], and a task that returned an `Err` counts too.
    ///
    /// ```
    /// use std::time::Duration;
    /// use glassloop::{create_task, run, sleep, wait};
    ///
    /// run(async {
    ///     let slow = create_task(async { Ok(sleep(Duration::from_secs(60)).await) });
    ///     let failing = create_task(async { Err("page 2 is gone") });
    ///     let (done, pending) = wait([slow, failing]).first_error().await;
    ///     assert!(matches!(done[0].result().as_deref(), Some(Ok(Err("page 2 is gone")))));
    ///     assert!(pending[0].cancel());
    /// });
    /// ```
    pub fn first_error(mut self) -> Wait<Result<T, E>> {
        self.is_enough = |task| has(task, |result| !matches!(result, Ok(Ok(_))));
        self
    }
}

/// Is the result of a finished task such?
fn has<T>(task: &Task<T>, such: fn(&Result<T, TaskError>) -> bool) -> bool {
    matches!(&*task.state().progress.borrow(), Progress::Finished(result) if such(result))
}

impl<T> Future for Wait<T> {
    type Output = (Vec<Task<T>>, Vec<Task<T>>);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let core = running_loop("wait");
        assert!(!this.children.tasks.is_empty(), "a finished wait was polled again");
        let begins = this.limit.is_some();
        if let Some(limit) = this.limit.take() {
            this.deadline = Some(core.timers.after(limit));
        }
        let mut enough = false;
        // All that are done by now are counted as done, not only the first.
        while let Poll::Ready(child) = this.children.poll_next(context) {
            this.missing -= 1;
            enough |= (this.is_enough)(&this.children.tasks[child]);
        }
        // Not at once, even with a limit of zero, as in asyncio: tasks that are ready get their poll.
        let is_over = |deadline| deadline <= core.timers.now();
        let timed_out = !begins && this.deadline.is_some_and(is_over);
        if enough || timed_out || this.missing == 0 {
            this.timer = None;
            let tasks = mem::take(&mut this.children.tasks).into_iter();
            // By what they are, not by what was counted: one may be done but for its callbacks.
            return Poll::Ready(tasks.partition(Task::done));
        }
        if let Some(deadline) = this.deadline {
            Timer::wait(&mut this.timer, &core.timers, deadline, context.waker());
        }
        core.waits_for(WaitFor::Other("the tasks of wait"), this.place);
        Poll::Pending
    }
}
