use std::{
    pin::pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        let call = Arc::new(Call { came: OnceLock::new(), sleeper: thread::current() });
        let waker = Waker::from(call.clone());
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        while call.came.get().is_none() {
            thread::park();
        }
    }
}

/// It comes once. The next poll has another one.
struct Call {
    came: OnceLock<()>,
    sleeper: Thread,
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        if self.came.set(()).is_ok() {
            self.sleeper.unpark();
        }
    }
}
