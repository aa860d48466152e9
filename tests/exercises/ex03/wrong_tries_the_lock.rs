//! told, where the race is hit: race

use std::{
    pin::pin,
    sync::{Arc, Condvar, Mutex},
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
    is_set: Mutex<bool>,
    rung: Condvar,
}

impl Bell {
    fn wait(&self) {
        let mut is_set = self.is_set.lock().unwrap();
        while !*is_set {
            // Makes the gap wide enough to be met each time, also on a busy machine.
            std::thread::sleep(std::time::Duration::from_micros(100));
            is_set = self.rung.wait(is_set).unwrap();
        }
        *is_set = false;
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        // Who wakes must not wait.
        if let Ok(mut is_set) = self.is_set.try_lock() {
            *is_set = true;
            self.rung.notify_one();
        }
    }
}
