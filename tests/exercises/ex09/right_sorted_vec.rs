use std::{task::Waker, time::Duration};

pub struct Timers {
    timers: Vec<(Duration, u64, Waker)>,
    next: u64,
}

pub struct Key {
    number: u64,
}

impl Timers {
    pub fn new() -> Timers {
        Timers { timers: Vec::new(), next: 0 }
    }

    pub fn insert(&mut self, at: Duration, waker: &Waker) -> Key {
        let number = self.next;
        self.next += 1;
        self.timers.push((at, number, waker.clone()));
        self.timers.sort_by_key(|timer| timer.0);
        Key { number }
    }

    pub fn cancel(&mut self, key: Key) {
        self.timers.retain(|timer| timer.1 != key.number);
    }

    pub fn sleep_for(&self, now: Duration) -> Option<Duration> {
        let first = self.timers.first()?;
        Some(first.0.saturating_sub(now))
    }

    pub fn fire(&mut self, now: Duration) {
        while self.timers.first().is_some_and(|timer| timer.0 <= now) {
            self.timers.remove(0).2.wake();
        }
    }
}
