//! Tasks that write down what is done to them, and in the middle of which call the answer is.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    panic::{self, Location},
    pin::Pin,
    rc::Rc,
    sync::{Mutex, PoisonError},
    task::{Context, Poll, Waker},
    thread,
};

use glassloop::trace::{
    TaskId, What,
    record::{Cause, Outcome, WakeOutcome},
};

use super::super::answer::{Executor, Handle};
use crate::harness::{BoxFuture, Failure, Log, Verdict, ensure, fail, give_up, stop_runaway};

/// What the answer is in the middle of. If it never gets out of it, or panics there, this says in which call.
#[derive(Clone, Copy, PartialEq)]
pub enum Within {
    Nothing,
    Run,
    Spawn,
    /// By a task, in its poll or its drop.
    SpawnByTask,
    Wake,
    WakeByTask,
    /// The executor is gone.
    WakeAfterTheEnd,
    Handle,
    /// The waker of a handle was called, and polls the handle before it returns.
    Awaiter,
}

static WITHIN: Mutex<Within> = Mutex::new(Within::Nothing);

pub fn now_within() -> Within {
    *WITHIN.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn within<T>(what: Within, call: impl FnOnce() -> T) -> T {
    let set = |what| *WITHIN.lock().unwrap_or_else(PoisonError::into_inner) = what;
    let before = now_within();
    let is_by_task = before != Within::Nothing;
    set(match what {
        Within::Spawn if is_by_task => Within::SpawnByTask,
        Within::Wake if is_by_task => Within::WakeByTask,
        what => what,
    });
    let result = call();
    set(before);
    result
}

/// What was done to a task.
pub struct Seen {
    log: Log,
    task: u64,
    pub polls: Cell<u32>,
    pub is_dropped: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Seen {
    pub fn waker(&self) -> Waker {
        self.waker.borrow().clone().expect("it was polled")
    }

    fn note_wake(&self, by: Cause) {
        self.log.note(What::Woken { task: TaskId(self.task), by, outcome: WakeOutcome::Queued });
    }

    /// Calls its waker.
    pub fn wake(&self) {
        self.note_wake(Cause::Outside);
        let waker = self.waker();
        within(Within::Wake, || waker.wake_by_ref());
    }

    /// Calls it in the poll of a task, perhaps its own.
    pub fn wake_by(&self, task: u64) {
        self.note_wake(Cause::Task(TaskId(task)));
        let waker = self.waker();
        within(Within::Wake, || waker.wake_by_ref());
    }

    /// Calls it on another thread.
    pub fn wake_elsewhere(&self) {
        self.note_wake(Cause::Outside);
        let waker = self.waker();
        let woken = within(Within::Wake, || thread::spawn(move || waker.wake()).join());
        woken.unwrap_or_else(|payload| panic::resume_unwind(payload));
    }
}

/// What a poll comes to.
type Script = Box<dyn FnMut(&Seen, &mut Context<'_>) -> Poll<u32>>;

/// A task that does in each poll what it is told, and writes down what is done to it.
struct Scripted {
    seen: Rc<Seen>,
    script: Script,
}

impl Future for Scripted {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let (seen, polls) = (self.seen.clone(), self.seen.polls.get() + 1);
        let task = TaskId(seen.task);
        seen.polls.set(polls);
        stop_runaway(polls);
        seen.log.note(What::PollStarted { task, poll: polls });
        let wrong = match now_within() {
            Within::Spawn | Within::SpawnByTask => Some("polled-in-spawn"),
            Within::Wake | Within::WakeByTask => Some("polled-in-wake"),
            Within::Handle => Some("polled-in-handle"),
            _ => None,
        };
        if let Some(id) = wrong {
            give_up(Failure::new(id, &[&task.0]).with(&seen.log));
        }
        seen.waker.replace(Some(context.waker().clone()));
        let poll = (self.script)(&seen, context);
        let outcome = if poll.is_ready() { Outcome::Ready } else { Outcome::Pending };
        seen.log.note(What::PollEnded { task, outcome, waits: None, wakers: 1 });
        poll
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.seen.is_dropped.set(true);
    }
}

/// Does something when it is dropped, which a script does that has it.
pub struct OnDrop<F: FnMut()>(pub F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// An executor, and the log of its tasks.
#[derive(Clone)]
pub struct Stage {
    pub log: Log,
    executor: Rc<Executor>,
}

impl Stage {
    pub fn new() -> Stage {
        Stage { log: Log::default(), executor: Rc::new(Executor::new()) }
    }

    /// A task that does this in each poll.
    #[track_caller]
    pub fn task(
        &self,
        task: u64,
        script: impl FnMut(&Seen, &mut Context<'_>) -> Poll<u32> + 'static,
    ) -> (BoxFuture<u32>, Rc<Seen>) {
        let place = Location::caller();
        self.log.note(What::TaskCreated { task: TaskId(task), by: None, coroutine: "task", place });
        let (log, polls, is_dropped) = (self.log.clone(), Cell::default(), Cell::default());
        let seen = Rc::new(Seen { log, task, polls, is_dropped, waker: RefCell::default() });
        (Box::pin(Scripted { seen: seen.clone(), script: Box::new(script) }), seen)
    }

    pub fn spawn(&self, future: BoxFuture<u32>) -> Handle {
        within(Within::Spawn, || self.executor.spawn(future))
    }

    /// Spawns such a task, and lets go of its handle.
    #[track_caller]
    pub fn start(
        &self,
        task: u64,
        script: impl FnMut(&Seen, &mut Context<'_>) -> Poll<u32> + 'static,
    ) -> Rc<Seen> {
        let (future, seen) = self.task(task, script);
        self.spawn(future);
        seen
    }

    pub fn run(&self) {
        within(Within::Run, || self.executor.run_until_idle());
    }

    pub fn told(&self, verdict: Verdict) -> Verdict {
        verdict.map_err(|failure| failure.with(&self.log))
    }

    pub fn ensure(&self, it: bool, id: &'static str, values: &[&dyn std::fmt::Display]) -> Verdict {
        self.told(ensure(it, id, values))
    }

    /// It was woken since so many polls. It should be polled once more; if it is not, `lost` says so.
    pub fn runs_once(&self, seen: &Seen, before: u32, lost: &'static str) -> Verdict {
        self.run();
        let more = seen.polls.get() - before;
        if more == 0 {
            return self.told(self.why_not_polled(seen, lost));
        }
        self.ensure(more == 1, "queued-twice", &[&seen.task, &more])
    }

    /// A task was not polled. Perhaps it is still in the queue.
    pub fn why_not_polled(&self, seen: &Seen, lost: &'static str) -> Verdict {
        let before = seen.polls.get();
        self.run();
        let id = if seen.polls.get() > before { "came-back-early" } else { lost };
        fail(id, &[&seen.task])
    }

    /// The tasks in the order in which they were polled.
    pub fn polled(&self) -> Vec<u64> {
        let records = self.log.records();
        let polls = records.iter().filter_map(|record| match record.what {
            What::PollStarted { task, .. } => Some(task.0),
            _ => None,
        });
        polls.collect()
    }

    pub fn is_order(&self, expected: &[u64]) -> Verdict {
        let list = |tasks: &[u64]| {
            let tasks: Vec<_> = tasks.iter().map(ToString::to_string).collect();
            tasks.join(" ")
        };
        let polled = self.polled();
        let (got, wanted) = (list(&polled[..polled.len().min(20)]), list(expected));
        self.ensure(polled == expected, "order", &[&got, &wanted])
    }
}
