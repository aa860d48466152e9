//! told, where the race is hit: race

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

pub fn block_on<F: Future>(future: F) -> F::Output {
    let alarm = Arc::new(Alarm { sleeper: thread::current(), is_set: AtomicBool::new(false) });
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
    sleeper: Thread,
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
        self.sleeper.unpark();
        self.is_set.store(true, SeqCst);
    }
}
