//! told: still-held

use std::{collections::BTreeMap, task::Waker, time::Duration};

pub struct Timers {
    wakers: BTreeMap<(Duration, u64), Waker>,
    next: u64,
    cancelled: Vec<(Duration, u64)>,
}

pub struct Key {
    at: Duration,
    number: u64,
}

impl Timers {
    pub fn new() -> Timers {
        Timers { wakers: BTreeMap::new(), next: 0, cancelled: Vec::new() }
    }

    pub fn insert(&mut self, at: Duration, waker: &Waker) -> Key {
        let number = self.next;
        self.next += 1;
        self.wakers.insert((at, number), waker.clone());
        Key { at, number }
    }

    pub fn cancel(&mut self, key: Key) {
        self.cancelled.push((key.at, key.number));
    }

    pub fn sleep_for(&self, now: Duration) -> Option<Duration> {
        let (at, _) = self.wakers.keys().find(|key| !self.cancelled.contains(key))?;
        Some(at.saturating_sub(now))
    }

    pub fn fire(&mut self, now: Duration) {
        for key in self.cancelled.drain(..) {
            self.wakers.remove(&key);
        }
        while let Some(first) = self.wakers.first_entry() {
            let (at, _) = *first.key();
            if at > now {
                return;
            }
            first.remove().wake();
        }
    }
}
