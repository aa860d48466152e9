use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Wake, Waker},
};

pub struct Flag {
    is_set: Arc<AtomicBool>,
}

impl Flag {
    pub fn new() -> Arc<Flag> {
        Arc::new(Flag { is_set: Arc::default() })
    }

    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(Arc::new(Bell(self.is_set.clone())))
    }

    pub fn take(&self) -> bool {
        self.is_set.compare_exchange(true, false, SeqCst, SeqCst).is_ok()
    }
}

/// It needs the bit alone. A waker may outlive its flag.
struct Bell(Arc<AtomicBool>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}
