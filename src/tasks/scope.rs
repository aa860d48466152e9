//! `task_group`: a scope for tasks. It owns its body, as `async with` does: if one part fails, everything ends.

use std::{
    panic::Location,
    pin::Pin,
    task::{Context, Poll},
};

use super::{ChildError, GroupError, TaskError, TaskGroup};
use crate::{
    runtime::running_loop,
    sync::{Waiter, drop_each},
    trace::{
        catch,
        record::{Foreign, Place, WaitFor},
    },
};

/// Runs `body`, which gets a group and makes tasks in it. Waits for the body and for all tasks. Returns the result
/// of the body.
///
/// asyncio: `async with asyncio.TaskGroup() as group`. The rules are:
///
/// 1. The body runs where this is awaited, in the same task; it may borrow. It begins at the first poll.
/// 2. It ends when all have ended: the body, its tasks, and the tasks that those add.
/// 3. The first failure ends the rest: the body is dropped where it waits, the other tasks are cancelled, and a
///    task that is added later is cancelled before it begins. To fail is to return an `Err` or to panic. A single
///    task that somebody cancelled has not failed.
/// 4. The error lists all failures: the body's first, then those of the tasks in the order in which they were
///    added.
/// 5. Dropping this drops the body and cancels the tasks.
///
/// What a task returns is dropped as soon as the task is done. If you want the results, let the tasks store them
/// where the body finds them. Or use [`TaskGroup::new`], which collects them, but has no body to interrupt.
///
/// ```
/// use glassloop::{run, sleep, task_group};
/// use std::time::{Duration, Instant};
///
/// async fn fetch(page: u32) -> Result<(), String> {
///     sleep(Duration::from_millis(10)).await;
///     if page == 2 { Err("page 2 is gone".to_string()) } else { Ok(()) }
/// }
/// let start = Instant::now();
/// let ended = run(task_group(async |group| {
///     for page in 1..=3 {
///         group.create_task(fetch(page));
///     }
///     sleep(Duration::from_secs(60)).await; // does not keep the failure waiting
///     Ok(())
/// }));
/// assert_eq!(ended.unwrap_err().to_string(), "a task of the group failed: page 2 is gone");
/// assert!(start.elapsed() < Duration::from_secs(30));
/// ```
///
/// # Errors
/// If anything has failed, with all failures.
///
/// # Panics
/// If polled outside an event loop.
#[track_caller]
#[doc(alias = "TaskGroup")]
#[doc(alias = "JoinSet")]
pub fn task_group<'a, T, C, E, B>(body: B) -> Scope<'a, T, C, E>
where
    B: AsyncFnOnce(TaskGroup<C, E>) -> Result<T, E> + 'a,
    T: 'a,
    C: 'static,
    E: 'static,
{
    let group = TaskGroup::with_scope(true);
    let given = group.clone();
    let body: Body<'a, T, E> = Box::pin(async move { body(given).await });
    let waiters = [group.members.failed.waiter(), group.members.all_done.waiter()];
    let place = Location::caller();
    Scope { body: Some(body), group, value: None, failure: None, waiters, place }
}

type Body<'a, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + 'a>>;

/// The future of [`task_group`].
///
/// ```
/// use std::time::Duration;
/// use glassloop::{all_tasks, run, sleep, task_group, timeout};
///
/// run(async {
///     let scope = task_group(async |group| {
///         group.create_task(async { Ok(sleep(Duration::from_secs(60)).await) });
///         Ok::<(), String>(())
///     });
///     assert!(timeout(Duration::from_millis(1), scope).await.is_err());
///     assert!(all_tasks().is_empty()); // when the scope was dropped, its task was cancelled
/// });
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Scope<'a, T, C: 'static, E: 'static> {
    /// `None`, once it is over.
    body: Option<Body<'a, T, E>>,
    group: TaskGroup<C, E>,
    value: Option<T>,
    failure: Option<ChildError<E>>,
    /// Wait for the first failure, and for the last task.
    waiters: [Waiter; 2],
    place: Place,
}

/// The body is in a box; nothing else is pinned.
impl<T, C, E> Unpin for Scope<'_, T, C, E> {}

impl<T, C: 'static, E: 'static> Future for Scope<'_, T, C, E> {
    type Output = Result<T, GroupError<E>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let core = running_loop("task_group");
        // Before the body gets another turn: it may have waited for just this.
        if self.group.members.aborting.get() {
            core.trace.guard(Foreign::Destructor, || drop(self.body.take()));
        }
        self.poll_body(context);
        if self.body.is_none() && self.group.members.is_done() {
            return Poll::Ready(self.end());
        }
        for waiter in &mut self.waiters {
            waiter.wait(context.waker());
        }
        if self.body.is_none() {
            self.group.members.expect_here();
            core.waits_for(WaitFor::Other("the tasks of a group"), self.place);
        }
        Poll::Pending
    }
}

impl<T, C: 'static, E: 'static> Scope<'_, T, C, E> {
    fn poll_body(&mut self, context: &mut Context<'_>) {
        let Some(body) = &mut self.body else { return };
        match catch(|| body.as_mut().poll(context)) {
            Ok(Poll::Pending) => return,
            Ok(Poll::Ready(Ok(value))) => self.value = Some(value),
            Ok(Poll::Ready(Err(error))) => self.failure = Some(ChildError::Failed(error)),
            Err(payload) => {
                let error = TaskError::Panicked(payload.into());
                self.failure = Some(ChildError::Panicked(error));
            }
        }
        drop_each(self.body.take());
        if self.failure.is_some() {
            self.group.members.abort();
        }
    }

    fn end(&mut self) -> Result<T, GroupError<E>> {
        let failures = self.group.members.take_failures();
        let errors: Vec<_> = self.failure.take().into_iter().chain(failures).collect();
        match self.value.take() {
            Some(value) if errors.is_empty() => Ok(value),
            // It was dropped for a failure, and that is among the errors.
            None if !errors.is_empty() => Err(GroupError { errors }),
            None => panic!("a finished task_group was polled again"),
            unwanted => {
                drop_each(unwanted);
                Err(GroupError { errors })
            }
        }
    }
}

impl<T, C: 'static, E: 'static> Drop for Scope<'_, T, C, E> {
    fn drop(&mut self) {
        drop_each(self.body.take());
        self.group.members.abort();
        drop_each(self.value.take());
    }
}
