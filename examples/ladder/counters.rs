//! What the steps count.

use std::{
    io,
    pin::Pin,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
    thread::{self, ThreadId},
};

use mio::Events;

static ASKED: AtomicU64 = AtomicU64::new(0);
static ASKED_AT_ONCE: AtomicU64 = AtomicU64::new(0);
static READS: AtomicU64 = AtomicU64::new(0);
static READS_IN_VAIN: AtomicU64 = AtomicU64::new(0);
static EVENTS: AtomicU64 = AtomicU64::new(0);
static POLLS: AtomicU64 = AtomicU64::new(0);
static POLLS_IN_VAIN: AtomicU64 = AtomicU64::new(0);
static WAKES: AtomicU64 = AtomicU64::new(0);
static WAKES_ACROSS_THREADS: AtomicU64 = AtomicU64::new(0);

/// Operations on sockets that came to something, and that would have blocked.
static SUCCESSES: AtomicU64 = AtomicU64::new(0);
static REFUSALS: AtomicU64 = AtomicU64::new(0);

/// The thread that does the job: in each step, that of `main`.
static HOME: OnceLock<ThreadId> = OnceLock::new();

/// The job begins, on this thread.
pub fn begin() {
    HOME.get_or_init(|| thread::current().id());
}

pub fn host_asked() {
    let asked = ASKED.fetch_add(1, Relaxed) + 1;
    ASKED_AT_ONCE.fetch_max(asked, Relaxed);
}

pub fn host_done() {
    ASKED.fetch_sub(1, Relaxed);
}

/// Counts an operation on a socket.
pub fn tried<T>(result: io::Result<T>) -> io::Result<T> {
    let refused = super::socket::would_block(&result);
    let counter = if refused { &REFUSALS } else { &SUCCESSES };
    counter.fetch_add(1, Relaxed);
    result
}

/// Counts an operation that is a read, too.
pub fn read<T>(result: io::Result<T>) -> io::Result<T> {
    READS.fetch_add(1, Relaxed);
    READS_IN_VAIN.fetch_add(super::socket::would_block(&result).into(), Relaxed);
    tried(result)
}

/// Counts the events that a sleep has brought. A signal that ends it is no failure, and brings none.
pub fn slept(result: io::Result<()>, events: &Events) -> io::Result<()> {
    EVENTS.fetch_add(events.iter().count() as u64, Relaxed);
    result.or_else(|error| match error.kind() {
        io::ErrorKind::Interrupted => Ok(()),
        _ => Err(error),
    })
}

/// Polls a future, and counts it. In vain is a poll in which all that was tried would have blocked.
pub fn poll<F>(future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output>
where
    F: Future + ?Sized,
{
    let (successes, refusals) = (SUCCESSES.load(Relaxed), REFUSALS.load(Relaxed));
    let polled = future.poll(context);
    let came_to_nothing = SUCCESSES.load(Relaxed) == successes;
    let was_refused = REFUSALS.load(Relaxed) > refusals;
    POLLS.fetch_add(1, Relaxed);
    POLLS_IN_VAIN.fetch_add((came_to_nothing && was_refused).into(), Relaxed);
    polled
}

/// Counts a wake. It comes from another thread if this is not the one that polls.
pub fn count_wake() {
    WAKES.fetch_add(1, Relaxed);
    let is_home = HOME.get() == Some(&thread::current().id());
    WAKES_ACROSS_THREADS.fetch_add((!is_home).into(), Relaxed);
}

pub fn rows() -> [(&'static str, u64); 8] {
    [
        ("hosts asked at once", ASKED_AT_ONCE.load(Relaxed)),
        ("reads", READS.load(Relaxed)),
        ("reads in vain", READS_IN_VAIN.load(Relaxed)),
        ("events", EVENTS.load(Relaxed)),
        ("polls", POLLS.load(Relaxed)),
        ("polls in vain", POLLS_IN_VAIN.load(Relaxed)),
        ("wakes", WAKES.load(Relaxed)),
        ("wakes across threads", WAKES_ACROSS_THREADS.load(Relaxed)),
    ]
}
