use std::{
    sync::{Arc, Mutex},
    task::{Wake, Waker},
    thread::{self, ThreadId},
};

pub struct Flag {
    callers: Mutex<Vec<ThreadId>>,
}

impl Flag {
    pub fn new() -> Arc<Flag> {
        Arc::new(Flag { callers: Mutex::default() })
    }

    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(self.clone())
    }

    pub fn take(&self) -> bool {
        !std::mem::take(&mut *self.callers.lock().unwrap()).is_empty()
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.callers.lock().unwrap().push(thread::current().id());
    }
}
