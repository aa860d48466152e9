//! told, where the race is hit: lost-in-take

use std::{
    sync::{Arc, Mutex},
    task::{Wake, Waker},
};

pub struct Flag {
    is_set: Mutex<bool>,
}

impl Flag {
    pub fn new() -> Arc<Flag> {
        Arc::new(Flag { is_set: Mutex::new(false) })
    }

    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(self.clone())
    }

    pub fn take(&self) -> bool {
        std::mem::take(&mut *self.is_set.lock().unwrap())
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        // Somebody else has it? Then it is being set anyway.
        if let Ok(mut is_set) = self.is_set.try_lock() {
            *is_set = true;
        }
    }
}
