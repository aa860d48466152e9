//! told: wakes-for-nobody

use std::{collections::BTreeMap, task::Waker, time::Duration};

pub struct Timers {
    wakers: BTreeMap<(Duration, u64), Waker>,
    next: u64,
    earliest: Option<Duration>,
}

pub struct Key {
    at: Duration,
    number: u64,
}

impl Timers {
    pub fn new() -> Timers {
        Timers { wakers: BTreeMap::new(), next: 0, earliest: None }
    }

    pub fn insert(&mut self, at: Duration, waker: &Waker) -> Key {
        let number = self.next;
        self.next += 1;
        self.wakers.insert((at, number), waker.clone());
        self.earliest = Some(self.earliest.map_or(at, |earliest| earliest.min(at)));
        Key { at, number }
    }

    pub fn cancel(&mut self, key: Key) {
        self.wakers.remove(&(key.at, key.number));
    }

    pub fn sleep_for(&self, now: Duration) -> Option<Duration> {
        let at = self.earliest.filter(|_| !self.wakers.is_empty())?;
        Some(at.saturating_sub(now))
    }

    pub fn fire(&mut self, now: Duration) {
        while let Some(first) = self.wakers.first_entry() {
            let (at, _) = *first.key();
            if at > now {
                self.earliest = Some(at);
                return;
            }
            first.remove().wake();
        }
        self.earliest = None;
    }
}
