//! The emission side: how an event becomes a record, and reaches the observers.
//!
//! A point of emission is one line, `trace.emit(|| What::…)`, where the thing happens. It costs one test of a flag
//! while nobody watches. It never runs while a borrow is held, because observers are foreign code.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use super::{
    Clock, Observer, Record, What, catch, discard,
    processor::Processor,
    record::{Foreign, Lost},
    run_caught,
};

/// The stream's source: the loop's own, shared with its timers and sockets.
pub(crate) struct Trace {
    on: Cell<bool>,
    /// The loop's clock: records and timers use it.
    pub(crate) clock: Rc<Clock>,
    /// When the last record was made.
    last: Cell<u64>,
    /// How long it took to show it.
    watching: Cell<u64>,
    processor: Processor,
    turn: Cell<u64>,
    observers: RefCell<Vec<Option<Box<dyn Observer>>>>,
    undelivered: RefCell<VecDeque<Record>>,
    delivering: Cell<bool>,
    /// The name of the loop; only for observers.
    pub(crate) name: Option<Arc<str>>,
}

impl Trace {
    pub(crate) fn new(
        clock: Rc<Clock>,
        observers: Vec<Box<dyn Observer>>,
        name: Option<Arc<str>>,
    ) -> Trace {
        Trace {
            on: Cell::new(!observers.is_empty()),
            clock,
            last: Cell::new(0),
            watching: Cell::new(0),
            processor: Processor::default(),
            turn: Cell::new(0),
            observers: RefCell::new(observers.into_iter().map(Some).collect()),
            undelivered: RefCell::default(),
            delivering: Cell::new(false),
            name,
        }
    }

    /// Does anybody watch?
    pub(crate) fn is_on(&self) -> bool {
        self.on.get()
    }

    /// A turn of the loop begins: the records that follow belong to it.
    #[inline]
    pub(crate) fn next_turn(&self) {
        self.turn.set(self.turn.get() + 1);
    }

    /// Records what happened. If nobody watches, this costs one test: the record is made only after
    /// the test.
    #[inline(always)]
    pub(crate) fn emit(&self, what: impl FnOnce() -> What) {
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

    /// Shows a record to the observers. A record that an observer itself causes waits its turn, so
    /// each observer sees the same stream in the same order.
    fn deliver(&self, what: What) {
        let start = self.clock.now();
        let before = self.last.get();
        let t = before.max(nanoseconds(start));
        self.last.set(t);
        let record = Record { t, turn: self.turn.get(), lost: self.lost(start, t - before), what };
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
        self.watching.set(nanoseconds(self.clock.now().saturating_sub(start)));
    }

    /// How much of the time since the last record was lost.
    fn lost(&self, now: Duration, since: u64) -> Lost {
        if self.clock.is_virtual() {
            return Lost::default();
        }
        if self.delivering.get() {
            return Lost { watching: since, preempted: 0 }; // an observer has caused it
        }
        let watching = self.watching.take().min(since);
        Lost { watching, preempted: self.processor.waited_until(now).min(since - watching) }
    }

    fn show(&self, record: &Record, observers: &mut [Option<Box<dyn Observer>>]) {
        for seat in &mut *observers {
            let Some(observer) = seat else { continue };
            if let Err(payload) = catch(|| observer.record(record)) {
                discard(payload);
                self.guard(Foreign::Destructor, || drop(seat.take()));
                let what = What::Panicked { code: Foreign::Observer };
                self.undelivered.borrow_mut().push_back(Record { what, ..record.clone() });
            }
        }
        if observers.iter().all(Option::is_none) {
            self.on.set(false);
        }
    }

    /// Runs foreign code: a panic is caught and recorded.
    #[inline]
    pub(crate) fn guard<T>(&self, code: Foreign, foreign: impl FnOnce() -> T) -> Option<T> {
        catch(foreign).map_err(|payload| self.panicked(code, payload)).ok()
    }

    fn panicked(&self, code: Foreign, payload: Box<dyn Any + Send>) {
        discard(payload);
        self.emit(move || What::Panicked { code });
    }
}

impl Trace {
    /// Nobody watches any more. An observer may own something that owns the trace, such as a
    /// `Sleep`. So call this when the loop goes.
    pub(crate) fn drop_observers(&self) {
        self.on.set(false);
        for observer in self.observers.take() {
            run_caught(|| drop(observer));
        }
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        self.drop_observers();
    }
}

/// A duration as records count it. A longer one counts as for ever.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
