//! told: panicked

use std::{
    sync::{
        Arc, Weak,
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
        Waker::from(Arc::new(Bell(Arc::downgrade(self))))
    }

    pub fn take(&self) -> bool {
        self.is_set.swap(false, SeqCst)
    }
}

struct Bell(Weak<Flag>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.upgrade().expect("the flag").is_set.store(true, SeqCst);
    }
}
