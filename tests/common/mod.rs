//! What the tests share: a loop whose trace is written down, and the question whether anything was left.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use glassloop::{
    Builder, Counters, EventLoop, timeout,
    trace::{Record, What},
};

/// The lines of a trace, as they come.
#[derive(Clone, Default)]
pub struct Lines(Rc<RefCell<Vec<String>>>);

impl Lines {
    /// All lines so far, and empties the list.
    pub fn take(&self) -> Vec<String> {
        self.0.take()
    }

    /// Those that begin with one of these words.
    pub fn take_only(&self, words: &[&str]) -> Vec<String> {
        let is_wanted = |line: &String| words.iter().any(|word| line.starts_with(word));
        self.take().into_iter().filter(is_wanted).collect()
    }
}

/// A loop that writes its trace down.
pub fn recorded(builder: Builder) -> (EventLoop, Lines) {
    let lines = Lines::default();
    let list = lines.0.clone();
    let observer = move |record: &Record| list.borrow_mut().push(record.what.to_string());
    (builder.observer(observer).build().expect("a loop can be made"), lines)
}

/// A loop under virtual time that writes its trace down.
pub fn virtual_and_recorded() -> (EventLoop, Lines) {
    recorded(EventLoop::builder().unwatched().virtual_time())
}

/// The records themselves, where the lines don't say enough.
pub fn with_records(builder: Builder) -> (EventLoop, Rc<RefCell<Vec<What>>>) {
    let list = Rc::new(RefCell::new(Vec::new()));
    let records = list.clone();
    let observer = move |record: &Record| list.borrow_mut().push(record.what.clone());
    (builder.observer(observer).build().expect("a loop can be made"), records)
}

/// A loop whose records are kept as they are, for the views that are functions of them.
pub fn kept(builder: Builder) -> (EventLoop, Rc<RefCell<Vec<Record>>>) {
    let list = Rc::new(RefCell::new(Vec::new()));
    let records = list.clone();
    let observer = move |record: &Record| list.borrow_mut().push(record.clone());
    (builder.observer(observer).build().expect("a loop can be made"), records)
}

/// After this, nothing may be left of what was cancelled.
#[track_caller]
pub fn assert_nothing_left(event_loop: &EventLoop) {
    let Counters { tasks, timers, sockets, waiting, jobs, .. } = event_loop.counters();
    let left = (tasks, timers, sockets, waiting, jobs);
    assert_eq!(left, (0, 0, 0, 0, 0), "(tasks, timers, sockets, waiting, jobs) that are left");
}

/// A waker that counts how often it is woken.
#[derive(Default)]
pub struct CountingWaker(AtomicUsize);

impl CountingWaker {
    pub fn new() -> (Arc<CountingWaker>, Waker) {
        let count = Arc::new(CountingWaker::default());
        (count.clone(), count.into())
    }

    pub fn wakes(&self) -> usize {
        self.0.load(SeqCst)
    }
}

impl Wake for CountingWaker {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Polls a future once by hand, with a waker of one's own.
pub fn poll_with<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// A waker that runs code of the test's own: when it is woken, and when its last clone goes.
pub struct Hook {
    on_wake: fn(),
    on_drop: fn(),
}

impl Hook {
    pub fn on_wake(on_wake: fn()) -> Waker {
        Arc::new(Hook { on_wake, on_drop: || {} }).into()
    }

    pub fn on_drop(on_drop: fn()) -> Waker {
        Arc::new(Hook { on_wake: || {}, on_drop }).into()
    }
}

impl Wake for Hook {
    fn wake(self: Arc<Self>) {
        (self.on_wake)();
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        (self.on_drop)();
    }
}

/// Runs code when it is dropped.
pub struct OnDrop<F: FnMut()>(pub F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Where a lost wake would leave a test asleep for ever, this makes it fail instead. Under virtual time it
/// costs nothing.
const MINUTE: Duration = Duration::from_secs(60);

/// Runs a test in a loop of its own under virtual time, and asks whether anything was left of it.
pub fn run<F: Future>(test: F) -> F::Output {
    run_on(&EventLoop::builder().unwatched().virtual_time().build().unwrap(), test)
}

/// The same, in a loop that the test has made.
#[track_caller]
pub fn run_on<F: Future>(event_loop: &EventLoop, test: F) -> F::Output {
    let output = event_loop.run_until_complete(timeout(MINUTE, test)).expect("somebody hangs");
    assert_nothing_left(event_loop);
    output
}

/// What the tests say themselves, in order.
#[derive(Clone, Default)]
pub struct Log(Rc<RefCell<Vec<&'static str>>>);

impl Log {
    pub fn say(&self, words: &'static str) {
        self.0.borrow_mut().push(words);
    }

    pub fn take(&self) -> Vec<&'static str> {
        self.0.take()
    }
}
