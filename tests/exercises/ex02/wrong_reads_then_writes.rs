//! told, where the race is hit: lost-in-take

use std::{
    sync::{Arc, RwLock},
    task::{Wake, Waker},
};

pub struct Flag {
    is_set: RwLock<bool>,
}

impl Flag {
    pub fn new() -> Arc<Flag> {
        Arc::new(Flag { is_set: RwLock::new(false) })
    }

    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(self.clone())
    }

    pub fn take(&self) -> bool {
        let was_set = *self.is_set.read().unwrap();
        *self.is_set.write().unwrap() = false;
        was_set
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        *self.is_set.write().unwrap() = true;
    }
}
