//! The emission side: one past-tense verb for each thing that can happen.
//!
//! Each verb costs one test of a flag while nobody watches. The verbs are called where the thing happens,
//! never with a borrow held, since what they call is foreign code.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    collections::VecDeque,
    io,
    net::SocketAddr,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use super::{Observer, Views, catch, discard, record::*, run_caught, state::State};
use crate::clock::Clock;

/// The stream's source: the loop's own, shared with its timers and sockets.
pub(crate) struct Trace {
    on: Cell<bool>,
    clock: Rc<Clock>,
    /// How long the observers have taken so far. By the records' time that is nothing, or a lint would accuse a poll
    /// of what it cost to watch it.
    watching: Cell<Duration>,
    last: Cell<u64>,
    turn: Cell<u64>,
    /// How many there were in this turn so far.
    polls: Cell<u32>,
    observers: RefCell<Vec<Option<Box<dyn Observer>>>>,
    state: Option<Rc<RefCell<State>>>,
    undelivered: RefCell<VecDeque<Record>>,
    delivering: Cell<bool>,
}

impl Trace {
    pub(crate) fn new(clock: Rc<Clock>, views: Views) -> Trace {
        let Views { observers, state } = views;
        Trace {
            on: Cell::new(!observers.is_empty()),
            clock,
            watching: Cell::default(),
            last: Cell::new(0),
            turn: Cell::new(0),
            polls: Cell::new(0),
            observers: RefCell::new(observers.into_iter().map(Some).collect()),
            state,
            undelivered: RefCell::default(),
            delivering: Cell::new(false),
        }
    }

    /// Does anybody watch?
    pub(crate) fn is_on(&self) -> bool {
        self.on.get()
    }

    /// Who made whom and who waits for whom, where a view keeps account of it.
    pub(crate) fn tree(&self) -> Option<String> {
        self.state.as_ref().map(|state| state.borrow().tree())
    }

    /// What is not watched costs a test. All that a record is made of is put together on the other side of it.
    #[inline(always)]
    fn emit(&self, what: impl FnOnce() -> What) {
        // Without the points at all: only to measure what they cost (`benches/`).
        if !cfg!(glassloop_untraced) && self.on.get() {
            self.made(what);
        }
    }

    #[cold]
    #[inline(never)]
    fn made(&self, what: impl FnOnce() -> What) {
        self.deliver(what());
    }

    /// Shows a record to the observers. What an observer itself causes waits its turn behind it, so each
    /// sees the same stream in the same order.
    fn deliver(&self, what: What) {
        let start = self.clock.now();
        let t = self.last.get().max(self.told(start));
        self.last.set(t);
        let record = Record { t, turn: self.turn.get(), what };
        if self.delivering.replace(true) {
            return self.undelivered.borrow_mut().push_back(record);
        }
        let mut observers = self.observers.take();
        self.show(&record, &mut observers);
        while let Some(record) = { self.undelivered.borrow_mut().pop_front() } {
            self.show(&record, &mut observers);
        }
        self.observers.replace(observers);
        self.delivering.set(false);
        self.watching.set(self.watching.get() + self.clock.now().saturating_sub(start));
    }

    fn show(&self, record: &Record, observers: &mut [Option<Box<dyn Observer>>]) {
        for place in &mut *observers {
            let Some(observer) = place else { continue };
            if let Err(payload) = catch(|| observer.record(record)) {
                discard(payload);
                self.guard(Foreign::Destructor, || drop(place.take()));
                let what = What::Panicked { code: Foreign::Observer };
                self.undelivered.borrow_mut().push_back(Record { what, ..record.clone() });
            }
        }
        if observers.iter().all(Option::is_none) {
            self.on.set(false);
        }
    }

    /// A time of the loop as the records tell it, in nanoseconds.
    fn told(&self, time: Duration) -> u64 {
        nanoseconds(time.saturating_sub(self.watching.get()))
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        for observer in self.observers.take() {
            run_caught(|| drop(observer));
        }
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// The loop and its turns.
impl Trace {
    pub(crate) fn loop_started(&self, main: TaskId, place: Place) {
        self.emit(move || What::LoopStarted { main, place });
    }

    pub(crate) fn loop_ended(&self, main: TaskId) {
        self.emit(move || What::LoopEnded { main });
    }

    #[inline]
    pub(crate) fn turn_started(&self) {
        self.turn.set(self.turn.get() + 1);
    }

    #[inline]
    pub(crate) fn turn_ended(&self) {
        self.emit(|| What::TurnEnded { polls: self.polls.take() });
    }

    #[inline]
    pub(crate) fn parked(&self, deadline: Option<Duration>) {
        self.emit(move || What::Parked { deadline: deadline.map(|deadline| self.told(deadline)) });
    }

    #[inline]
    pub(crate) fn unparked(&self, by: impl FnOnce() -> Rouser) {
        self.emit(move || What::Unparked { by: by() });
    }

    pub(crate) fn deadlocked(&self, tasks: usize) {
        self.emit(move || What::Deadlocked { tasks });
    }

    pub(crate) fn stuck(&self, tasks: usize) {
        self.emit(move || What::Stuck { tasks });
    }

    /// Runs foreign code by itself: a panic is caught and recorded.
    #[inline]
    pub(crate) fn guard<T>(&self, code: Foreign, foreign: impl FnOnce() -> T) -> Option<T> {
        catch(foreign).map_err(|payload| self.panicked(code, payload)).ok()
    }

    fn panicked(&self, code: Foreign, payload: Box<dyn Any + Send>) {
        discard(payload);
        self.emit(move || What::Panicked { code });
    }
}

/// Tasks.
impl Trace {
    pub(crate) fn task_created(
        &self,
        task: TaskId,
        by: Option<TaskId>,
        coroutine: &'static str,
        place: Place,
    ) {
        self.emit(move || What::TaskCreated { task, by, coroutine, place });
    }

    pub(crate) fn task_named(&self, task: TaskId, name: &str) {
        self.emit(move || What::TaskNamed { task, name: Arc::from(name) });
    }

    #[inline]
    pub(crate) fn poll_started(&self, task: TaskId, poll: u32) {
        self.emit(move || {
            self.polls.set(self.polls.get() + 1);
            What::PollStarted { task, poll }
        });
    }

    #[inline]
    pub(crate) fn poll_ended(
        &self,
        task: TaskId,
        outcome: Outcome,
        suspension: impl FnOnce() -> (Option<Wait>, usize),
    ) {
        self.emit(move || {
            let (waits, wakers) = match outcome {
                Outcome::Pending => suspension(),
                _ => (None, 0),
            };
            What::PollEnded { task, outcome, waits, wakers }
        });
    }

    #[inline]
    pub(crate) fn woken(&self, task: TaskId, by: Cause, outcome: WakeOutcome) {
        self.emit(move || What::Woken { task, by, outcome });
    }

    #[inline]
    pub(crate) fn dead_wake(&self, task: TaskId) {
        self.emit(move || What::DeadWake { task });
    }

    pub(crate) fn cancelled(&self, task: TaskId, by: Option<TaskId>) {
        self.emit(move || What::Cancelled { task, by });
    }

    pub(crate) fn dropped(&self, task: TaskId) {
        self.emit(move || What::Dropped { task });
    }

    pub(crate) fn retrieved(&self, task: TaskId) {
        self.emit(move || What::Retrieved { task });
    }

    pub(crate) fn never_retrieved(&self, task: TaskId, failure: Failure, name: &str, place: Place) {
        self.emit(move || What::NeverRetrieved { task, failure, name: Arc::from(name), place });
    }

    #[inline]
    pub(crate) fn callbacks_run(&self, task: TaskId, callbacks: u32) {
        self.emit(move || What::CallbacksRun { task, callbacks });
    }
}

/// Sockets.
impl Trace {
    #[inline]
    pub(crate) fn registered(&self, socket: u64, address: Option<SocketAddr>) {
        self.emit(move || What::Registered { socket, address });
    }

    #[inline]
    pub(crate) fn tried<T: 'static>(
        &self,
        socket: u64,
        operation: Operation,
        result: &io::Result<T>,
    ) {
        self.emit(move || What::Tried { socket, operation, outcome: attempt(result) });
    }

    #[inline]
    pub(crate) fn known_drained(&self, socket: u64, operation: Operation) {
        self.emit(move || What::Tried { socket, operation, outcome: Attempt::Drained });
    }

    #[inline]
    pub(crate) fn armed(&self, socket: u64, direction: Direction) {
        self.emit(move || What::Armed { socket, direction });
    }

    #[inline]
    pub(crate) fn ready(&self, socket: u64, readiness: impl FnOnce() -> [bool; 3]) {
        self.emit(move || {
            let [readable, writable, error] = readiness();
            What::Ready { socket, readable, writable, error }
        });
    }

    #[inline]
    pub(crate) fn disarmed(&self, socket: u64, direction: Direction) {
        self.emit(move || What::Disarmed { socket, direction });
    }

    #[inline]
    pub(crate) fn deregistered(&self, socket: u64) {
        self.emit(move || What::Deregistered { socket });
    }

    pub(crate) fn unsent(&self, socket: u64, bytes: usize) {
        self.emit(move || What::Unsent { socket, bytes });
    }
}

/// What a try came to. How many bytes were moved is known where the operation answers with a number.
fn attempt<T: 'static>(result: &io::Result<T>) -> Attempt {
    match result {
        Ok(done) => {
            let bytes = (done as &dyn Any).downcast_ref::<usize>().copied();
            Attempt::Done { bytes }
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Attempt::WouldBlock,
        Err(error) => Attempt::Failed(error.kind()),
    }
}

/// Timers and jobs.
impl Trace {
    #[inline]
    pub(crate) fn timer_armed(&self, timer: u64, deadline: Duration) {
        self.emit(move || What::TimerArmed { timer, deadline: self.told(deadline) });
    }

    #[inline]
    pub(crate) fn timer_fired(&self, timer: u64, late: Duration) {
        self.emit(move || What::TimerFired { timer, late: nanoseconds(late) });
    }

    #[inline]
    pub(crate) fn timer_cancelled(&self, timer: u64) {
        self.emit(move || What::TimerCancelled { timer });
    }

    pub(crate) fn job_queued(&self, job: u64) {
        self.emit(move || What::JobQueued { job });
    }

    pub(crate) fn job_done(&self, job: u64, thread: u32, started: Duration, ended: Duration) {
        self.emit(move || {
            let (started, ended) = (self.told(started), self.told(ended));
            What::JobDone { job, thread, started, ended }
        });
    }
}
