//! told, where the race is hit: race

use std::{
    pin::pin,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
};

pub fn block_on<F: Future>(future: F) -> F::Output {
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(bell.clone());
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        bell.wait();
    }
}

#[derive(Default)]
struct Bell {
    lock: Mutex<()>,
    is_set: AtomicBool,
    rung: Condvar,
}

impl Bell {
    fn wait(&self) {
        let mut guard = self.lock.lock().unwrap();
        while !self.is_set.swap(false, SeqCst) {
            // Makes the gap wide enough to be met each time, also on a busy machine.
            std::thread::sleep(std::time::Duration::from_micros(100));
            guard = self.rung.wait(guard).unwrap();
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.is_set.store(true, SeqCst);
        self.rung.notify_one();
    }
}
