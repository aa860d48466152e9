//! told: take-blocks

use std::{
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver, Sender},
    },
    task::{Wake, Waker},
};

pub struct Flag {
    sender: Sender<()>,
    receiver: Mutex<Receiver<()>>,
}

impl Flag {
    pub fn new() -> Arc<Flag> {
        let (sender, receiver) = mpsc::channel();
        Arc::new(Flag { sender, receiver: Mutex::new(receiver) })
    }

    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(self.clone())
    }

    pub fn take(&self) -> bool {
        self.receiver.lock().unwrap().recv().is_ok()
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.sender.send(()).unwrap();
    }
}
