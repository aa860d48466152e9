//! A record: one thing that happened in the loop, when, and why.
//!
//! Every view of a run (the story in the terminal, a timeline, a lint, the schedules that the tests
//! assert) is a function of a stream of these. They are plain data: anyone can make them.
//!
//! ```
//! use glassloop::trace::record::*;
//!
//! let (task, socket) = (TaskId(1), 0);
//! let (operation, by) = (Operation::Read, Cause::Socket { socket, direction: Direction::Readable });
//! let happened = [
//!     What::Tried { socket, operation, outcome: Attempt::WouldBlock },
//!     What::Armed { socket, direction: operation.direction() },
//!     What::Woken { task, by, outcome: WakeOutcome::Queued },
//!     What::PollEnded { task, outcome: Outcome::Ready, waits: None, wakers: 0 },
//! ];
//! let lines = happened.map(|what| what.to_string());
//! assert_eq!(lines[..2], ["try read socket 0: would block", "arm socket 0 readable"]);
//! assert_eq!(lines[2..], ["wake 1 by socket 0 readable", "ready 1"]);
//! ```

use std::{any::Any, fmt, io, net::SocketAddr, panic::Location, sync::Arc, time::Duration};

use super::told_place;

/// A line of somebody's program: where a task was made, or where it sleeps.
pub type Place = &'static Location<'static>;

/// The name of a task within its loop; never used again once the task is gone.
///
/// The first main future of a loop has id 0, tasks count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u64);

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One thing that happened.
///
/// ```
/// use glassloop::trace::{Record, TaskId, What};
///
/// let record = Record::new(2_000_000, 1, What::PollStarted { task: TaskId(1), poll: 2 });
/// assert_eq!((record.t, record.turn, record.lost.total()), (2_000_000, 1, 0));
/// assert_eq!(record.what.to_string(), "poll 1 #2");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// When: nanoseconds since the loop was made, by its own clock (real or virtual). Never decreases.
    pub t: u64,
    /// In which turn of the loop; the first is 1, and 0 is before it.
    pub turn: u64,
    /// The part of the time since the last record that is not the program's fault.
    pub lost: Lost,
    /// What happened.
    pub what: What,
}

impl Record {
    /// A record, with no time lost before it.
    pub fn new(t: u64, turn: u64, what: What) -> Record {
        Record { t, turn, lost: Lost::default(), what }
    }
}

/// Time, in nanoseconds, that passed before a record and that is nobody's fault. `t` still contains
/// it: the loop's clock, which timers use, does not stop for it. Virtual time loses none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// An observer got the last record, and printed it or wrote a file.
    pub watching: u64,
    /// This thread was ready, but the system ran other threads. This is known only on Linux, and
    /// only if the time without records is long enough to matter.
    pub preempted: u64,
}

impl Lost {
    /// Both together.
    pub fn total(self) -> u64 {
        self.watching.saturating_add(self.preempted)
    }
}

/// What can happen in a loop. The variants are in the past tense: a record is made when the thing
/// has happened.
///
/// ```
/// use glassloop::trace::{TaskId, What};
///
/// let task_of = |what: &What| match what {
///     What::PollStarted { task, .. } | What::PollEnded { task, .. } => Some(*task),
///     _ => None, // there are others, and later versions may have more
/// };
/// assert_eq!(task_of(&What::PollStarted { task: TaskId(1), poll: 1 }), Some(TaskId(1)));
/// assert_eq!(task_of(&What::TurnEnded { polls: 1 }), None);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant's sentence names its fields")]
pub enum What {
    /// `run_until_complete` began, with this main future, called at this line. `name` is the loop's, if it was given
    /// one.
    LoopStarted { main: TaskId, place: Place, name: Option<Arc<str>> },
    /// `run_until_complete` is over.
    LoopEnded { main: TaskId },
    /// A turn of the loop has polled this many tasks and now looks at timers, sockets and threads.
    TurnEnded { polls: u32 },
    /// Nothing is ready: the loop sleeps, until `deadline` (in nanoseconds, as `t`) if there is one.
    Parked { deadline: Option<u64> },
    /// The loop is awake again.
    Unparked { by: Unparker },
    /// The run ends: this many tasks wait, and nothing is left that could ever wake one of them.
    Deadlocked { tasks: usize },
    /// Nothing has happened for a while, and nothing is known that could wake one of this many
    /// tasks. But somebody has a waker, so the loop goes on sleeping.
    Stuck { tasks: usize },

    /// A task was made. `coroutine` is the type of its future.
    TaskCreated { task: TaskId, by: Option<TaskId>, coroutine: &'static str, place: Place },
    /// A task got a new name.
    TaskNamed { task: TaskId, name: Arc<str> },
    /// The loop began to poll a task, for the `poll`-th time.
    PollStarted { task: TaskId, poll: u32 },
    /// The poll is over. A task that is not finished may be polled again through so many `wakers`: the clones
    /// of its waker that somebody has, and its place in the ready queue.
    PollEnded { task: TaskId, outcome: Outcome, waits: Option<Wait>, wakers: usize },
    /// A task's waker was called.
    Woken { task: TaskId, by: Cause, outcome: WakeOutcome },
    /// An entry came up in the ready queue, and its task was gone. That is not an error: a waker
    /// may be called at any time, even if its task has just finished or was cancelled.
    DeadWake { task: TaskId },
    /// Somebody cancelled a task. What its destructors do comes next.
    Cancelled { task: TaskId, by: Option<TaskId> },
    /// The loop closes and drops a task that is not finished. What its destructors do comes next.
    Dropped { task: TaskId },
    /// Somebody looked at a task's result.
    Retrieved { task: TaskId },
    /// The last handle of a task that had failed is gone, and nobody had looked at the result. `place` is
    /// the line that made the task.
    NeverRetrieved { task: TaskId, failure: Failure, name: Arc<str>, place: Place },
    /// The callbacks of a finished task were run.
    CallbacksRun { task: TaskId, callbacks: u32 },

    /// A socket joined the loop's reactor. `address` is the peer's, or the listener's own.
    Registered { socket: u64, address: Option<SocketAddr> },
    /// An operation was tried on a socket.
    Tried { socket: u64, operation: Operation, outcome: Attempt },
    /// After "would block" or "drained": from now on an event in this direction wakes the task.
    Armed { socket: u64, direction: Direction },
    /// The operating system says that a socket is ready.
    Ready { socket: u64, readable: bool, writable: bool, error: bool },
    /// A future that waited for a socket was dropped, and its waker was removed.
    Disarmed { socket: u64, direction: Direction },
    /// A socket left the reactor.
    Deregistered { socket: u64 },
    /// A connection was ended with this many bytes never sent.
    Unsent { socket: u64, bytes: usize },

    /// A timer was set, to go off at `deadline` (in nanoseconds, as `t`).
    TimerArmed { timer: u64, deadline: u64 },
    /// A timer went off, this many nanoseconds late.
    TimerFired { timer: u64, late: u64 },
    /// A timer was cancelled before it went off.
    TimerCancelled { timer: u64 },

    /// A job was queued for the threads.
    JobQueued { job: u64 },
    /// The future that waited for a job has its result. A thread did it between these two moments,
    /// which are earlier than `t`.
    JobDone { job: u64, thread: u32, started: u64, ended: u64 },

    /// The loop closes, and has waited for so many jobs on threads for a while. The first of them
    /// was given to its thread by a call at this line.
    CloseWaits { jobs: usize, job: u64, place: Place },

    /// Somebody else's code panicked and the loop caught it.
    Panicked { code: Foreign },
}

/// How a poll ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not finished: its waker will be called when it can go on.
    Pending,
    /// Finished.
    Ready,
    /// Finished by a panic, which the awaiter of the task will get.
    Panicked,
    /// It cancelled itself meanwhile.
    Cancelled,
}

/// How a task can fail. Being cancelled is no failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It panicked.
    Panicked,
    /// It returned a `Result` that holds an `Err`.
    ReturnedError,
}

/// What a wake led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WakeOutcome {
    /// The task went to the end of the ready queue.
    Queued,
    /// It was already there; there is nothing more to do.
    AlreadyQueued,
}

/// Why something happened: what the loop was doing at the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant's sentence names its fields")]
pub enum Cause {
    /// It was polling this task.
    Task(TaskId),
    /// It was handing out readiness of this socket.
    Socket { socket: u64, direction: Direction },
    /// It was firing this timer.
    Timer(u64),
    /// A job was done, on this thread.
    Job { job: u64, thread: u32 },
    /// Something outside the loop: another thread, or the program before the loop ran.
    Outside,
}

/// What ended a sleep of the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unparker {
    /// The operating system reported this many sockets.
    Sockets(u32),
    /// Another thread.
    Thread,
    /// The deadline that it slept for.
    Deadline,
    /// None of these: a signal interrupted it, or the loop only checked something.
    Nothing,
}

impl Unparker {
    pub(crate) fn of(thread: bool, sockets: u32, is_due: bool) -> Unparker {
        match (thread, sockets) {
            (true, _) => Unparker::Thread,
            (false, 0) if is_due => Unparker::Deadline,
            (false, 0) => Unparker::Nothing,
            (false, sockets) => Unparker::Sockets(sockets),
        }
    }
}

/// Code that is not the loop's own, run by the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Foreign {
    /// A done callback.
    Callback,
    /// A destructor.
    Destructor,
    /// A waker.
    Waker,
    /// An observer of these records; it is switched off.
    Observer,
}

/// What a pending task waits for, and at which line. Written by the leaf future itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wait {
    /// The thing waited for.
    pub what: WaitFor,
    /// The line of the call that made the leaf, nearly always that of its `.await`.
    pub place: Place,
}

impl Wait {
    /// What a leaf that was made at this line waits for.
    pub(crate) fn new(what: WaitFor, place: Place) -> Wait {
        Wait { what, place: told_place(place) }
    }
}

/// The things that a leaf future can wait for.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant's sentence names its fields")]
pub enum WaitFor {
    /// A `sleep` of this length, by this timer.
    Sleep { timer: u64, length: Duration },
    /// A socket's readiness.
    Socket { socket: u64, direction: Direction },
    /// Another task's end.
    Task(TaskId),
    /// A job on a thread.
    Job(u64),
    /// For nothing: it lets the others go first.
    Turn,
    /// Something that these words name.
    Other(&'static str),
}

/// The two directions of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Bytes, a connection or the end of the stream can be read.
    Readable,
    /// There is room for bytes to send, or connecting has ended.
    Writable,
}

/// What was tried on a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Was the connection made?
    Connect,
    /// Take the next connection of a listener.
    Accept,
    /// Read bytes.
    Read,
    /// Write bytes.
    Write,
}

impl Operation {
    /// The direction whose readiness the operation needs.
    pub fn direction(self) -> Direction {
        match self {
            Operation::Accept | Operation::Read => Direction::Readable,
            Operation::Connect | Operation::Write => Direction::Writable,
        }
    }
}

/// The outcome of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant's sentence names its fields")]
pub enum Attempt {
    /// It worked; `bytes` is set if the operation moves any.
    Done { bytes: Option<usize> },
    /// Not now: the only answer after which it makes sense to wait.
    WouldBlock,
    /// It was not tried: the last read took less than it had room for, and nothing has happened since. So it would
    /// block.
    Drained,
    /// It failed.
    Failed(io::ErrorKind),
}

impl Attempt {
    /// The outcome of this result. If the operation returns a number, that is how many bytes were
    /// moved.
    pub(crate) fn of<T: 'static>(result: &io::Result<T>) -> Attempt {
        match result {
            Ok(done) => {
                let bytes = (done as &dyn Any).downcast_ref::<usize>().copied();
                Attempt::Done { bytes }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Attempt::WouldBlock,
            Err(error) => Attempt::Failed(error.kind()),
        }
    }
}
