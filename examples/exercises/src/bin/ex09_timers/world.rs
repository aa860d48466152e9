//! A loop that has nothing but timers, and a clock that stands still unless the loop sleeps.

use std::{
    mem,
    panic::{self, AssertUnwindSafe, Location},
    sync::{Arc, Mutex, PoisonError},
    task::{Wake, Waker},
    time::Duration,
};

use glassloop::trace::{
    TaskId, What,
    record::{Cause, Unparker, WakeOutcome},
};

use super::super::answer::{Key, Timers};
use crate::harness::{Failure, Log, Verdict, fail};

/// Which call the answer is in the middle of. It may never come back from it.
static WITHIN: Mutex<String> = Mutex::new(String::new());

pub fn now_within() -> String {
    WITHIN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn within(what: String) {
    *WITHIN.lock().unwrap_or_else(PoisonError::into_inner) = what;
}

/// One who waits for a timer.
struct Sleeper {
    at: Duration,
    index: usize,
    rung: Arc<Mutex<Vec<usize>>>,
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner).push(self.index);
    }
}

/// A loop with timers alone.
pub struct World {
    timers: Timers,
    pub now: Duration,
    turns: u32,
    sleepers: Vec<Arc<Sleeper>>,
    is_cancelled: Vec<bool>,
    rings: Vec<u32>,
    rung: Arc<Mutex<Vec<usize>>>,
    log: Log,
    /// Whether it insists that wakers are let go of.
    pub looks_at_wakers: bool,
}

/// After so many turns it is clear that the loop does not come to an end.
const MOST_TURNS: u32 = 10_000;

fn told(duration: Duration) -> String {
    format!("{duration:?}")
}

fn told_sleep(sleep: Option<Duration>) -> String {
    sleep.map_or("None".to_string(), told)
}

impl World {
    pub fn new() -> World {
        World {
            timers: Timers::new(),
            now: Duration::ZERO,
            turns: 0,
            sleepers: Vec::new(),
            is_cancelled: Vec::new(),
            rings: Vec::new(),
            rung: Arc::default(),
            log: Log::default(),
            looks_at_wakers: false,
        }
    }

    /// Sets a timer. Timers are counted from 0.
    #[track_caller]
    pub fn sleeper(&mut self, at: Duration) -> Key {
        let (index, rung) = (self.sleepers.len(), self.rung.clone());
        let task = TaskId(index as u64 + 1);
        // A record keeps such a name for ever.
        let (coroutine, place) = (format!("until {at:?}").leak(), Location::caller());
        self.note(What::TaskCreated { task, by: None, coroutine, place });
        let sleeper = Arc::new(Sleeper { at, index, rung });
        let key = self.timers.insert(at, &Waker::from(sleeper.clone()));
        self.sleepers.push(sleeper);
        self.is_cancelled.push(false);
        self.rings.push(0);
        key
    }

    /// Cancels a timer, which is this sleeper's. It may have gone off.
    pub fn cancel(&mut self, sleeper: usize, key: Key) -> Verdict {
        self.timers.cancel(key);
        self.is_cancelled[sleeper] = true;
        self.is_let_go(sleeper)
    }

    fn is_let_go(&self, index: usize) -> Verdict {
        if self.looks_at_wakers && Arc::strong_count(&self.sleepers[index]) > 1 {
            return self.fail("still-held", &[&told(self.sleepers[index].at)]);
        }
        Ok(())
    }

    fn note(&self, what: What) {
        self.log.note_at(self.now, u64::from(self.turns), what);
    }

    fn fail<T>(&self, id: &'static str, values: &[&dyn std::fmt::Display]) -> Result<T, Failure> {
        fail(id, values).map_err(|failure| failure.with(&self.log))
    }

    /// Sleeps and fires until no timer is left, which should take so many turns.
    pub fn run(&mut self, expected: u32) -> Verdict {
        while let Some(sleep) = self.sleep_for() {
            self.turns += 1;
            if self.turns > MOST_TURNS {
                break;
            }
            self.sleep(sleep)?;
            self.fire()?;
        }
        if self.turns != expected {
            return self.fail("turns", &[&self.turns.min(MOST_TURNS), &expected]);
        }
        self.sleep_is_right()
    }

    fn sleep_for(&self) -> Option<Duration> {
        within(format!("sleep_for({:?})", self.now));
        self.timers.sleep_for(self.now)
    }

    fn sleep(&mut self, sleep: Duration) -> Verdict {
        let before = self.now;
        let until = before.saturating_add(sleep);
        let deadline = u64::try_from(until.as_nanos()).ok();
        self.note(What::Parked { deadline });
        self.now = until;
        self.note(What::Unparked { by: Unparker::Deadline });
        match self.earliest().filter(|&at| at < until) {
            Some(at) => self.fail("overslept", &[&told(before), &told(sleep), &told(at)]),
            None => Ok(()),
        }
    }

    fn earliest(&self) -> Option<Duration> {
        let waiting = (0..self.sleepers.len()).filter(|&index| self.is_waiting(index));
        waiting.map(|index| self.sleepers[index].at).min()
    }

    /// Asks how long to sleep. The answer has to be the very time.
    pub fn sleep_is_right(&self) -> Verdict {
        let sleep = panic::catch_unwind(AssertUnwindSafe(|| self.sleep_for()));
        let earliest = self.earliest();
        let sleep = match sleep {
            Ok(sleep) => sleep,
            Err(_) if earliest.is_some_and(|at| at < self.now) => {
                return self.fail("panics-when-due", &[]);
            }
            Err(payload) => panic::resume_unwind(payload),
        };
        let (now, said) = (told(self.now), told_sleep(sleep));
        let Some(at) = earliest else {
            return if sleep.is_none() { Ok(()) } else { self.fail("empty", &[&said]) };
        };
        let right = at.saturating_sub(self.now);
        match sleep {
            Some(sleep) if sleep == right => Ok(()),
            Some(sleep) if sleep < right => {
                self.fail("wakes-for-nobody", &[&now, &said, &told(at)])
            }
            _ if right.is_zero() => self.fail("sleep-when-due", &[&now, &said, &told(at)]),
            _ => self.fail("overslept", &[&now, &said, &told(at)]),
        }
    }

    fn is_waiting(&self, index: usize) -> bool {
        self.rings[index] == 0 && !self.is_cancelled[index]
    }

    /// Fires once, and looks who was woken and who was not.
    pub fn fire(&mut self) -> Verdict {
        within(format!("fire({:?})", self.now));
        self.timers.fire(self.now);
        let rung = mem::take(&mut *self.rung.lock().unwrap_or_else(PoisonError::into_inner));
        for &index in &rung {
            self.rings[index] += 1;
            let (task, by) = (TaskId(index as u64 + 1), Cause::Timer(index as u64));
            self.note(What::Woken { task, by, outcome: WakeOutcome::Queued });
        }
        self.nobody_is_missing(&rung)?;
        let now = told(self.now);
        for &index in &rung {
            let (at, rings) = (told(self.sleepers[index].at), self.rings[index]);
            if rings > 1 {
                return self.fail("fired-twice", &[&at, &rings]);
            }
            if self.is_cancelled[index] {
                return self.fail("woke-cancelled", &[&at]);
            }
            if self.sleepers[index].at > self.now {
                return self.fail("early", &[&now, &at]);
            }
            self.is_let_go(index)?;
        }
        let order: Vec<_> = rung.iter().map(|&index| self.sleepers[index].at).collect();
        if !order.is_sorted() {
            let order: Vec<_> = order.into_iter().map(told).collect();
            return self.fail("order", &[&order.join(", ")]);
        }
        Ok(())
    }

    fn nobody_is_missing(&self, rung: &[usize]) -> Verdict {
        for (index, sleeper) in self.sleepers.iter().enumerate() {
            if self.is_waiting(index) && sleeper.at <= self.now {
                let values = (told(self.now), told(sleeper.at));
                return self.fail(self.why_not_fired(index, rung), &[&values.0, &values.1]);
            }
        }
        Ok(())
    }

    /// One that is due was not woken. After a `cancel` it is that which took it along, for all else has been
    /// looked at before. Else another one with the same deadline was perhaps woken in its place.
    fn why_not_fired(&self, index: usize, rung: &[usize]) -> &'static str {
        let at = self.sleepers[index].at;
        if self.is_cancelled.contains(&true) {
            "cancelled-another"
        } else if rung.iter().any(|&other| self.sleepers[other].at == at) {
            "same-deadline"
        } else if at < self.now {
            "late-not-fired"
        } else {
            "not-fired"
        }
    }
}
