//! The probes: wakers that count, futures that write down what is done to them, and where they write it.

use std::{
    cell::Cell,
    env,
    future::{self, Future},
    panic::{self, Location},
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc::{self, RecvTimeoutError},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use glassloop::{
    EventLoop,
    trace::{
        TaskId, What,
        record::{Cause, Outcome, WakeOutcome},
    },
};

use super::{Failure, Log, give_up, scene};

/// How long the harness waits for what takes next to no time, before it says that it never comes.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// After so many polls a probe stops whoever polls it.
const RUNAWAY: u32 = 10_000;

/// A future behind a pointer, of no special type.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// A loop of this crate, for checks that need one: under virtual time, without views. Where the variable
/// `EXERCISE_SEED` says so, its schedule is shuffled.
pub fn event_loop() -> EventLoop {
    let builder = EventLoop::builder().unwatched().virtual_time();
    let seed = env::var("EXERCISE_SEED").ok().and_then(|seed| seed.parse().ok());
    let built = match seed {
        Some(seed) => builder.shuffle(seed).build(),
        None => builder.build(),
    };
    built.expect("the operating system gives a loop what it needs")
}

/// What this returns, run on a thread of its own; `None` if it does not come to an end. Its panic goes on here.
pub fn on_a_thread<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || sender.send(run()).is_ok());
    match receiver.recv_timeout(PATIENCE) {
        Ok(returned) => Some(returned),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => {
            thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload));
            None
        }
    }
}

/// Polls a future once.
pub fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    scene::polled(waker, || future.poll(&mut Context::from_waker(waker)))
}

/// A waker that counts how often it was called.
#[derive(Default)]
pub struct CountingWaker {
    wakes: AtomicUsize,
}

impl CountingWaker {
    #[track_caller]
    pub fn new() -> Arc<CountingWaker> {
        let counting = Arc::new(CountingWaker::default());
        scene::has_waker(Arc::as_ptr(&counting).addr());
        counting
    }

    /// A waker that counts here.
    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(self.clone())
    }

    /// How often its wakers were called.
    pub fn wakes(&self) -> usize {
        self.wakes.load(SeqCst)
    }

    /// How many of its wakers somebody still has.
    pub fn held(self: &Arc<Self>) -> usize {
        Arc::strong_count(self) - 1
    }
}

impl Wake for CountingWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        scene::woken(Arc::as_ptr(self).addr());
        self.wakes.fetch_add(1, SeqCst);
    }
}

/// Stops whoever polls a future for ever. Each future of a check calls this in each poll.
pub fn stop_runaway(polls: u32) {
    if polls >= RUNAWAY {
        give_up(Failure::new("runaway", &[&polls]));
    }
}
