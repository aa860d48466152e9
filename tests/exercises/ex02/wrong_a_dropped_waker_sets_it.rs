//! told: never-woken

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
        Waker::from(Arc::new(Bell(self.clone())))
    }

    pub fn take(&self) -> bool {
        self.is_set.swap(false, SeqCst)
    }
}

struct Bell(Arc<Flag>);

impl Wake for Bell {
    // Whoever calls it drops it, too.
    fn wake(self: Arc<Self>) {}
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.0.is_set.store(true, SeqCst);
    }
}
