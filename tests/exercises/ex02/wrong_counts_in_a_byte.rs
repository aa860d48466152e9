//! told: undone

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering::SeqCst},
    },
    task::{Wake, Waker},
};

pub struct Flag {
    wakes: AtomicU8,
}

impl Flag {
    pub fn new() -> Arc<Flag> {
        Arc::new(Flag { wakes: AtomicU8::new(0) })
    }

    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(self.clone())
    }

    pub fn take(&self) -> bool {
        self.wakes.swap(0, SeqCst) != 0
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, SeqCst);
    }
}
