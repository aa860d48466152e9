//! told: wake-blocks

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

    pub fn take(&self) -> bool {
        let was_set = std::mem::take(&mut *self.is_set.lock().unwrap());
        self.changed.notify_all();
        was_set
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        // One wake after the other: the one before has to be taken first.
        let is_set = self.is_set.lock().unwrap();
        *self.changed.wait_while(is_set, |is_set| *is_set).unwrap() = true;
    }
}
