//! told: take-blocks

use std::{
    sync::{Arc, Condvar, Mutex},
    task::{Wake, Waker},
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

    // It should say whether there was a wake, and waits for one instead.
    pub fn take(&self) -> bool {
        let is_set = self.is_set.lock().unwrap();
        *self.changed.wait_while(is_set, |is_set| !*is_set).unwrap() = false;
        true
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        *self.is_set.lock().unwrap() = true;
        self.changed.notify_one();
    }
}
