//! told: another-timers

use std::{collections::BTreeMap, sync::Mutex, task::Waker, time::Duration};

pub struct Timers {
    next: u64,
}

static WAKERS: Mutex<BTreeMap<(Duration, u64), Waker>> = Mutex::new(BTreeMap::new());

pub struct Key {
    at: Duration,
    number: u64,
}

impl Timers {
    pub fn new() -> Timers {
        Timers { next: 0 }
    }

    pub fn insert(&mut self, at: Duration, waker: &Waker) -> Key {
        let number = self.next;
        self.next += 1;
        WAKERS.lock().unwrap().insert((at, number), waker.clone());
        Key { at, number }
    }

    pub fn cancel(&mut self, key: Key) {
        WAKERS.lock().unwrap().remove(&(key.at, key.number));
    }

    pub fn sleep_for(&self, now: Duration) -> Option<Duration> {
        let wakers = WAKERS.lock().unwrap();
        let (at, _) = wakers.keys().next()?;
        Some(at.saturating_sub(now))
    }

    pub fn fire(&mut self, now: Duration) {
        let mut wakers = WAKERS.lock().unwrap();
        while let Some(first) = wakers.first_entry() {
            let (at, _) = *first.key();
            if at > now {
                return;
            }
            first.remove().wake();
        }
    }
}
