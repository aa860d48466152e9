//! told: cancelled-another

use std::{collections::BTreeMap, task::Waker, time::Duration};

pub struct Timers {
    wakers: BTreeMap<Duration, Vec<Waker>>,
}

pub struct Key {
    at: Duration,
    index: usize,
}

impl Timers {
    pub fn new() -> Timers {
        Timers { wakers: BTreeMap::new() }
    }

    pub fn insert(&mut self, at: Duration, waker: &Waker) -> Key {
        let wakers = self.wakers.entry(at).or_default();
        wakers.push(waker.clone());
        Key { at, index: wakers.len() - 1 }
    }

    pub fn cancel(&mut self, key: Key) {
        let Some(wakers) = self.wakers.get_mut(&key.at) else { return };
        if key.index < wakers.len() {
            wakers.remove(key.index);
        }
        if wakers.is_empty() {
            self.wakers.remove(&key.at);
        }
    }

    pub fn sleep_for(&self, now: Duration) -> Option<Duration> {
        let at = self.wakers.keys().next()?;
        Some(at.saturating_sub(now))
    }

    pub fn fire(&mut self, now: Duration) {
        while let Some(first) = self.wakers.first_entry() {
            let at = *first.key();
            if at > now {
                return;
            }
            first.remove().into_iter().for_each(Waker::wake);
        }
    }
}
