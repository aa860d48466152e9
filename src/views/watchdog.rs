//! The watchdog: reports a poll that does not return, while it lasts.
//!
//! The cause may be a std mutex that is held across an `.await` and locked again, or a `loop {}`. There is no record of
//! it, since the loop's thread makes no more records. So another thread watches, one for the whole program. It counts
//! its own ticks and never looks at the clock: when a debugger or the system stops the program, the ticks stop, too.
//! While nobody is polled, it sleeps.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{
            AtomicBool, AtomicU64,
            Ordering::{Relaxed, SeqCst},
        },
    },
    thread::{self, Thread},
    time::Duration,
};

use super::{stderr::print, style::short};
use crate::trace::{Observer, birth_name, record::*};

/// How often it looks.
const TICK: Duration = Duration::from_millis(100);

/// A poll that is seen so many times in a row is reported.
const TOO_OFTEN: u32 = 12;

/// Shows a loop's polls to the watchdog.
pub(crate) struct Watchdog {
    pulse: Arc<Pulse>,
}

/// What the loop's thread writes and the watchdog reads.
#[derive(Default)]
struct Pulse {
    /// Rises as a poll begins, and as it ends: an odd number is a poll.
    beat: AtomicU64,
    /// Which one: the task, and the number of its poll.
    task: AtomicU64,
    poll: AtomicU64,
    /// All tasks that are not finished.
    tasks: Mutex<BTreeMap<TaskId, Known>>,
}

/// What is said of a task.
struct Known {
    name: Option<Arc<str>>,
    coroutine: &'static str,
    place: Place,
}

/// The pulses of all loops, and how often the watchdog has seen the same beat.
static PULSES: Mutex<Vec<(Weak<Pulse>, u64, u32)>> = Mutex::new(Vec::new());

/// The watchdog's thread. If none can be started, nobody watches.
static THREAD: OnceLock<Option<Thread>> = OnceLock::new();

/// It sleeps, and is to be woken by the next poll.
static ASLEEP: AtomicBool = AtomicBool::new(false);

/// No foreign code runs under any lock of this file, so the data in a poisoned one is correct.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watchdog {
    /// Watches a loop from now on.
    pub(crate) fn new() -> Watchdog {
        let pulse = Arc::new(Pulse::default());
        lock(&PULSES).push((Arc::downgrade(&pulse), 0, 0));
        Watchdog { pulse }
    }
}

impl Observer for Watchdog {
    fn record(&mut self, record: &Record) {
        let pulse = &*self.pulse;
        match &record.what {
            What::LoopStarted { main, place, .. } => pulse.knows(*main, "main", place),
            What::TaskCreated { task, coroutine, place, .. } => {
                pulse.knows(*task, coroutine, place);
            }
            What::TaskNamed { task, name } => {
                if let Some(known) = lock(&pulse.tasks).get_mut(task) {
                    known.name = Some(name.clone());
                }
            }
            What::PollStarted { task, poll } => pulse.poll_started(*task, *poll),
            What::PollEnded { task, outcome, .. } => {
                pulse.beat.fetch_add(1, Relaxed);
                if *outcome != Outcome::Pending {
                    pulse.forgets(*task);
                }
            }
            What::Cancelled { task, .. }
            | What::Dropped { task }
            | What::LoopEnded { main: task } => pulse.forgets(*task),
            _ => {}
        }
    }
}

impl Pulse {
    fn knows(&self, task: TaskId, coroutine: &'static str, place: Place) {
        lock(&self.tasks).insert(task, Known { name: None, coroutine, place });
    }

    fn forgets(&self, task: TaskId) {
        lock(&self.tasks).remove(&task);
    }

    fn poll_started(&self, task: TaskId, poll: u32) {
        self.task.store(task.0, Relaxed);
        self.poll.store(poll.into(), Relaxed);
        // The beat first, then the look whether it sleeps. The watchdog says that it sleeps first, and then looks for
        // a beat. So one of the two sees the other.
        self.beat.fetch_add(1, SeqCst);
        let thread = THREAD.get_or_init(start);
        if ASLEEP.load(SeqCst)
            && ASLEEP.swap(false, SeqCst)
            && let Some(thread) = thread
        {
            thread.unpark();
        }
    }

    /// What is to be said of the poll that does not come back.
    fn finding(&self, lasts: Duration) -> String {
        let (task, poll) = (TaskId(self.task.load(Relaxed)), self.poll.load(Relaxed));
        let who = match lock(&self.tasks).get(&task) {
            Some(Known { name, coroutine, place }) => {
                let name = name.as_ref().map_or_else(|| birth_name(coroutine), |it| it.to_string());
                let (name, made) =
                    (name.escape_debug(), if *coroutine == "main" { "run" } else { "made" });
                format!(" (task \"{name}\", {made} at {}:{})", place.file(), place.line())
            }
            None => String::new(),
        };
        let lasts = short(lasts);
        format!(
            "glassloop: endless: task {task} has been in poll #{poll} for {lasts}: nothing else can run.{who}\n"
        )
    }
}

fn start() -> Option<Thread> {
    let started = thread::Builder::new().name("glassloop-watchdog".into()).spawn(watch);
    started.ok().map(|handle| handle.thread().clone())
}

fn watch() {
    loop {
        if !look() {
            ASLEEP.store(true, SeqCst);
            while ASLEEP.load(SeqCst) && !somebody_is_polled() {
                thread::park();
            }
            ASLEEP.store(false, SeqCst);
        }
        thread::sleep(TICK);
    }
}

fn somebody_is_polled() -> bool {
    let is_polled = |pulse: Arc<Pulse>| pulse.beat.load(SeqCst) % 2 == 1;
    lock(&PULSES).iter().any(|(pulse, ..)| pulse.upgrade().is_some_and(is_polled))
}

/// One tick. Returns whether anything has happened since the last one.
fn look() -> bool {
    let mut findings = Vec::new();
    let mut is_alive = false;
    lock(&PULSES).retain_mut(|(pulse, last_beat, times)| {
        let Some(pulse) = pulse.upgrade() else { return false };
        let beat = pulse.beat.load(SeqCst);
        let is_same_poll = beat % 2 == 1 && beat == *last_beat;
        is_alive |= beat != *last_beat || is_same_poll;
        *times = if is_same_poll { times.saturating_add(1) } else { 0 };
        *last_beat = beat;
        if *times == TOO_OFTEN {
            findings.push(pulse.finding(TICK * TOO_OFTEN));
        }
        true
    });
    findings.iter().for_each(|finding| print(finding));
    is_alive
}
