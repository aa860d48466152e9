//! told: late-not-fired

use std::{collections::BTreeMap, task::Waker, time::Duration};

pub struct Timers {
    wakers: BTreeMap<(Duration, u64), Waker>,
    next: u64,
    last: Duration,
}

pub struct Key {
    at: Duration,
    number: u64,
}

impl Timers {
    pub fn new() -> Timers {
        Timers { wakers: BTreeMap::new(), next: 0, last: Duration::ZERO }
    }

    pub fn insert(&mut self, at: Duration, waker: &Waker) -> Key {
        let number = self.next;
        self.next += 1;
        self.wakers.insert((at, number), waker.clone());
        Key { at, number }
    }

    pub fn cancel(&mut self, key: Key) {
        self.wakers.remove(&(key.at, key.number));
    }

    pub fn sleep_for(&self, now: Duration) -> Option<Duration> {
        let (at, _) = self.wakers.keys().next()?;
        Some(at.saturating_sub(now))
    }

    pub fn fire(&mut self, now: Duration) {
        let due = self.wakers.range((self.last, 0)..=(now, u64::MAX));
        let due: Vec<_> = due.map(|(key, _)| *key).collect();
        for key in due {
            self.wakers.remove(&key).unwrap().wake();
        }
        self.last = now;
    }
}
