//! Why: from a poll back to its first cause, a sentence for each step.
//!
//! Before a poll there is a wake, and the wake has a cause: a socket that was reported ready, a timer that went off, a
//! job that was done, another task. Some task had asked for each of these, in one of its polls.

use std::time::Duration;

use crate::trace::{record::*, short_place};

/// So many sentences are enough. If two tasks wake each other, the way back has no interesting end.
const LONGEST: usize = 24;

/// Why the thing in `records[index]` happened. The latest step comes first, and each step is the reason for the one
/// before it in the list, back to the "would block", the timer, the job or the creation that began it.
///
/// The answer is about the task that is woken or made there; inside a poll, about the task that is polled. The
/// slice may begin anywhere: the answer says what is missing in it.
///
/// ```
/// use std::{cell::RefCell, rc::Rc, time::Duration};
/// use glassloop::{EventLoop, sleep, trace::{Record, What}, views::why};
///
/// let records = Rc::new(RefCell::new(Vec::new()));
/// let seen = records.clone();
/// let event_loop = EventLoop::builder()
///     .virtual_time()
///     .observer(move |record: &Record| seen.borrow_mut().push(record.clone()))
///     .build()?;
/// event_loop.run_until_complete(async {
///     sleep(Duration::from_secs(5)).await;
/// });
///
/// let records = records.borrow();
/// let is_poll = |record: &Record| matches!(record.what, What::PollStarted { .. });
/// let last_poll = records.iter().rposition(is_poll).unwrap();
/// let sentences = why(&records, last_poll);
/// assert_eq!(sentences[..3], ["poll #2 of task 0", "task 0 was woken by timer 0", "timer 0 went off"]);
/// assert!(sentences[3].starts_with("timer 0 was set for 5s, in poll #1 of task 0, which waits for it at"));
/// # std::io::Result::Ok(())
/// ```
pub fn why(records: &[Record], index: usize) -> Vec<String> {
    let Some(records) = records.get(..=index) else { return Vec::new() };
    let mut walk = Walk { records, sentences: Vec::new() };
    let mut next = walk.first();
    // Each step leads to an earlier record, so there is an end.
    while let Some(index) = next {
        if walk.sentences.len() >= LONGEST {
            walk.say("and so on");
            break;
        }
        next = walk.step(index);
    }
    walk.sentences
}

/// The way back.
struct Walk<'a> {
    records: &'a [Record],
    sentences: Vec<String>,
}

/// The steps. Each says what happened there, and finds what that happened because of.
impl Walk<'_> {
    /// Where the way begins: at the last record, or with the poll that it is a part of.
    fn first(&mut self) -> Option<usize> {
        let last = self.records.len() - 1;
        match self.records[last].what {
            What::LoopStarted { .. }
            | What::TaskCreated { .. }
            | What::PollStarted { .. }
            | What::Woken { .. }
            | What::Ready { .. }
            | What::TimerFired { .. } => return Some(last),
            _ => {}
        }
        let poll = self.poll_around(last);
        if poll.is_none() {
            self.say("no task is polled here: the loop or the program did it");
        }
        poll
    }

    fn step(&mut self, index: usize) -> Option<usize> {
        match self.records[index].what {
            What::PollStarted { task, poll } => {
                self.say(format!("poll #{poll} of task {task}"));
                self.expect_before(index, |what| has_queued(what, task))
            }
            What::PollEnded { task, outcome, .. } => {
                self.say(format!("task {task} ended: {outcome}"));
                self.poll_of(task, index)
            }
            What::Cancelled { task, by } => {
                let by_whom = by.map(|by| format!(" by task {by}")).unwrap_or_default();
                self.say(format!("task {task} was cancelled{by_whom}"));
                self.poll_of(by?, index)
            }
            What::Woken { task, by, .. } => self.woken(index, task, by),
            What::Ready { socket, .. } => {
                let both = [Direction::Readable, Direction::Writable];
                let wished = both.into_iter().find(|it| self.wish(index, socket, *it).is_some());
                let Some(direction) = wished else {
                    self.say(format!("socket {socket} was reported, and no task waited for that"));
                    return None;
                };
                self.reported(index, socket, direction)
            }
            What::Armed { socket, direction } => {
                let what = WaitFor::Socket { socket, direction };
                let asker = self.asker(index, |wait| *wait == what);
                self.say(format!("this event had been asked for{asker}"));
                self.expect_before(index, |what| would_block(what, socket, direction))
            }
            What::TimerFired { timer, .. } => {
                self.say(format!("timer {timer} went off"));
                self.expect_before(index, |what| has_armed(what, timer))
            }
            _ => {
                self.beginning(index);
                None
            }
        }
    }

    fn woken(&mut self, index: usize, task: TaskId, by: Cause) -> Option<usize> {
        let by_whom = match by {
            Cause::Task(by) if by == task => "by itself".to_string(),
            Cause::Outside => "from outside of the loop".to_string(),
            by => format!("by {by}"),
        };
        self.say(format!("task {task} was woken {by_whom}"));
        match by {
            Cause::Task(by) => self.expect_before(index, |what| is_doing_of(what, by)),
            Cause::Socket { socket, direction } => {
                let is_report = |what: &What| is_report(what, socket, direction);
                let report = self.expect_before(index, is_report)?;
                self.reported(report, socket, direction)
            }
            Cause::Timer(timer) => self.expect_before(index, |what| has_fired(what, timer)),
            Cause::Job { job, thread } => {
                self.say(format!("job {job} was done, on thread {thread}"));
                self.expect_before(index, |what| *what == What::JobQueued { job })
            }
            Cause::Outside => None,
        }
    }

    fn reported(&mut self, index: usize, socket: u64, direction: Direction) -> Option<usize> {
        self.say(format!("the operating system reported socket {socket} {direction}"));
        let wish = self.wish(index, socket, direction);
        self.or_missing(wish)
    }

    /// What has no cause but the program itself.
    fn beginning(&mut self, index: usize) {
        let sentence = match &self.records[index].what {
            What::LoopStarted { main, place, .. } => {
                format!("task {main} is the main future, run at {}", short_place(place))
            }
            What::TaskCreated { task, by, place, .. } => {
                let by_whom = by.map(|by| format!(" by task {by}")).unwrap_or_default();
                format!("task {task} was made{by_whom} at {}", short_place(place))
            }
            What::Dropped { task } => format!("task {task} was dropped: the loop closed"),
            What::Tried { socket, operation, outcome } => {
                format!("{operation} on socket {socket} answered: {outcome}")
            }
            What::TimerArmed { timer, deadline } => {
                let asker = self.asker(index, |wait| is_sleep_by(wait, *timer));
                format!("timer {timer} was set for {:?}{asker}", Duration::from_nanos(*deadline))
            }
            What::JobQueued { job } => {
                let asker = self.asker(index, |wait| *wait == WaitFor::Job(*job));
                format!("job {job} was handed to a thread{asker}")
            }
            other => other.to_string(),
        };
        self.say(sentence);
    }

    fn say(&mut self, sentence: impl Into<String>) {
        self.sentences.push(sentence.into());
    }
}

/// Where to find things.
impl Walk<'_> {
    fn last_before(&self, index: usize, is_it: impl Fn(&What) -> bool) -> Option<usize> {
        self.records[..index].iter().rposition(|record| is_it(&record.what))
    }

    /// As `last_before`, where there must be one, unless the records begin too late.
    fn expect_before(&mut self, index: usize, is_it: impl Fn(&What) -> bool) -> Option<usize> {
        let found = self.last_before(index, is_it);
        self.or_missing(found)
    }

    fn or_missing(&mut self, found: Option<usize>) -> Option<usize> {
        if found.is_none() {
            self.say("what led to that is not among these records");
        }
        found
    }

    fn poll_of(&mut self, task: TaskId, index: usize) -> Option<usize> {
        let is_it = |what: &What| matches!(what, What::PollStarted { task: it, .. } if *it == task);
        self.expect_before(index, is_it)
    }

    /// The beginning of the poll that a record is a part of.
    fn poll_around(&self, index: usize) -> Option<usize> {
        let is_boundary =
            |what: &What| matches!(what, What::PollStarted { .. } | What::PollEnded { .. });
        let boundary = self.last_before(index, is_boundary)?;
        matches!(self.records[boundary].what, What::PollStarted { .. }).then_some(boundary)
    }

    /// The wish for an event of a socket that holds at a record. An older one may have been fulfilled since.
    fn wish(&self, index: usize, socket: u64, direction: Direction) -> Option<usize> {
        let wish = What::Armed { socket, direction };
        let end = What::Disarmed { socket, direction };
        let last = self.last_before(index, |what| {
            *what == wish || *what == end || is_report(what, socket, direction)
        })?;
        (self.records[last].what == wish).then_some(last)
    }

    /// `, in poll #2 of task 1, which waits for it at wget.rs:38`: who asked for something. The line is said
    /// only where the poll has ended with this very wait: of two things that a task waits for, one is told.
    fn asker(&self, index: usize, is_it: impl Fn(&WaitFor) -> bool) -> String {
        let around = self.poll_around(index).map(|around| &self.records[around].what);
        let Some(What::PollStarted { task, poll }) = around else { return String::new() };
        let end = self.records[index..].iter().find_map(|record| match &record.what {
            What::PollEnded { waits, .. } => Some(waits),
            _ => None,
        });
        match end {
            Some(Some(Wait { what, place })) if is_it(what) => {
                let place = short_place(place);
                format!(", in poll #{poll} of task {task}, which waits for it at {place}")
            }
            _ => format!(", in poll #{poll} of task {task}"),
        }
    }
}

/// Did this put the task into the ready queue?
fn has_queued(what: &What, task: TaskId) -> bool {
    match what {
        What::LoopStarted { main: it, .. } | What::TaskCreated { task: it, .. } => *it == task,
        What::Woken { task: it, outcome, .. } => *it == task && *outcome == WakeOutcome::Queued,
        _ => false,
    }
}

/// Is it of this task's doing when somebody is woken just now?
fn is_doing_of(what: &What, task: TaskId) -> bool {
    match what {
        What::PollEnded { task: it, outcome, .. } => *it == task && *outcome != Outcome::Pending,
        What::PollStarted { task: it, .. }
        | What::Cancelled { task: it, .. }
        | What::Dropped { task: it } => *it == task,
        _ => false,
    }
}

fn is_report(what: &What, socket: u64, direction: Direction) -> bool {
    match what {
        What::Ready { socket: it, readable, writable, .. } => {
            let ready = if direction == Direction::Readable { readable } else { writable };
            *it == socket && *ready
        }
        _ => false,
    }
}

fn has_armed(what: &What, timer: u64) -> bool {
    matches!(what, What::TimerArmed { timer: it, .. } if *it == timer)
}

fn has_fired(what: &What, timer: u64) -> bool {
    matches!(what, What::TimerFired { timer: it, .. } if *it == timer)
}

fn would_block(what: &What, socket: u64, direction: Direction) -> bool {
    match what {
        What::Tried { socket: it, operation, outcome: Attempt::WouldBlock | Attempt::Drained } => {
            *it == socket && operation.direction() == direction
        }
        _ => false,
    }
}

fn is_sleep_by(wait: &WaitFor, timer: u64) -> bool {
    matches!(wait, WaitFor::Sleep { timer: it, .. } if *it == timer)
}
