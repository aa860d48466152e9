use std::{
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver, SyncSender},
    },
    task::{Wake, Waker},
};

pub struct Flag {
    sender: SyncSender<()>,
    receiver: Mutex<Receiver<()>>,
}

impl Flag {
    pub fn new() -> Arc<Flag> {
        let (sender, receiver) = mpsc::sync_channel(1);
        Arc::new(Flag { sender, receiver: Mutex::new(receiver) })
    }

    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(self.clone())
    }

    pub fn take(&self) -> bool {
        self.receiver.lock().unwrap().try_recv().is_ok()
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        let _ = self.sender.try_send(()); // full: it is set
    }
}
