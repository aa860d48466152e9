//! Threads for blocking work: they do the work that would hold the loop.
//!
//! A thread is started when there is work and no thread is idle, up to a limit; after that, jobs wait in a queue. A
//! thread that has been idle for a while ends. When the loop closes, jobs that no thread has taken are dropped. The
//! loop waits for running jobs, so that no file is left half written.
//!
//! Name lookups have their own threads, because a lookup may take a minute. So no work waits behind it, and a closing
//! loop does not wait for it: nobody needs the name any more.

use std::{
    collections::{BTreeMap, VecDeque},
    io, mem,
    rc::Rc,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    task::Waker,
    thread,
    time::{Duration, Instant},
};

use super::outsiders::{JobOutside, Outsiders};
use crate::trace::{
    Trace, What, catch, discard,
    record::{Cause, Place},
    run_caught, set_cause_here,
};

const IDLE: Duration = Duration::from_secs(5);
const MAX_THREADS: usize = 64;

/// How long a loop that closes waits for its jobs before it says so.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whose threads do a job.
#[derive(Clone, Copy)]
pub(crate) enum Pool {
    Work,
    Lookups,
}

pub(super) type Work<T> = Box<dyn FnOnce() -> T + Send>;

/// A job that is queued, or done by now.
pub(super) struct Queued<T> {
    pub(super) id: u64,
    pub(super) slot: Arc<JobSlot<T>>,
    pub(super) threads: Arc<CrewState>,
}

/// Where the thread leaves the result and the loop its waker, whichever comes first.
pub(super) type JobSlot<T> = Mutex<(Option<Done<T>>, Option<Waker>)>;

/// What came of a job, on which thread, from when until when.
pub(super) struct Done<T> {
    pub(super) result: thread::Result<T>,
    pub(super) thread: u32,
    pub(super) started: Instant,
    pub(super) ended: Instant,
}

/// The threads of a loop.
pub(crate) struct Threads {
    pub(super) work: Crew,
    pub(super) lookups: Crew,
}

impl Threads {
    /// At most `most` threads for work, and as many for lookups.
    pub(crate) fn new(
        outsiders: &Arc<Outsiders>,
        trace: &Rc<Trace>,
        most: Option<usize>,
    ) -> Threads {
        let numbers = Arc::default();
        let crew = |name, wait_at_close| Crew {
            trace: trace.clone(),
            shared: Arc::new(CrewState {
                name,
                wait_at_close,
                most: most.unwrap_or(MAX_THREADS),
                numbers: Arc::clone(&numbers),
                outsiders: outsiders.clone(),
                jobs: Mutex::default(),
                work_came: Condvar::new(),
                thread_ended: Condvar::new(),
            }),
        };
        Threads { work: crew("work", true), lookups: crew("lookup", false) }
    }
}

/// Some threads and their queue. Dropping this closes them.
pub(super) struct Crew {
    shared: Arc<CrewState>,
    trace: Rc<Trace>,
}

/// What the threads of a crew share with the loop.
pub(super) struct CrewState {
    name: &'static str,
    wait_at_close: bool,
    most: usize,
    /// Counts the threads of all crews, for their names.
    numbers: Arc<AtomicU32>,
    outsiders: Arc<Outsiders>,
    jobs: Mutex<JobQueue>,
    /// Rings when a job was queued, and when all is over.
    work_came: Condvar,
    /// Rings when a thread ends.
    thread_ended: Condvar,
}

#[derive(Default)]
struct JobQueue {
    queue: VecDeque<QueuedJob>,
    threads: usize,
    idle: usize,
    closed: bool,
    /// The jobs that threads are doing, and the lines of the calls for which they do it.
    under_way: BTreeMap<u64, Place>,
}

struct QueuedJob {
    outside: JobOutside,
    place: Place,
    /// Does the work on the thread of this number and leaves the result. Returns the waker of
    /// whoever waits for it.
    run: Box<dyn FnOnce(u32) -> Option<Waker> + Send>,
}

/// No foreign code runs under any lock of this file, so the data in a poisoned one is correct.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Crew {
    /// Queues a job, and starts a thread if none is idle. An error, if there is no thread at all.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        work: Work<T>,
        place: Place,
    ) -> io::Result<Queued<T>> {
        let slot = Arc::new(JobSlot::default());
        let left_here = slot.clone();
        let run = Box::new(move |thread| {
            let started = Instant::now();
            let result = catch(work);
            let mut slot = lock(&left_here);
            slot.0 = Some(Done { result, thread, started, ended: Instant::now() });
            slot.1.take()
        });
        let mut jobs = lock(&self.shared.jobs);
        if jobs.idle <= jobs.queue.len() && jobs.threads < self.shared.most {
            match self.shared.start_thread() {
                Ok(()) => jobs.threads += 1,
                Err(error) if jobs.threads == 0 => {
                    drop(jobs);
                    let what = format!("cannot start a thread for blocking work: {error}");
                    return Err(io::Error::new(error.kind(), what));
                }
                Err(_) => {} // those that there are will get to it
            }
        }
        let outside = self.shared.outsiders.job();
        let id = outside.id;
        jobs.queue.push_back(QueuedJob { outside, place, run });
        drop(jobs);
        self.shared.work_came.notify_one();
        self.trace.emit(|| What::JobQueued { job: id });
        Ok(Queued { id, slot, threads: self.shared.clone() })
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        let mut jobs = lock(&self.shared.jobs);
        jobs.closed = true;
        let never_begun = mem::take(&mut jobs.queue);
        drop(jobs);
        for job in never_begun {
            run_caught(|| drop(job));
        }
        self.shared.work_came.notify_all();
        let mut jobs = lock(&self.shared.jobs);
        let mut told = false;
        while self.shared.wait_at_close && jobs.threads > 0 {
            let ended = self.shared.thread_ended.wait_timeout(jobs, PATIENCE);
            let (guard, timeout) = ended.unwrap_or_else(PoisonError::into_inner);
            jobs = guard;
            if timeout.timed_out()
                && !told
                && let Some((&job, &place)) = jobs.under_way.first_key_value()
            {
                let count = jobs.under_way.len();
                // Who is told is foreign code.
                drop(jobs);
                self.trace.emit(|| What::CloseWaits { jobs: count, job, place });
                told = true;
                jobs = lock(&self.shared.jobs);
            }
        }
    }
}

impl CrewState {
    fn start_thread(self: &Arc<Self>) -> io::Result<()> {
        let (shared, number) = (self.clone(), self.numbers.fetch_add(1, Relaxed) + 1);
        let name = format!("glassloop-{}-{number}", self.name);
        thread::Builder::new().name(name).spawn(move || shared.work(number)).map(drop)
    }

    /// The life of a worker thread: do what is queued, until idle for too long.
    fn work(&self, thread: u32) {
        while let Some(job) = self.next_job() {
            let QueuedJob { mut outside, run, .. } = job;
            set_cause_here(Cause::Job { job: outside.id, thread });
            // Where the future is gone, the result is dropped here, and that may panic.
            let waker = catch(|| run(thread)).map_err(discard).ok().flatten();
            lock(&self.jobs).under_way.remove(&outside.id);
            outside.done();
            if let Some(waker) = waker {
                run_caught(|| waker.wake());
            }
            drop(outside);
            set_cause_here(Cause::Outside);
        }
    }

    /// Waits for the next job. `None`: there was none for long, or the loop is closed. The thread ends then.
    fn next_job(&self) -> Option<QueuedJob> {
        let mut jobs = lock(&self.jobs);
        loop {
            if let Some(job) = jobs.queue.pop_front() {
                jobs.under_way.insert(job.outside.id, job.place);
                return Some(job);
            }
            if jobs.closed {
                break;
            }
            jobs.idle += 1;
            let waited = self.work_came.wait_timeout(jobs, IDLE);
            let (guard, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            jobs = guard;
            jobs.idle -= 1;
            if timeout.timed_out() && jobs.queue.is_empty() {
                break;
            }
        }
        jobs.threads -= 1;
        self.thread_ended.notify_all();
        None
    }

    /// Takes a job back that no thread has taken yet.
    pub(super) fn withdraw(&self, id: u64) {
        let mut jobs = lock(&self.jobs);
        // The ids ascend: they were given under this lock.
        let position = jobs.queue.binary_search_by_key(&id, |job| job.outside.id).ok();
        let job = position.and_then(|position| jobs.queue.remove(position));
        drop(jobs);
        run_caught(|| drop(job));
    }
}
