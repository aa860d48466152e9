//! `as_completed`: runs futures as tasks and hands out what they return in the order in which they finish.

use std::{
    mem,
    panic::Location,
    pin::Pin,
    task::{Context, Poll},
};

use super::children::Children;
use crate::{
    runtime::running_loop,
    sync::drop_each,
    trace::record::{Place, WaitFor},
};

/// Makes a task of each future, at the first poll, and gives what they return as it comes.
///
/// asyncio: `asyncio.as_completed`. Dropping it cancels those that are not finished; over handles
/// of tasks, it only detaches them.
///
/// ```
/// use glassloop::{as_completed, sleep};
/// use std::time::Duration;
/// glassloop::run(async {
///     let after = async |n: u64| {
///         sleep(Duration::from_millis(n)).await;
///         n
///     };
///     let mut completed = as_completed([after(20), after(10)]);
///     let mut order = Vec::new();
///     while let Some(n) = completed.next().await {
///         order.push(n);
///     }
///     assert_eq!(order, [10, 20]);
/// });
/// ```
#[track_caller]
#[doc(alias = "FuturesUnordered")]
pub fn as_completed<I>(futures: I) -> AsCompleted<I::Item>
where
    I: IntoIterator,
    I::Item: Future + 'static,
{
    let futures: Vec<_> = futures.into_iter().collect();
    AsCompleted { missing: futures.len(), futures, children: None, place: Location::caller() }
}

/// Made by [`as_completed`].
pub struct AsCompleted<F: Future> {
    futures: Vec<F>,
    children: Option<Children<F::Output>>,
    missing: usize,
    place: Place,
}

impl<F: Future + 'static> AsCompleted<F> {
    /// Waits for the next one to finish. `None` when there is none left. Dropping this future loses nothing.
    ///
    /// # Panics
    /// With the panic of the child. If polled outside an event loop.
    #[track_caller]
    #[expect(
        clippy::should_implement_trait,
        reason = "it is an iterator's `next`, but for the await"
    )]
    pub fn next(&mut self) -> NextCompleted<'_, F> {
        NextCompleted { all: self, place: Location::caller() }
    }
}

/// The future of [`AsCompleted::next`].
#[must_use = "futures do nothing unless awaited"]
pub struct NextCompleted<'a, F: Future> {
    all: &'a mut AsCompleted<F>,
    place: Place,
}

impl<F: Future + 'static> Future for NextCompleted<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let NextCompleted { all, place } = &mut *self;
        let core = running_loop("as_completed");
        let children = all
            .children
            .get_or_insert_with(|| Children::create(&core, mem::take(&mut all.futures), all.place));
        if all.missing == 0 {
            return Poll::Ready(None);
        }
        let Poll::Ready(child) = children.poll_next(context) else {
            core.waits_for(WaitFor::Other("the next of as_completed"), place);
            return Poll::Pending;
        };
        all.missing -= 1;
        match children.tasks[child].take_result() {
            Ok(output) => Poll::Ready(Some(output)),
            Err(error) => error.resume_unwind(),
        }
    }
}

/// Nobody waits any more, until the next `next`.
impl<F: Future> Drop for NextCompleted<'_, F> {
    fn drop(&mut self) {
        if let Some(children) = &self.all.children {
            children.forget_parent();
        }
    }
}

impl<F: Future> Drop for AsCompleted<F> {
    fn drop(&mut self) {
        if let Some(children) = &self.children {
            children.cancel_all();
        }
        drop_each(mem::take(&mut self.futures));
    }
}
