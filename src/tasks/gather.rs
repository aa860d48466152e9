//! `gather`: runs futures as tasks and collects what they return, in the order in which they were given.

use std::{
    mem,
    panic::Location,
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::children::Children;
use crate::{
    runtime::running_loop,
    sync::drop_each,
    trace::record::{Place, WaitFor},
};

/// Makes a task of each future, at the first poll, and waits for all: `Ok` with what they returned, in the
/// order given; or the first error, as soon as it happens.
///
/// asyncio: `asyncio.gather`. The first error does not stop the other tasks: they go on, and nobody gets what they
/// return. A panic in one of them goes on in the awaiter of the gather. Dropping a gather that is not finished
/// cancels its tasks. The handle of a task is a future, too: over handles the error is a
/// [`TaskError`](crate::TaskError), and dropping the gather only detaches the tasks.
///
/// ```
/// use glassloop::gather;
///
/// async fn half(n: i32) -> Result<i32, String> {
///     if n % 2 == 0 { Ok(n / 2) } else { Err(format!("{n} is odd")) }
/// }
/// glassloop::run(async {
///     assert_eq!(gather([half(2), half(4)]).await, Ok(vec![1, 2]));
///     assert_eq!(gather([half(2), half(3)]).await, Err("3 is odd".to_string()));
/// });
/// ```
///
/// # Panics
/// With the panic of a child; with "task was cancelled", if somebody cancels a single child. When polled outside of
/// an event loop.
#[track_caller]
#[doc(alias = "try_join_all")]
pub fn gather<I>(futures: I) -> Gather<I::Item>
where
    I: IntoIterator,
    I::Item: Future + 'static,
{
    Gather { place: Location::caller(), state: GatherStage::New(futures.into_iter().collect()) }
}

/// The future of [`gather`].
#[must_use = "futures do nothing unless awaited"]
pub struct Gather<F: Future> {
    place: Place,
    state: GatherStage<F>,
}

enum GatherStage<F: Future> {
    New(Vec<F>),
    Running(Running<F::Output>),
    Over,
}

struct Running<T> {
    children: Children<T>,
    outputs: Vec<Option<T>>,
    missing: usize,
}

/// The futures are moved into tasks before they are polled, so nothing here is pinned.
impl<F: Future> Unpin for Gather<F> {}

impl<F: Future + 'static> Gather<F> {
    /// Waits for all, whatever they return: for futures whose errors are all of interest, and for those that
    /// cannot fail.
    ///
    /// asyncio: `gather(..., return_exceptions=True)`.
    ///
    /// ```
    /// use glassloop::{gather, run};
    ///
    /// run(async {
    ///     let numbers = ["1", "one"].map(async |text| text.parse::<i32>());
    ///     let all = gather(numbers).return_exceptions().await;
    ///     assert!(matches!(&all[..], [Ok(1), Err(_)]));
    /// });
    /// ```
    #[doc(alias = "join_all")]
    pub fn return_exceptions(self) -> GatherAll<F> {
        GatherAll { gather: self }
    }

    /// Waits until all outputs are there, or one that `is_enough`.
    fn poll_outputs(
        &mut self,
        context: &mut Context<'_>,
        is_enough: fn(&F::Output) -> bool,
    ) -> Poll<Vec<Option<F::Output>>> {
        let core = running_loop("gather");
        if let GatherStage::New(futures) = &mut self.state {
            let children = Children::create(&core, mem::take(futures), self.place);
            let (missing, mut outputs) = (children.tasks.len(), Vec::new());
            outputs.resize_with(missing, || None);
            self.state = GatherStage::Running(Running { children, outputs, missing });
        }
        let GatherStage::Running(Running { children, outputs, missing }) = &mut self.state else {
            panic!("a finished gather was polled again")
        };
        let mut enough = false;
        while *missing > 0 && !enough {
            let Poll::Ready(child) = children.poll_next(context) else {
                core.waits_for(WaitFor::Other("the tasks of gather"), self.place);
                return Poll::Pending;
            };
            match children.tasks[child].take_result() {
                Ok(output) => {
                    enough = is_enough(&output);
                    outputs[child] = Some(output);
                    *missing -= 1;
                }
                Err(error) => {
                    children.tasks.iter().for_each(|task| task.state().note_seen());
                    self.drop_outputs(); // the others are detached
                    error.resume_unwind();
                }
            }
        }
        let outputs = mem::take(outputs);
        // Where one has failed, the failures of the others are of no interest any more, as in asyncio.
        children.tasks.iter().for_each(|task| task.state().note_seen());
        self.state = GatherStage::Over;
        Poll::Ready(outputs)
    }
}

impl<F: Future> Gather<F> {
    /// What was returned is the user's: it is dropped each by itself.
    fn drop_outputs(&mut self) {
        match mem::replace(&mut self.state, GatherStage::Over) {
            GatherStage::New(futures) => drop_each(futures),
            GatherStage::Running(Running { outputs, .. }) => drop_each(outputs),
            GatherStage::Over => {}
        }
    }
}

impl<F, T, E> Future for Gather<F>
where
    F: Future<Output = Result<T, E>> + 'static,
{
    type Output = Result<Vec<T>, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let outputs = ready!(self.poll_outputs(context, Result::is_err));
        // Where one is an error the others may be missing, and are not wanted.
        let (mut values, mut errors) = (Vec::new(), Vec::new());
        for output in outputs.into_iter().flatten() {
            match output {
                Ok(value) => values.push(value),
                Err(error) => errors.push(error),
            }
        }
        let mut errors = errors.into_iter();
        let Some(first) = errors.next() else { return Poll::Ready(Ok(values)) };
        drop_each(values);
        drop_each(errors);
        Poll::Ready(Err(first))
    }
}

/// The future of [`Gather::return_exceptions`]: all outputs, in the order in which the futures were given.
#[must_use = "futures do nothing unless awaited"]
pub struct GatherAll<F: Future> {
    gather: Gather<F>,
}

impl<F: Future + 'static> Future for GatherAll<F> {
    type Output = Vec<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let outputs = ready!(self.gather.poll_outputs(context, |_| false));
        Poll::Ready(outputs.into_iter().flatten().collect())
    }
}

/// Dropped before its end, a gather takes its tasks with it.
impl<F: Future> Drop for Gather<F> {
    fn drop(&mut self) {
        if let GatherStage::Running(Running { children, .. }) = &self.state {
            children.cancel_all();
        }
        self.drop_outputs();
    }
}
