//! `shield`: a future that goes on even if nobody waits for it any more.

use std::{
    panic::Location,
    pin::Pin,
    task::{Context, Poll},
};

use super::{Task, cell::create_task_at};
use crate::{
    runtime::running_loop,
    trace::record::{Place, WaitFor},
};

/// Makes a task from a future, at the first poll, and waits for its result. The waiting may end early, by a timeout
/// or because the waiting task was cancelled. The future still goes on.
///
/// asyncio: `asyncio.shield`. Before its first poll there is nothing to shield: dropped then, the
/// future never runs.
///
/// # Panics
/// With the panic of the future; with "task was cancelled", if somebody cancels its task. When
/// polled outside of an event loop.
///
/// ```
/// use glassloop::{create_task, shield, sleep, timeout};
/// use std::{cell::Cell, rc::Rc, time::Duration};
/// glassloop::run(async {
///     let saved = Rc::new(Cell::new(false));
///     let flag = saved.clone();
///     let save = async move {
///         sleep(Duration::from_millis(10)).await;
///         flag.set(true);
///     };
///     assert!(timeout(Duration::from_millis(1), shield(save)).await.is_err());
///     sleep(Duration::from_millis(20)).await;
///     assert!(saved.get());
/// });
/// ```
#[track_caller]
pub fn shield<F: Future + 'static>(future: F) -> Shield<F> {
    Shield { future: Some(future), task: None, place: Location::caller() }
}

/// The future of [`shield`].
#[must_use = "futures do nothing unless awaited"]
pub struct Shield<F: Future> {
    future: Option<F>,
    task: Option<Task<F::Output>>,
    place: Place,
}

/// The future is moved into a task before it is polled, so nothing here is pinned.
impl<F: Future> Unpin for Shield<F> {}

impl<F: Future + 'static> Future for Shield<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        let core = running_loop("shield");
        if let Some(future) = this.future.take() {
            this.task = Some(create_task_at(&core, future, this.place));
        }
        let Some(task) = &this.task else { panic!("a finished shield was polled again") };
        if task.poll_finished(context).is_pending() {
            core.waits_for(WaitFor::Task(task.id()), this.place);
            return Poll::Pending;
        }
        let result = task.take_result();
        this.task = None;
        Poll::Ready(result.unwrap_or_else(|error| error.resume_unwind()))
    }
}
