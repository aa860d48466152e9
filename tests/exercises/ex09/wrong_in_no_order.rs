//! told: order

use std::{collections::HashMap, task::Waker, time::Duration};

pub struct Timers {
    wakers: HashMap<(Duration, u64), Waker>,
    next: u64,
}

pub struct Key {
    at: Duration,
    number: u64,
}

impl Timers {
    pub fn new() -> Timers {
        Timers { wakers: HashMap::new(), next: 0 }
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
        let (at, _) = self.wakers.keys().min()?;
        Some(at.saturating_sub(now))
    }

    pub fn fire(&mut self, now: Duration) {
        self.wakers.retain(|(at, _), waker| {
            if *at <= now {
                waker.wake_by_ref();
            }
            *at > now
        });
    }
}
