use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

pub fn block_on<F: Future>(future: F) -> F::Output {
    let count = Arc::new(Count { wakes: AtomicU64::new(0), sleeper: thread::current() });
    let waker = Waker::from(count.clone());
    let mut future = pin!(future);
    loop {
        let before = count.wakes.load(SeqCst);
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        // Any wake since then is reason enough for one poll.
        while count.wakes.load(SeqCst) == before {
            thread::park();
        }
    }
}

struct Count {
    wakes: AtomicU64,
    sleeper: Thread,
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, SeqCst);
        self.sleeper.unpark();
    }
}
