//! told: not-set-from-thread

use std::{
    cell::Cell,
    sync::Arc,
    task::{Wake, Waker},
};

thread_local! {
    static IS_SET: Cell<bool> = const { Cell::new(false) };
}

pub struct Flag;

impl Flag {
    pub fn new() -> Arc<Flag> {
        Arc::new(Flag)
    }

    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(self.clone())
    }

    pub fn take(&self) -> bool {
        IS_SET.replace(false)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        IS_SET.set(true);
    }
}
