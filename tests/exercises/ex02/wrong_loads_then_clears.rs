//! told, where the race is hit: lost-in-take

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Wake, Waker},
};

pub struct Flag {
    is_set: AtomicBool,
}

impl Flag {
    pub fn new() -> Arc<Flag> {
        Arc::new(Flag { is_set: AtomicBool::new(false) })
    }

    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(self.clone())
    }

    pub fn take(&self) -> bool {
        let was_set = self.is_set.load(SeqCst);
        self.is_set.store(false, SeqCst);
        was_set
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_set.store(true, SeqCst);
    }
}
