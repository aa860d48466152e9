//! Threads for blocking work: what would hold the loop is done beside it.
//!
//! A thread is started when there is work and nobody idle to do it, up to a bound; beyond that, jobs queue.
//! A thread that has been idle for a while ends. When the loop closes, jobs that no thread has taken are
//! dropped and running ones are waited for, so that a file is not cut off half written.
//!
//! Name lookups have threads of their own. A lookup may take a minute: no work waits behind it, and a
//! closing loop leaves it to itself, since nobody misses the name any more.

use std::{
    collections::VecDeque,
    io, mem,
    panic::{self, Location},
    pin::Pin,
    rc::Rc,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use crate::{
    runtime::{Inbox, running_loop, set_current_job},
    trace::{
        Trace, catch, discard,
        record::{Place, WaitFor},
        run_caught,
    },
};

const IDLE: Duration = Duration::from_secs(5);
const MAX_THREADS: usize = 64;

/// Runs `work` on a thread of its own and waits for what it returns, while the loop goes on with other tasks.
///
/// asyncio: `asyncio.to_thread`. The work begins at the first poll. Dropping the future withdraws
/// work that no thread has taken yet; work that has begun goes on to its end, and what it returns
/// is dropped there.
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

/// Whose threads do a job.
#[derive(Clone, Copy)]
pub(crate) enum Pool {
    Work,
    Lookups,
}

type Work<T> = Box<dyn FnOnce() -> T + Send>;

/// A future of what a job returns, or of its panic. The outer error: there is no thread to do it.
pub(crate) struct Job<T: Send + 'static> {
    /// Until the first poll.
    work: Option<Work<T>>,
    /// From then on until the result is here.
    queued: Option<Queued<T>>,
    pool: Pool,
    place: Place,
}

struct Queued<T> {
    id: u64,
    slot: Arc<Slot<T>>,
    threads: Arc<Shared>,
}

/// Where the thread leaves the result and the loop its waker, whichever comes first.
type Slot<T> = Mutex<(Option<Done<T>>, Option<Waker>)>;

/// What came of a job, on which thread, from when until when.
struct Done<T> {
    result: thread::Result<T>,
    thread: u32,
    started: Instant,
    ended: Instant,
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
            this.queued = Some(threads.submit(work)?);
        }
        let Some(Queued { id, slot, .. }) = &this.queued else {
            panic!("a finished job was polled again")
        };
        // Look and leave the waker under one lock, or the thread could finish between the two.
        let new = context.waker().clone();
        let mut guard = lock(slot);
        if let Some(Done { result, thread, started, ended }) = guard.0.take() {
            drop(guard);
            let (started, ended) = (core.timers.clock.at(started), core.timers.clock.at(ended));
            core.trace.job_done(*id, thread, started, ended);
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
        if let Some(Queued { id, slot, threads }) = &self.queued {
            let waker = lock(slot).1.take();
            run_caught(|| drop(waker));
            threads.withdraw(*id);
        }
    }
}

/// The threads of a loop.
pub(crate) struct Threads {
    work: Crew,
    lookups: Crew,
}

impl Threads {
    /// At most `most` threads for work, and as many for lookups.
    pub(crate) fn new(inbox: &Arc<Inbox>, trace: &Rc<Trace>, most: Option<usize>) -> Threads {
        let numbers = Arc::default();
        let crew = |name, wait_at_close| Crew {
            trace: trace.clone(),
            shared: Arc::new(Shared {
                name,
                wait_at_close,
                most: most.unwrap_or(MAX_THREADS),
                numbers: Arc::clone(&numbers),
                inbox: inbox.clone(),
                state: Mutex::default(),
                work_came: Condvar::new(),
                thread_ended: Condvar::new(),
            }),
        };
        Threads { work: crew("work", true), lookups: crew("lookup", false) }
    }
}

/// Some threads and their queue. Dropping this closes them.
struct Crew {
    shared: Arc<Shared>,
    trace: Rc<Trace>,
}

struct Shared {
    name: &'static str,
    wait_at_close: bool,
    most: usize,
    /// Counts the threads of all crews, for their names.
    numbers: Arc<AtomicU32>,
    inbox: Arc<Inbox>,
    state: Mutex<State>,
    /// Rings when a job was queued, and when all is over.
    work_came: Condvar,
    /// Rings when a thread ends.
    thread_ended: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<QueuedJob>,
    threads: usize,
    idle: usize,
    closed: bool,
}

struct QueuedJob {
    id: u64,
    /// Does the work on the thread of this number and leaves the result. Returns the waker of
    /// whoever waits for it.
    run: Box<dyn FnOnce(u32) -> Option<Waker> + Send>,
}

/// No foreign code runs under any lock of this file, so a poisoned one is whole all the same.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Crew {
    /// Queues a job, and starts a thread if none is idle. An error, if there is no thread at all.
    fn submit<T: Send + 'static>(&self, work: Work<T>) -> io::Result<Queued<T>> {
        let slot = Arc::new(Slot::default());
        let left_here = slot.clone();
        let run = Box::new(move |thread| {
            let started = Instant::now();
            let result = catch(work);
            let mut slot = lock(&left_here);
            slot.0 = Some(Done { result, thread, started, ended: Instant::now() });
            slot.1.take()
        });
        let mut state = lock(&self.shared.state);
        if state.idle <= state.queue.len() && state.threads < self.shared.most {
            match self.shared.start_thread() {
                Ok(()) => state.threads += 1,
                Err(error) if state.threads == 0 => {
                    drop(state);
                    let what = format!("cannot start a thread for blocking work: {error}");
                    return Err(io::Error::new(error.kind(), what));
                }
                Err(_) => {} // those that there are will get to it
            }
        }
        let id = self.shared.inbox.expect_job();
        state.queue.push_back(QueuedJob { id, run });
        drop(state);
        self.shared.work_came.notify_one();
        self.trace.job_queued(id);
        Ok(Queued { id, slot, threads: self.shared.clone() })
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        let mut state = lock(&self.shared.state);
        state.closed = true;
        let never_begun = mem::take(&mut state.queue);
        drop(state);
        for job in never_begun {
            self.shared.inbox.forget_job();
            run_caught(|| drop(job));
        }
        self.shared.work_came.notify_all();
        let mut state = lock(&self.shared.state);
        while self.shared.wait_at_close && state.threads > 0 {
            state = self.shared.thread_ended.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Shared {
    fn start_thread(self: &Arc<Self>) -> io::Result<()> {
        let (shared, number) = (self.clone(), self.numbers.fetch_add(1, Relaxed) + 1);
        let name = format!("glassloop-{}-{number}", self.name);
        thread::Builder::new().name(name).spawn(move || shared.work(number)).map(drop)
    }

    /// The life of a worker thread: do what is queued, until idle for too long.
    fn work(&self, thread: u32) {
        while let Some(job) = self.next_job() {
            set_current_job(Some((job.id, thread)));
            // Where the future is gone, the result is dropped here, and that may panic.
            let waker = catch(|| (job.run)(thread)).map_err(discard).ok().flatten();
            self.inbox.job_done();
            if let Some(waker) = waker {
                run_caught(|| waker.wake());
            }
            self.inbox.job_told();
            set_current_job(None);
        }
    }

    /// Waits for the next job. `None`: there was none for long, or the loop is closed. The thread ends then.
    fn next_job(&self) -> Option<QueuedJob> {
        let mut state = lock(&self.state);
        loop {
            if let Some(job) = state.queue.pop_front() {
                return Some(job);
            }
            if state.closed {
                break;
            }
            state.idle += 1;
            let waited = self.work_came.wait_timeout(state, IDLE);
            let (guard, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = guard;
            state.idle -= 1;
            if timeout.timed_out() && state.queue.is_empty() {
                break;
            }
        }
        state.threads -= 1;
        self.thread_ended.notify_all();
        None
    }

    /// Takes a job back that no thread has taken yet.
    fn withdraw(&self, id: u64) {
        let mut state = lock(&self.state);
        let place = state.queue.iter().position(|job| job.id == id);
        let job = place.and_then(|place| state.queue.remove(place));
        drop(state);
        if job.is_some() {
            self.inbox.forget_job();
            run_caught(|| drop(job));
        }
    }
}
