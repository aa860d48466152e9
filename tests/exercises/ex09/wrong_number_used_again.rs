//! told: cancelled-another

use std::{collections::BTreeMap, task::Waker, time::Duration};

pub struct Timers {
    wakers: BTreeMap<(Duration, u64), Waker>,
    next: u64,
}

pub struct Key {
    at: Duration,
    number: u64,
}

impl Timers {
    pub fn new() -> Timers {
        Timers { wakers: BTreeMap::new(), next: 0 }
    }

    pub fn insert(&mut self, at: Duration, waker: &Waker) -> Key {
        let number = (0..).find(|number| self.wakers.keys().all(|key| key.1 != *number)).unwrap();
        self.wakers.insert((at, number), waker.clone());
        Key { at, number }
    }

    pub fn cancel(&mut self, key: Key) {
        self.wakers.retain(|(_, number), _| *number != key.number);
    }

    pub fn sleep_for(&self, now: Duration) -> Option<Duration> {
        let (at, _) = self.wakers.keys().next()?;
        Some(at.saturating_sub(now))
    }

    pub fn fire(&mut self, now: Duration) {
        while let Some(first) = self.wakers.first_entry() {
            let (at, _) = *first.key();
            if at > now {
                return;
            }
            first.remove().wake();
        }
    }
}
