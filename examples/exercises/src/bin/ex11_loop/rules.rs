//! What the loop must not do. The state of the world, and what is looked at in each poll and each call of the driver.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst},
    },
    task::{Context, Waker},
    time::{Duration, Instant},
};

use crate::harness::{Verdict, ensure, fail};

/// So many polls may pass before it is the turn of sockets and timers.
const PATIENCE: u32 = 1_000;

/// So often the loop may look for sockets while it leaves a timer that is due.
const LOOKS_BEFORE_TIMERS: u32 = 200;

/// So often it may look, without sleeping, while nothing is ready. Who looks once before each sleep does so once.
const IDLE_LOOKS: u32 = 50;

/// So often the driver may be asked while no task is polled.
const QUESTIONS: u32 = 10_000;

/// What is known of a task. Its wakers mark it, too, so it has to be `Sync`.
#[derive(Default)]
pub struct Marks {
    pub is_runnable: AtomicBool,
    pub wakes: AtomicU32,
    /// Its place in the order of the wakes.
    pub place: AtomicU64,
}

/// The place of the next one that is woken.
static PLACES: AtomicU64 = AtomicU64::new(0);

impl Marks {
    pub fn become_runnable(&self) {
        if !self.is_runnable.swap(true, SeqCst) {
            self.place.store(PLACES.fetch_add(1, SeqCst), SeqCst);
        }
    }
}

pub struct TaskState {
    pub marks: Arc<Marks>,
    pub is_done: bool,
    pub is_dropped: bool,
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
    pub looks_since_due: u32,
    /// Looks in vain, one after another, and when the first of them was by the real clock.
    pub idle_looks: u32,
    pub idle_since: Option<Instant>,
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

    /// The task that is being polled, with its waker.
    pub fn waiter(&self, context: &Context<'_>) -> Waiter {
        Waiter { task: self.polling, waker: context.waker().clone() }
    }

    /// Who was woken first of those that are to be polled.
    fn first_in_line(&self) -> Option<usize> {
        let runnable = (0..self.tasks.len()).filter(|task| self.tasks[*task].is_runnable());
        runnable.min_by_key(|task| self.tasks[*task].marks.place.load(SeqCst))
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
        let first = self.first_in_line();
        let was_woken = self.tasks[task].marks.is_runnable.swap(false, SeqCst);
        ensure(!self.tasks[task].is_done, "polled-after-ready", &[&number])?;
        ensure(was_woken, "polled-in-vain", &[&number])?;
        if let Some(first) = first.filter(|first| *first != task) {
            return fail("order", &[&number, &(first + 1)]);
        }
        self.polling = task;
        self.questions = 0;
        self.nobody_starves()
    }

    /// Polls go on and on: who has been waiting meanwhile, for what the loop had to do?
    fn nobody_starves(&mut self) -> Verdict {
        self.polls_since_io += 1;
        let due = self.next_deadline().filter(|deadline| *deadline <= self.now);
        self.polls_since_due = if due.is_some() { self.polls_since_due + 1 } else { 0 };
        if self.polls_since_io >= PATIENCE {
            let socket = self.sockets.keys().next().copied().unwrap_or_default();
            return fail("io-starved", &[&socket, &self.polls_since_io]);
        }
        self.timers_do_not_starve()
    }

    fn timers_do_not_starve(&self) -> Verdict {
        let starves =
            self.polls_since_due >= PATIENCE || self.looks_since_due >= LOOKS_BEFORE_TIMERS;
        let Some(due) = self.next_deadline().filter(|_| starves) else { return Ok(()) };
        let (due, now) = (shown(due), shown(self.now));
        fail("timer-starved", &[&due, &now, &self.polls_since_due, &self.looks_since_due])
    }

    /// It looks for sockets and does not sleep.
    fn looks(&mut self) -> Verdict {
        let is_past = |time: Option<Duration>| time.is_some_and(|time| time <= self.now);
        let is_due = is_past(self.next_deadline());
        let is_idle = self.first_in_line().is_none() && !is_due && !is_past(self.next_byte());
        self.looks_since_due = if is_due { self.looks_since_due + 1 } else { 0 };
        self.idle_looks = if is_idle { self.idle_looks + 1 } else { 0 };
        self.timers_do_not_starve()?;
        if self.idle_looks < IDLE_LOOKS {
            self.idle_since =
                self.idle_since.filter(|_| self.idle_looks > 1).or(Some(Instant::now()));
            return Ok(());
        }
        // Only the choice of the words depends on the real clock: who is here is wrong in any case.
        let real = self.idle_since.map_or(Duration::ZERO, |since| since.elapsed());
        let would_be = self.next_deadline().map(|deadline| deadline - self.now);
        let sleeps = would_be.is_some_and(|would_be| real > would_be * (IDLE_LOOKS - 10));
        let id = if sleeps { "slept-elsewhere" } else { "busy-waiting" };
        fail(id, &[&self.idle_looks, &1])
    }

    /// A sleep comes to an end, at this time. Is there anything to do?
    pub fn woke_for_something(&self, timeout: Option<Duration>, end: Duration) -> Verdict {
        let happens = [self.next_deadline(), self.next_byte()].into_iter().flatten();
        let is_vain = timeout.is_some() && happens.min().is_none_or(|time| end < time);
        ensure(!is_vain, "short-sleep", &[&format!("{timeout:?}"), &shown(self.now)])
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
            return self.looks();
        }
        self.idle_looks = 0;
        let timeout_shown = format!("{timeout:?}");
        ensure(!self.tasks.iter().all(|task| task.is_done), "slept-when-done", &[&timeout_shown])?;
        if let Some(runnable) = self.task_that(TaskState::is_runnable) {
            return fail("slept-with-work", &[&timeout_shown, &runnable]);
        }
        let Some(deadline) = self.next_deadline() else { return Ok(()) };
        let is_in_time =
            timeout.is_some_and(|timeout| self.now.saturating_add(timeout) <= deadline);
        let (now, deadline) = (shown(self.now), shown(deadline));
        ensure(is_in_time, "overslept", &[&timeout_shown, &now, &deadline])
    }
}

fn shown(time: Duration) -> String {
    format!("{time:?}")
}
