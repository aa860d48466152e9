//! told: take-blocks

use std::{
    sync::{Arc, Condvar, Mutex},
    task::{Wake, Waker},
    time::Duration,
};

pub struct Flag {
    is_set: Mutex<bool>,
    changed: Condvar,
}

impl Flag {
    pub fn new() -> Arc<Flag> {
        Arc::new(Flag { is_set: Mutex::new(false), changed: Condvar::new() })
    }

    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(self.clone())
    }

    pub fn take(&self) -> bool {
        let is_set = self.is_set.lock().unwrap();
        let wait = self.changed.wait_timeout_while(is_set, Duration::from_millis(1), |it| !*it);
        std::mem::take(&mut *wait.unwrap().0)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        *self.is_set.lock().unwrap() = true;
        self.changed.notify_one();
    }
}
