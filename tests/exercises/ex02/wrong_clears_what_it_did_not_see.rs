//! told, where the race is hit: lost-in-take

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Wake, Waker},
};

pub struct Flag {
    wakes: AtomicUsize,
}

impl Flag {
    pub fn new() -> Arc<Flag> {
        Arc::new(Flag { wakes: AtomicUsize::new(0) })
    }

    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(self.clone())
    }

    pub fn take(&self) -> bool {
        let wakes = self.wakes.load(SeqCst);
        self.wakes.store(0, SeqCst);
        wakes > 0
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, SeqCst);
    }
}
