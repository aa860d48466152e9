//! told: not-asleep

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
            is_set = self.rung.wait_timeout(is_set, std::time::Duration::from_millis(50)).unwrap().0;
        }
        *is_set = false;
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        *self.is_set.lock().unwrap() = true;
        self.rung.notify_one();
    }
}
