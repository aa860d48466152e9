//! told: leak

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Wake, Waker},
};

pub struct Flag {
    is_set: AtomicBool,
    wakers: Mutex<Vec<Waker>>,
}

impl Flag {
    pub fn new() -> Arc<Flag> {
        Arc::new(Flag { is_set: AtomicBool::new(false), wakers: Mutex::default() })
    }

    pub fn waker(self: &Arc<Self>) -> Waker {
        let waker = Waker::from(self.clone());
        // The flag owns the waker, and the waker owns the flag: neither is ever dropped.
        self.wakers.lock().unwrap().push(waker.clone());
        waker
    }

    pub fn take(&self) -> bool {
        self.is_set.swap(false, SeqCst)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.is_set.store(true, SeqCst);
    }
}
