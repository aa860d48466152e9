//! told: cancelled-another

use std::{task::Waker, time::Duration};

pub struct Timers {
    timers: Vec<(Duration, u64, Waker)>,
    next: u64,
}

pub struct Key {
    place: usize,
}

impl Timers {
    pub fn new() -> Timers {
        Timers { timers: Vec::new(), next: 0 }
    }

    pub fn insert(&mut self, at: Duration, waker: &Waker) -> Key {
        let number = self.next;
        self.next += 1;
        self.timers.push((at, number, waker.clone()));
        Key { place: self.timers.len() - 1 }
    }

    pub fn cancel(&mut self, key: Key) {
        if key.place < self.timers.len() {
            self.timers.remove(key.place);
        }
    }

    pub fn sleep_for(&self, now: Duration) -> Option<Duration> {
        let earliest = self.timers.iter().map(|timer| timer.0).min()?;
        Some(earliest.saturating_sub(now))
    }

    pub fn fire(&mut self, now: Duration) {
        self.timers.sort_by_key(|timer| timer.0);
        while self.timers.first().is_some_and(|timer| timer.0 <= now) {
            self.timers.remove(0).2.wake();
        }
    }
}
