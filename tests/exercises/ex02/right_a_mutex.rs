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
        *self.is_set.lock().unwrap() = true;
    }
}
