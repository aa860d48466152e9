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

/// The flag of exercise 2, and the thread that sleeps until it is set.
struct Alarm {
    sleeper: Thread,
    is_set: AtomicBool,
}

impl Alarm {
    /// If the wake came before, `swap` sees it. If it comes between `swap` and `park`, this `park` returns at once: an
    /// `unpark` is remembered. And `park` may return for no reason at all, hence the loop.
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

    /// First the flag, then the thread: the other way round it might look, find nothing, and sleep on.
    fn wake_by_ref(self: &Arc<Self>) {
        self.is_set.store(true, SeqCst);
        self.sleeper.unpark();
    }
}
