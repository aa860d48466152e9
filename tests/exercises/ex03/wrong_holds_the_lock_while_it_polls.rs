//! told: wake-waits

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
    let mut is_set = bell.is_set.lock().unwrap();
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        while !*is_set {
            is_set = bell.rung.wait(is_set).unwrap();
        }
        *is_set = false;
    }
}

#[derive(Default)]
struct Bell {
    is_set: Mutex<bool>,
    rung: Condvar,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        *self.is_set.lock().unwrap() = true;
        self.rung.notify_one();
    }
}
