use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Wake, Waker},
};

pub struct Flag {
    wakes: AtomicUsize,
    seen: AtomicUsize,
}

impl Flag {
    pub fn new() -> Arc<Flag> {
        Arc::new(Flag { wakes: AtomicUsize::new(0), seen: AtomicUsize::new(0) })
    }

    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(self.clone())
    }

    pub fn take(&self) -> bool {
        let wakes = self.wakes.load(SeqCst);
        self.seen.swap(wakes, SeqCst) != wakes
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, SeqCst);
    }
}
