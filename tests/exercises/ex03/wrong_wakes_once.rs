//! told: slept-on

use std::{
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

pub fn block_on<F: Future>(future: F) -> F::Output {
    let sleeper = Mutex::new(Some(thread::current()));
    let alarm = Arc::new(Alarm { sleeper, is_set: AtomicBool::new(false) });
    let waker = Waker::from(alarm.clone());
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        alarm.wait();
    }
}

struct Alarm {
    sleeper: Mutex<Option<Thread>>,
    is_set: AtomicBool,
}

impl Alarm {
    fn wait(&self) {
        while !self.is_set.swap(false, SeqCst) {
            thread::park();
        }
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(sleeper) = self.sleeper.lock().unwrap().take() {
            self.is_set.store(true, SeqCst);
            sleeper.unpark();
        }
    }
}
