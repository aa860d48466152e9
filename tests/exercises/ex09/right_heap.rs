use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    task::Waker,
    time::Duration,
};

/// The heap may still have what was cancelled; its waker is gone.
pub struct Timers {
    heap: BinaryHeap<Reverse<(Duration, usize)>>,
    wakers: HashMap<usize, Waker>,
    made: usize,
}

pub struct Key(usize);

impl Timers {
    pub fn new() -> Timers {
        Timers { heap: BinaryHeap::new(), wakers: HashMap::new(), made: 0 }
    }

    pub fn insert(&mut self, at: Duration, waker: &Waker) -> Key {
        self.made += 1;
        self.heap.push(Reverse((at, self.made)));
        self.wakers.insert(self.made, waker.clone());
        Key(self.made)
    }

    pub fn cancel(&mut self, key: Key) {
        self.wakers.remove(&key.0);
        while let Some(Reverse((_, number))) = self.heap.peek() {
            if self.wakers.contains_key(number) {
                return;
            }
            self.heap.pop();
        }
    }

    pub fn sleep_for(&self, now: Duration) -> Option<Duration> {
        self.heap.peek().map(|Reverse((at, _))| at.checked_sub(now).unwrap_or_default())
    }

    pub fn fire(&mut self, now: Duration) {
        while let Some(Reverse((at, number))) = self.heap.peek() {
            if let Some(waker) = self.wakers.get(number) {
                if now < *at {
                    break;
                }
                waker.wake_by_ref();
                self.wakers.remove(number);
            }
            self.heap.pop();
        }
    }
}
