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

/// A future that asks to be polled so many times and wakes its task in between, and writes down what is done to it.
pub struct Probe {
    task: TaskId,
    log: Log,
    left: u32,
    polls: Rc<Cell<u32>>,
    is_done: bool,
}

impl Probe {
    /// `task` is its number in the story, `name` its name there.
    #[track_caller]
    pub fn new(log: &Log, task: u64, name: &'static str, pending: u32) -> Probe {
        let place = Location::caller();
        log.note(What::TaskCreated { task: TaskId(task), by: None, coroutine: name, place });
        let polls = Rc::default();
        Probe { task: TaskId(task), log: log.clone(), left: pending, polls, is_done: false }
    }

    /// Counts its polls, also once it is gone.
    pub fn polls(&self) -> Rc<Cell<u32>> {
        self.polls.clone()
    }

    /// As a child of an answer's: a future of its number.
    pub fn boxed(mut self) -> BoxFuture<u32> {
        Box::pin(future::poll_fn(move |context| {
            let number = poll_once(Pin::new(&mut self), context.waker());
            number.map(|number| u32::try_from(number).unwrap_or(u32::MAX))
        }))
    }
}

impl Future for Probe {
    /// Its number.
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u64> {
        let polls = self.polls.get() + 1;
        self.polls.set(polls);
        stop_runaway(polls);
        let task = self.task;
        self.log.note(What::PollStarted { task, poll: polls });
        let outcome = if self.left == 0 { Outcome::Ready } else { Outcome::Pending };
        if outcome == Outcome::Pending {
            self.left -= 1;
            let (by, outcome) = (Cause::Task(task), WakeOutcome::Queued);
            self.log.note(What::Woken { task, by, outcome });
            context.waker().wake_by_ref();
        }
        self.log.note(What::PollEnded { task, outcome, waits: None, wakers: 1 });
        match outcome {
            Outcome::Ready => {
                self.is_done = true;
                Poll::Ready(task.0)
            }
            _ => Poll::Pending,
        }
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        if !self.is_done {
            self.log.note(What::Dropped { task: self.task });
        }
    }
}
