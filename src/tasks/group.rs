//! `TaskGroup`: tasks that belong together. If one fails, the others are cancelled.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    error, fmt,
    panic::Location,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use super::{
    Task, TaskError, TaskRef,
    cell::{Progress, create_task_at, refuse},
};
use crate::{
    runtime::{current_loop, running_loop},
    sync::{Waiter, Waiters, drop_each},
    trace::record::{Place, WaitFor},
};

/// Tasks that succeed or fail together: when one fails, the others are cancelled, and all failures are reported.
///
/// asyncio: `asyncio.TaskGroup`. [`task_group`](crate::task_group()) is its `async with`, and mostly what you want. Use
/// this open form for a group that is kept somewhere and grows, or to collect results. In asyncio the end of
/// `async with` waits; here [`wait`](TaskGroup::wait) does. A failure does not interrupt code that runs beside the
/// group. Clones are handles of the same group, so its tasks can add more. Dropping the last handle cancels the tasks
/// that are not done.
///
/// ```
/// use glassloop::TaskGroup;
/// glassloop::run(async {
///     let group = TaskGroup::new();
///     for n in 1..=3 {
///         group.create_task(async move { if n == 2 { Err("two is even") } else { Ok(n) } });
///     }
///     let error = group.wait().await.unwrap_err();
///     assert_eq!(error.to_string(), "a task of the group failed: two is even");
/// });
/// ```
pub struct TaskGroup<T, E> {
    pub(super) members: Rc<Members<T, E>>,
}

type Member<T, E> = Rc<Task<Result<T, E>>>;

pub(super) struct Members<T, E> {
    /// A scope tells its failures, and wants no results.
    has_scope: bool,
    /// How many tasks were added. Their numbers are not their ids: each loop counts those for itself.
    added: Cell<u64>,
    /// Those that are not done, by number. Of a task that is done only what it returned is kept.
    tasks: RefCell<BTreeMap<u64, Member<T, E>>>,
    results: RefCell<BTreeMap<u64, T>>,
    failed_tasks: RefCell<BTreeMap<u64, Member<T, E>>>,
    /// One has failed; the others are cancelled, those too that come later.
    pub(super) aborting: Cell<bool>,
    pub(super) failed: Waiters,
    pub(super) all_done: Waiters,
}

impl<T, E> Clone for TaskGroup<T, E> {
    fn clone(&self) -> Self {
        TaskGroup { members: self.members.clone() }
    }
}

impl<T: 'static, E: 'static> Default for TaskGroup<T, E> {
    fn default() -> Self {
        TaskGroup::new()
    }
}

impl<T: 'static, E: 'static> TaskGroup<T, E> {
    /// A group without tasks.
    pub fn new() -> TaskGroup<T, E> {
        TaskGroup::with_scope(false)
    }

    pub(super) fn with_scope(has_scope: bool) -> TaskGroup<T, E> {
        let members = Members {
            has_scope,
            added: Cell::new(0),
            tasks: RefCell::default(),
            results: RefCell::default(),
            failed_tasks: RefCell::default(),
            aborting: Cell::new(false),
            failed: Waiters::default(),
            all_done: Waiters::default(),
        };
        TaskGroup { members: Rc::new(members) }
    }

    /// Adds a task. In a group in which a task has failed it is cancelled before it begins.
    ///
    /// asyncio: `TaskGroup.create_task`. With the returned value you can name, cancel and check the task; its
    /// result belongs to the group.
    ///
    /// # Panics
    /// If no loop runs on this thread, or it is closed.
    #[track_caller]
    #[doc(alias = "spawn")]
    pub fn create_task(&self, future: impl Future<Output = Result<T, E>> + 'static) -> TaskRef {
        let Some(core) = current_loop() else {
            refuse(future);
            panic!("TaskGroup::create_task: no event loop is running on this thread")
        };
        let task = Rc::new(create_task_at(&core, future, Location::caller()));
        let reference = TaskRef::new(&core, task.state().entry);
        let number = self.members.added.replace(self.members.added.get() + 1);
        let members = Rc::downgrade(&self.members);
        task.add_done_callback(move |task| {
            if let Some(members) = members.upgrade() {
                members.one_is_done(number, task);
            }
        });
        self.members.tasks.borrow_mut().insert(number, task.clone());
        if self.members.aborting.get() {
            task.cancel();
        }
        reference
    }

    /// Waits until all tasks are done, also those that are added meanwhile. Returns what they returned, in the
    /// order in which they were added. Tasks that somebody cancelled one by one are left out. Dropping the future
    /// leaves the group as it is.
    ///
    /// Only one caller should wait: a second one finds the results taken. A [`task_group`](crate::task_group())
    /// keeps no results, so for its group this returns none. A task that waits for its own group waits for ever.
    ///
    /// # Errors
    /// If a task has returned an error or panicked, with all that have.
    ///
    /// # Panics
    /// If polled outside an event loop.
    #[track_caller]
    pub fn wait(&self) -> WaitGroup<T, E> {
        let (group, waiter) = (self.clone(), self.members.all_done.waiter());
        WaitGroup { group, waiter, place: Location::caller() }
    }
}

impl<T, E> Members<T, E> {
    fn one_is_done(&self, number: u64, task: &Task<Result<T, E>>) {
        let has_failed = match &*task.state().progress.borrow() {
            Progress::Finished(Ok(result)) => result.is_err(),
            Progress::Finished(Err(error)) => !error.is_cancelled(),
            _ => false,
        };
        let member = self.tasks.borrow_mut().remove(&number);
        if has_failed {
            // Not its error alone: if nobody asks for it, the task says so.
            self.failed_tasks.borrow_mut().extend(member.map(|member| (number, member)));
            self.abort();
        } else if let Ok(Ok(result)) = task.take_result() {
            match self.has_scope {
                true => drop_each([result]),
                false => _ = self.results.borrow_mut().insert(number, result),
            }
        }
        if self.is_done() {
            self.all_done.wake_all();
        }
    }

    /// Are all tasks done that were added so far?
    pub(super) fn is_done(&self) -> bool {
        self.tasks.borrow().is_empty()
    }

    /// How its tasks have failed.
    pub(super) fn take_failures(&self) -> Vec<ChildError<E>> {
        let failure = |task: Member<T, E>| match task.take_result() {
            Ok(result) => result.err().map(ChildError::Failed),
            Err(error) => Some(ChildError::Panicked(error)),
        };
        self.failed_tasks.take().into_values().filter_map(failure).collect()
    }

    /// Something has failed: ends the rest, once.
    pub(super) fn abort(&self) {
        if !self.aborting.replace(true) {
            self.cancel_all();
            self.failed.wake_all();
        }
    }

    /// To be asked before they are waited for.
    ///
    /// # Panics
    /// If one of them is pending in another loop.
    pub(super) fn expect_here(&self) {
        self.tasks.borrow().values().for_each(|task| task.expect_here());
    }

    /// By a list of its own: the destructors of a cancelled task may add tasks to the group.
    fn cancel_all(&self) {
        let tasks: Vec<_> = self.tasks.borrow().values().cloned().collect();
        for task in tasks {
            task.cancel();
        }
    }
}

impl<T, E> Drop for Members<T, E> {
    fn drop(&mut self) {
        self.cancel_all();
        drop_each(self.results.take().into_values());
    }
}

/// The future of [`TaskGroup::wait`].
///
/// ```
/// use glassloop::{TaskGroup, run};
///
/// run(async {
///     let group = TaskGroup::<i32, String>::new();
///     for n in 1..=3 {
///         group.create_task(async move { Ok(n * 10) });
///     }
///     assert_eq!(group.wait().await.unwrap(), [10, 20, 30]);
/// });
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct WaitGroup<T, E> {
    group: TaskGroup<T, E>,
    waiter: Waiter,
    place: Place,
}

impl<T: 'static, E: 'static> Future for WaitGroup<T, E> {
    type Output = Result<Vec<T>, GroupError<E>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let core = running_loop("a group of tasks");
        let members = &self.group.members;
        if !members.is_done() {
            members.expect_here();
            self.waiter.wait(context.waker());
            core.waits_for(WaitFor::Other("a group of tasks"), self.place);
            return Poll::Pending;
        }
        if members.has_scope {
            return Poll::Ready(Ok(Vec::new())); // it keeps no results, and tells the failures itself
        }
        let (results, errors) = (members.results.take().into_values(), members.take_failures());
        members.aborting.set(false);
        if errors.is_empty() {
            return Poll::Ready(Ok(results.collect()));
        }
        drop_each(results);
        Poll::Ready(Err(GroupError { errors }))
    }
}

/// How a task of a group failed.
///
/// ```
/// use glassloop::{ChildError, TaskGroup, run};
///
/// run(async {
///     let group = TaskGroup::<(), &str>::new();
///     group.create_task(async { Err("no milk") });
///     group.create_task(async { panic!("no tea") });
///     let errors = group.wait().await.unwrap_err().errors;
///     let why = errors.iter().map(|error| match error {
///         ChildError::Failed(error) => Some(*error),
///         ChildError::Panicked(error) => error.panic_message(),
///     });
///     assert!(why.eq([Some("no milk"), Some("no tea")]));
/// });
/// ```
#[derive(Debug)]
pub enum ChildError<E> {
    /// It returned this error.
    Failed(E),
    /// It panicked.
    Panicked(TaskError),
}

impl<E: fmt::Display> fmt::Display for ChildError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChildError::Failed(error) => error.fmt(f),
            ChildError::Panicked(error) => error.fmt(f),
        }
    }
}

/// The failures of a group's tasks, in the order in which the tasks were added.
///
/// asyncio: `ExceptionGroup`.
///
/// ```
/// use glassloop::{TaskGroup, run};
///
/// run(async {
///     let group = TaskGroup::<(), &str>::new();
///     for missing in ["milk", "tea"] {
///         group.create_task(async move { Err(missing) });
///     }
///     let error = group.wait().await.unwrap_err();
///     assert_eq!(error.errors.len(), 2);
///     assert_eq!(error.to_string(), "2 tasks of the group failed: milk; tea");
/// });
/// ```
#[derive(Debug)]
pub struct GroupError<E> {
    /// At least one.
    pub errors: Vec<ChildError<E>>,
}

impl<E: fmt::Display> fmt::Display for GroupError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.errors[..] {
            [one] => write!(f, "a task of the group failed: {one}"),
            several => {
                write!(f, "{} tasks of the group failed", several.len())?;
                several.iter().enumerate().try_for_each(|(n, error)| {
                    write!(f, "{} {error}", if n == 0 { ":" } else { ";" })
                })
            }
        }
    }
}

impl<E: fmt::Debug + fmt::Display> error::Error for GroupError<E> {}
