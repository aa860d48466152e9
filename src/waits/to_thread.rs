//! `to_thread`, and the future of a job on a thread.

use std::{
    io, mem,
    panic::{self, Location},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    thread,
};

use super::threads::{Done, Pool, Queued, Threads, Work, lock};
use crate::{
    runtime::running_loop,
    trace::{
        What, nanoseconds,
        record::{Place, WaitFor},
        run_caught,
    },
};

/// Runs `work` on another thread and waits for its result, while the loop goes on with other tasks.
///
/// asyncio: `asyncio.to_thread`. The work begins at the first poll. Dropping the future withdraws work that no
/// thread has taken yet. Work that has begun goes on to its end, and its result is dropped on that thread.
///
/// # Panics
/// With the panic of `work`. If no thread can be started and none exists. When polled outside of an event
/// loop.
///
/// ```
/// glassloop::run(async {
///     let sum: u64 = glassloop::to_thread(|| (1..=1000).sum()).await;
///     assert_eq!(sum, 500_500);
/// });
/// ```
#[track_caller]
#[doc(alias = "spawn_blocking")]
pub fn to_thread<T, W>(work: W) -> ToThread<T>
where
    T: Send + 'static,
    W: FnOnce() -> T + Send + 'static,
{
    ToThread { job: Job::new(work, Pool::Work, Location::caller()) }
}

/// The future of [`to_thread`].
#[must_use = "futures do nothing unless awaited"]
pub struct ToThread<T: Send + 'static> {
    job: Job<T>,
}

impl<T: Send + 'static> Future for ToThread<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.job).poll(context).map(|end| match end {
            Ok(Ok(output)) => output,
            Ok(Err(payload)) => panic::resume_unwind(payload),
            Err(error) => panic!("to_thread: {error}"),
        })
    }
}

/// A future of what a job returns, or of its panic. The outer error: there is no thread to do it.
pub(crate) struct Job<T: Send + 'static> {
    /// Until the first poll.
    work: Option<Work<T>>,
    /// From then on until the result is here.
    queued: Option<Queued<T>>,
    pool: Pool,
    place: Place,
}

impl<T: Send + 'static> Job<T> {
    pub(crate) fn new(
        work: impl FnOnce() -> T + Send + 'static,
        pool: Pool,
        place: Place,
    ) -> Job<T> {
        Job { work: Some(Box::new(work)), queued: None, pool, place }
    }
}

impl<T: Send + 'static> Future for Job<T> {
    type Output = io::Result<thread::Result<T>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let core = running_loop("a job for a thread");
        if let Some(work) = this.work.take() {
            let Some(threads) = core.attached::<Threads>() else {
                return Poll::Ready(Err(io::Error::other("event loop is closed")));
            };
            let threads = match this.pool {
                Pool::Work => &threads.work,
                Pool::Lookups => &threads.lookups,
            };
            this.queued = Some(threads.submit(work, this.place)?);
        }
        let Some(Queued { id, slot, .. }) = &this.queued else {
            panic!("a finished job was polled again")
        };
        // Look and leave the waker under one lock, or the thread could finish between the two.
        let new = context.waker().clone();
        let mut guard = lock(slot);
        if let Some(Done { result, thread, started, ended }) = guard.0.take() {
            drop(guard);
            core.trace.emit(|| {
                let told = |moment| nanoseconds(core.trace.clock.at(moment));
                let (started, ended) = (told(started), told(ended));
                What::JobDone { job: *id, thread, started, ended }
            });
            this.queued = None;
            return Poll::Ready(Ok(result));
        }
        if Arc::strong_count(slot) == 1 {
            let error = "the event loop was closed before a thread took this job";
            return Poll::Ready(Err(io::Error::other(error)));
        }
        let old = guard.1.replace(new);
        drop(guard);
        run_caught(|| drop(old));
        core.waits_for(WaitFor::Job(*id), this.place);
        Poll::Pending
    }
}

impl<T: Send + 'static> Drop for Job<T> {
    fn drop(&mut self) {
        run_caught(|| drop(self.work.take()));
        if let Some(Queued { id, slot, threads }) = &self.queued {
            let (done, waker) = mem::take(&mut *lock(slot));
            run_caught(|| drop(done));
            run_caught(|| drop(waker));
            threads.withdraw(*id);
        }
    }
}
