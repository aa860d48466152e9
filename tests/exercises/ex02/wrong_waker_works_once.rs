//! told: not-set

use std::{
    sync::{
        Arc, Mutex,
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
        Waker::from(Arc::new(Once(Mutex::new(Some(self.clone())))))
    }

    pub fn take(&self) -> bool {
        self.is_set.swap(false, SeqCst)
    }
}

/// Gives the flag away when it is called: the next call has none.
struct Once(Mutex<Option<Arc<Flag>>>);

impl Wake for Once {
    fn wake(self: Arc<Self>) {
        if let Some(flag) = self.0.lock().unwrap().take() {
            flag.is_set.store(true, SeqCst);
        }
    }
}
