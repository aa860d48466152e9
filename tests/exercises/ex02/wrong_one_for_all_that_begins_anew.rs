//! told: wrong-flag

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Wake, Waker},
};

static IS_SET: AtomicBool = AtomicBool::new(false);

pub struct Flag;

impl Flag {
    pub fn new() -> Arc<Flag> {
        IS_SET.store(false, SeqCst);
        Arc::new(Flag)
    }

    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(self.clone())
    }

    pub fn take(&self) -> bool {
        IS_SET.swap(false, SeqCst)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        IS_SET.store(true, SeqCst);
    }
}
