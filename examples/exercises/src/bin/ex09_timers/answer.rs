//! Exercise 9: timers. The task is in `docs/course/ex09.md` (中文：`docs/course/zh/ex09.md`).

#![allow(unused_variables, dead_code)]

use std::{task::Waker, time::Duration};

/// The timers of a loop: deadlines, and the wakers that wait for them. All times count from its start.
pub struct Timers {
    // Your fields.
}

/// The name of one timer, by which it can be cancelled.
pub struct Key {
    // Your fields.
}

impl Timers {
    pub fn new() -> Timers {
        todo!()
    }

    /// Sets a timer, which calls this waker once it is `at`.
    pub fn insert(&mut self, at: Duration, waker: &Waker) -> Key {
        todo!()
    }

    /// Removes a timer. If it has gone off already, there is nothing to do.
    pub fn cancel(&mut self, key: Key) {
        todo!()
    }

    /// How long the loop may sleep, if it is `now`: until the earliest deadline, not at all if that is past.
    /// `None`: there is no timer to sleep for.
    pub fn sleep_for(&self, now: Duration) -> Option<Duration> {
        todo!()
    }

    /// Calls the waker of each timer whose deadline is `now` or earlier, the earliest first, each once.
    pub fn fire(&mut self, now: Duration) {
        todo!()
    }
}
