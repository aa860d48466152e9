//! Tasks without their type: `current_task` and `all_tasks`.

use std::{
    fmt,
    rc::{Rc, Weak},
};

use super::cell::ShownTask;
use crate::{
    runtime::{Body, Core, Entry, current_loop},
    trace::record::TaskId,
};

/// A task, whatever it returns: its name, its state, and a way to cancel it.
///
/// asyncio: `asyncio.Task`, as `current_task` and `all_tasks` return it. Holding it keeps the task's result
/// alive, but nothing running.
///
/// ```
/// use std::time::Duration;
/// use glassloop::{TaskGroup, run, sleep};
///
/// run(async {
///     let group = TaskGroup::<(), String>::new();
///     let task = group.create_task(async { Ok(sleep(Duration::from_secs(60)).await) });
///     task.set_name("page 2");
///     assert_eq!(format!("{} {}", task.id(), task.name()), "1 page 2");
///     assert!(task.cancel());
///     assert!(task.done() && task.cancelled());
/// });
/// ```
#[derive(Clone)]
pub struct TaskRef {
    entry: Entry,
    /// Each loop counts its tasks for itself.
    core: Weak<Core>,
    /// `None`: a main future.
    task: Option<Rc<dyn ShownTask>>,
}

impl TaskRef {
    pub(super) fn new(core: &Rc<Core>, entry: Entry) -> TaskRef {
        let task = match core.tasks.with(entry, |slot| slot.body.clone()) {
            Some(Body::Task(task) | Body::Finished(task)) => task.into_any().downcast().ok(),
            Some(Body::Main) | None => None,
        };
        TaskRef { entry, core: Rc::downgrade(core), task: task.map(|shown| *shown) }
    }

    /// The task's id, never used again in its loop.
    pub fn id(&self) -> TaskId {
        self.entry.id
    }

    /// The task's name; a main future is called `main`.
    #[doc(alias = "get_name")]
    pub fn name(&self) -> Rc<str> {
        self.task.as_ref().map_or_else(|| "main".into(), |task| task.name())
    }

    /// Gives the task a name, for readers of the trace. A main future keeps its own.
    pub fn set_name(&self, name: &str) {
        if let Some(task) = &self.task {
            task.set_name(name);
        }
    }

    /// Is the task finished: ready, panicked or cancelled? A main future is done once it is gone.
    #[doc(alias = "is_finished")]
    pub fn done(&self) -> bool {
        match &self.task {
            Some(task) => task.is_done(),
            None => {
                self.core.upgrade().is_none_or(|core| core.tasks.with(self.entry, |_| ()).is_none())
            }
        }
    }

    /// Was the task cancelled?
    pub fn cancelled(&self) -> bool {
        self.task.as_ref().is_some_and(|task| task.is_cancelled())
    }

    /// Cancels the task, as [`Task::cancel`](crate::Task::cancel) does. A main future belongs to the caller of
    /// `run_until_complete` and can't be cancelled: then this returns false.
    #[doc(alias = "abort")]
    pub fn cancel(&self) -> bool {
        self.core.upgrade().is_some_and(|core| core.cancel(self.entry))
    }
}

/// As [`Task`](crate::Task) looks, without the result.
impl fmt::Debug for TaskRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.task {
            Some(task) => f.write_str(&task.repr()),
            None => f.write_str("<Task pending name='main'>"),
        }
    }
}

impl PartialEq for TaskRef {
    fn eq(&self, other: &TaskRef) -> bool {
        self.entry == other.entry && Weak::ptr_eq(&self.core, &other.core)
    }
}

/// The task that runs: the one in which this is called. `None` in a callback, or where no loop runs.
///
/// asyncio: `asyncio.current_task`.
///
/// ```
/// use glassloop::{create_task, current_task, run};
///
/// run(async {
///     assert_eq!(&*current_task().unwrap().name(), "main");
///     let task = create_task(async { current_task().unwrap().id() });
///     let id = task.id();
///     assert_eq!(task.await.unwrap(), id);
/// });
/// assert!(current_task().is_none());
/// ```
pub fn current_task() -> Option<TaskRef> {
    let core = current_loop()?;
    let entry = core.current_task.get()?;
    let task = TaskRef::new(&core, entry);
    // In a callback, what is in its turn is the task that has it, which is finished.
    (task.task.is_none() || core.tasks.is_unfinished(entry)).then_some(task)
}

/// All tasks of the running loop that are not done, in the order in which they were made. The main future
/// is not among them: it has no [`Task`](crate::Task). Nor are those that the streams need for themselves, to accept
/// connections and to send what was written.
///
/// asyncio: `asyncio.all_tasks`.
///
/// ```
/// use std::time::Duration;
/// use glassloop::{all_tasks, create_task, run, sleep};
///
/// run(async {
///     let _tasks = [1, 2].map(|n| create_task(sleep(Duration::from_secs(n))));
///     assert_eq!(all_tasks().len(), 2);
///     for task in all_tasks() {
///         task.cancel();
///     }
///     assert!(all_tasks().is_empty());
/// });
/// ```
///
/// # Panics
/// If no loop runs on this thread.
#[track_caller]
pub fn all_tasks() -> Vec<TaskRef> {
    let Some(core) = current_loop() else {
        panic!("all_tasks: no event loop is running on this thread")
    };
    users_tasks_of(&core)
}

/// The same of any loop.
pub(crate) fn users_tasks_of(core: &Rc<Core>) -> Vec<TaskRef> {
    let is_users = |task: &TaskRef| task.task.as_ref().is_some_and(|task| !task.is_internal());
    tasks_of(core).into_iter().filter(is_users).collect()
}

/// All tasks of a loop that are not done.
pub(crate) fn tasks_of(core: &Rc<Core>) -> Vec<TaskRef> {
    core.tasks.unfinished().into_iter().map(|entry| TaskRef::new(core, entry)).collect()
}
