//! told: not-set

use std::{
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver, Sender},
    },
    task::{Wake, Waker},
};

pub struct Flag {
    wakes: Mutex<Option<Receiver<()>>>,
}

impl Flag {
    pub fn new() -> Arc<Flag> {
        Arc::new(Flag { wakes: Mutex::new(None) })
    }

    pub fn waker(self: &Arc<Self>) -> Waker {
        let (sender, receiver) = mpsc::channel();
        // The receiver of an earlier waker is gone by this.
        *self.wakes.lock().unwrap() = Some(receiver);
        Waker::from(Arc::new(Bell(sender)))
    }

    pub fn take(&self) -> bool {
        self.wakes.lock().unwrap().as_ref().is_some_and(|wakes| wakes.try_iter().count() > 0)
    }
}

struct Bell(Sender<()>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let _ = self.0.send(());
    }
}
