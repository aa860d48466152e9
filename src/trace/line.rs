//! A record as one line of text: tests write a schedule in these lines.

use std::{fmt, time::Duration};

use super::record::*;

/// For example `wake 1 by timer 0`, `poll 1 #2`, `ready 1`. It has no time, so that a schedule can
/// be compared with what was expected. The time is in [`Record::t`].
impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use What::*;
        match self {
            LoopStarted { main, .. } => write!(f, "loop starts with {main}"),
            LoopEnded { main } => write!(f, "loop ends with {main}"),
            TurnEnded { polls } => write!(f, "turn ends, {polls} polled"),
            Parked { deadline: Some(t) } => write!(f, "park until {:?}", Duration::from_nanos(*t)),
            Parked { deadline: None } => write!(f, "park"),
            Unparked { by } => write!(f, "unpark by {by}"),
            Deadlocked { tasks } => write!(f, "deadlock of {tasks}"),
            Stuck { tasks } => write!(f, "stuck {tasks}"),

            TaskCreated { task, by: Some(by), .. } => write!(f, "create {task} by {by}"),
            TaskCreated { task, by: None, .. } => write!(f, "create {task}"),
            TaskNamed { task, name } => write!(f, "name {task} {name:?}"),
            PollStarted { task, poll } => write!(f, "poll {task} #{poll}"),
            PollEnded { task, outcome: Outcome::Pending, waits: Some(wait), .. } => {
                write!(f, "pending {task}: {}", wait.what)
            }
            PollEnded { task, outcome, .. } => write!(f, "{outcome} {task}"),
            Woken { task, by, outcome } => match outcome {
                WakeOutcome::Queued => write!(f, "wake {task} by {by}"),
                WakeOutcome::AlreadyQueued => write!(f, "wake {task} by {by}, already queued"),
            },
            DeadWake { task } => write!(f, "dead wake {task}"),
            Cancelled { task, by: Some(by) } => write!(f, "cancel {task} by {by}"),
            Cancelled { task, by: None } => write!(f, "cancel {task}"),
            Dropped { task } => write!(f, "drop {task}"),
            Retrieved { task } => write!(f, "retrieve {task}"),
            NeverRetrieved { task, .. } => write!(f, "never retrieved {task}"),
            CallbacksRun { task, callbacks } => write!(f, "callbacks {task}, {callbacks} run"),

            Registered { socket, address: Some(at) } => write!(f, "register socket {socket} {at}"),
            Registered { socket, address: None } => write!(f, "register socket {socket}"),
            Tried { socket, operation, outcome } => {
                write!(f, "try {operation} socket {socket}: {outcome}")
            }
            Armed { socket, direction } => write!(f, "arm socket {socket} {direction}"),
            Ready { socket, readable, writable, error } => {
                write!(f, "event socket {socket}")?;
                let words = [(readable, "readable"), (writable, "writable"), (error, "error")];
                words.iter().filter(|(set, _)| **set).try_for_each(|(_, word)| write!(f, " {word}"))
            }
            Disarmed { socket, direction } => write!(f, "disarm socket {socket} {direction}"),
            Deregistered { socket } => write!(f, "deregister socket {socket}"),
            Unsent { socket, bytes } => write!(f, "unsent socket {socket}: {bytes} bytes"),

            TimerArmed { timer, deadline } => {
                write!(f, "arm timer {timer} for {:?}", Duration::from_nanos(*deadline))
            }
            TimerFired { timer, .. } => write!(f, "fire timer {timer}"),
            TimerCancelled { timer } => write!(f, "cancel timer {timer}"),

            JobQueued { job } => write!(f, "queue job {job}"),
            JobDone { job, .. } => write!(f, "done job {job}"),
            CloseWaits { jobs, job, .. } => write!(f, "close waits for {jobs} jobs, job {job}"),
            Panicked { code } => write!(f, "panic in {code}"),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Task(task) => write!(f, "task {task}"),
            Cause::Socket { socket, direction } => write!(f, "socket {socket} {direction}"),
            Cause::Timer(timer) => write!(f, "timer {timer}"),
            Cause::Job { job, .. } => write!(f, "job {job}"),
            Cause::Outside => write!(f, "outside"),
        }
    }
}

impl fmt::Display for WaitFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaitFor::Sleep { length, .. } => write!(f, "sleep {length:?}"),
            WaitFor::Socket { socket, direction } => write!(f, "socket {socket} {direction}"),
            WaitFor::Task(task) => write!(f, "task {task}"),
            WaitFor::Job(job) => write!(f, "job {job}"),
            WaitFor::Turn => write!(f, "its next turn"),
            WaitFor::Other(words) => write!(f, "{words}"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outcome::Pending => "pending",
            Outcome::Ready => "ready",
            Outcome::Panicked => "panicked",
            Outcome::Cancelled => "cancelled",
        })
    }
}

impl fmt::Display for Unparker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unparker::Sockets(1) => write!(f, "1 socket"),
            Unparker::Sockets(n) => write!(f, "{n} sockets"),
            Unparker::Thread => write!(f, "another thread"),
            Unparker::Deadline => write!(f, "the deadline"),
            Unparker::Nothing => write!(f, "nothing in particular"),
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::Readable => "readable",
            Direction::Writable => "writable",
        })
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operation::Connect => "connect",
            Operation::Accept => "accept",
            Operation::Read => "read",
            Operation::Write => "write",
        })
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Attempt::Done { bytes: Some(n) } => write!(f, "{n} bytes"),
            Attempt::Done { bytes: None } => write!(f, "done"),
            Attempt::WouldBlock => write!(f, "would block"),
            Attempt::Drained => write!(f, "drained"),
            Attempt::Failed(kind) => write!(f, "{kind}"),
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Foreign::Callback => "a callback",
            Foreign::Destructor => "a destructor",
            Foreign::Waker => "a waker",
            Foreign::Observer => "an observer",
        })
    }
}
