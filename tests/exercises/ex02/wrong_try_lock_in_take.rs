//! told: busy

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
        match self.is_set.try_lock() {
            Ok(mut is_set) => std::mem::take(&mut *is_set),
            Err(_) => false,
        }
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        *self.is_set.lock().unwrap() = true;
    }
}
