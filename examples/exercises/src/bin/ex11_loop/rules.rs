//! What the loop must not do. The state of the world, and what is looked at in each poll and each call of the driver.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    },
    task::Waker,
    time::Duration,
};

use crate::harness::{Verdict, ensure, fail};

/// So many polls may pass before sockets, timers and other tasks get their say.
const PATIENCE: u32 = 1_000;

/// So often the driver may be asked while no task is polled.
const QUESTIONS: u32 = 10_000;

/// What is known of a task. Its wakers mark it, too, so it has to be `Sync`.
#[derive(Default)]
pub struct Marks {
    pub is_runnable: AtomicBool,
    pub wakes: AtomicU32,
}

pub struct TaskState {
    pub marks: Arc<Marks>,
    pub is_done: bool,
    pub is_dropped: bool,
    /// So many polls of others it has been runnable for.
    pub passed_over: u32,
}

impl TaskState {
    pub fn is_runnable(&self) -> bool {
        !self.is_done && self.marks.is_runnable.load(SeqCst)
    }
}

/// Somebody who waits for a timer or a socket.
pub struct Waiter {
    pub task: usize,
    pub waker: Waker,
}

/// A waker that was handed to the loop, which owes a wake for it.
pub struct Debt {
    pub marks: Arc<Marks>,
    pub wakes: u32,
    pub turn: u64,
}

#[derive(Default)]
pub struct State {
    pub now: Duration,
    /// So many calls of `poll_io` there were.
    pub turn: u64,
    pub tasks: Vec<TaskState>,
    pub polling: usize,
    /// By their deadlines; the number tells those of one moment apart.
    pub timers: BTreeMap<(Duration, u64), Waiter>,
    pub timers_made: u64,
    /// By their numbers: when the byte comes, and who waits for it.
    pub sockets: BTreeMap<u64, (Duration, Option<Waiter>)>,
    pub debts: Vec<Debt>,
    pub polls_since_io: u32,
    pub polls_since_due: u32,
    pub questions: u32,
}

impl State {
    pub fn next_deadline(&self) -> Option<Duration> {
        self.timers.keys().next().map(|(deadline, _)| *deadline)
    }

    /// When the next byte comes that somebody waits for.
    pub fn next_byte(&self) -> Option<Duration> {
        let waited_for = self.sockets.values().filter(|(_, waiter)| waiter.is_some());
        waited_for.map(|(comes, _)| *comes).min()
    }

    /// Is this so of a task? Its number, counted from 1.
    fn task_that(&self, is_so: impl FnMut(&TaskState) -> bool) -> Option<usize> {
        self.tasks.iter().position(is_so).map(|task| task + 1)
    }

    /// Hands wakers over to the loop, which has to call them.
    pub fn hand_over(&mut self, waiters: Vec<Waiter>) -> Vec<Waker> {
        for Waiter { task, .. } in &waiters {
            let marks = self.tasks[*task].marks.clone();
            let wakes = marks.wakes.load(SeqCst);
            self.debts.push(Debt { marks, wakes, turn: self.turn });
        }
        waiters.into_iter().map(|waiter| waiter.waker).collect()
    }
}

/// What the loop must not do.
impl State {
    /// It polls a task.
    pub fn poll_starts(&mut self, task: usize) -> Verdict {
        let number = task + 1;
        let was_woken = self.tasks[task].marks.is_runnable.swap(false, SeqCst);
        ensure(!self.tasks[task].is_done, "polled-after-ready", &[&number])?;
        ensure(was_woken, "polled-in-vain", &[&number])?;
        self.polling = task;
        self.questions = 0;
        self.nobody_starves(task)
    }

    /// Polls go on and on: who has been waiting meanwhile, for what the loop had to do?
    fn nobody_starves(&mut self, task: usize) -> Verdict {
        self.polls_since_io += 1;
        let due = self.next_deadline().filter(|deadline| *deadline <= self.now);
        self.polls_since_due = if due.is_some() { self.polls_since_due + 1 } else { 0 };
        self.tasks[task].passed_over = 0;
        for other in self.tasks.iter_mut().filter(|other| other.is_runnable()) {
            other.passed_over += 1;
        }
        if self.polls_since_io >= PATIENCE {
            let socket = self.sockets.keys().next().copied().unwrap_or_default();
            return fail("io-starved", &[&socket, &self.polls_since_io]);
        }
        if let Some(due) = due.filter(|_| self.polls_since_due >= PATIENCE) {
            return fail("timer-starved", &[&shown(due), &shown(self.now), &self.polls_since_due]);
        }
        match self.task_that(|other| other.passed_over >= PATIENCE) {
            Some(starved) => fail("task-starved", &[&starved, &(task + 1), &PATIENCE]),
            None => Ok(()),
        }
    }

    /// It asks the driver something.
    pub fn is_asked(&mut self) -> Verdict {
        self.questions += 1;
        ensure(self.questions < QUESTIONS, "busy-waiting", &[&self.questions, &1])?;
        match self.task_that(|task| task.is_dropped) {
            Some(dropped) => fail("dropped", &[&dropped]),
            None => Ok(()),
        }
    }

    /// It wants to sleep, or only to look if the timeout is 0.
    pub fn may_sleep(&mut self, timeout: Option<Duration>) -> Verdict {
        let sleeps = timeout != Some(Duration::ZERO);
        self.debts.retain(|debt| debt.marks.wakes.load(SeqCst) == debt.wakes);
        // A loop may collect wakers from both calls of a turn before it calls them.
        let is_late = |debt: &Debt| sleeps || debt.turn + 1 < self.turn;
        let late = self.debts.iter().filter(|debt| is_late(debt)).count();
        ensure(late == 0, "waker-not-called", &[&late])?;
        if !sleeps {
            return Ok(());
        }
        let timeout_shown = format!("{timeout:?}");
        ensure(!self.tasks.iter().all(|task| task.is_done), "slept-when-done", &[&timeout_shown])?;
        if let Some(runnable) = self.task_that(TaskState::is_runnable) {
            return fail("slept-with-work", &[&timeout_shown, &runnable]);
        }
        let Some(deadline) = self.next_deadline() else { return Ok(()) };
        let is_in_time = timeout.is_some_and(|timeout| self.now + timeout <= deadline);
        let (now, deadline) = (shown(self.now), shown(deadline));
        ensure(is_in_time, "overslept", &[&timeout_shown, &now, &deadline])
    }
}

fn shown(time: Duration) -> String {
    format!("{time:?}")
}
