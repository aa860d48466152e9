//! Timers: deadlines on one side, the wakers that wait for them on the other.
//!
//! Deadlines are whole milliseconds, the grain of the system calls that sleep, so that a thousand timers in one
//! millisecond are one wake-up. They are rounded *up*: rounded down, a sleep would end too soon.

use std::{cell::RefCell, mem, rc::Rc, task::Waker, time::Duration};

use super::heap::{Heap, Key};
use crate::trace::{Trace, What, nanoseconds, record::Foreign};

/// The latest time that a timer can be set for. Whatever is later counts as this.
pub(crate) const LATEST: Duration = Duration::from_millis(u64::MAX);

/// The timers of a loop.
pub(crate) struct Timers {
    /// The wakers, the nearest deadline (in milliseconds) on top.
    heap: RefCell<Heap<Waker>>,
    trace: Rc<Trace>,
}

impl Timers {
    pub(super) fn new(trace: Rc<Trace>) -> Timers {
        Timers { heap: RefCell::new(Heap::new()), trace }
    }

    /// How many are armed.
    pub(crate) fn len(&self) -> usize {
        self.heap.borrow().len()
    }

    pub(crate) fn now(&self) -> Duration {
        self.trace.clock.now()
    }

    /// The deadline that is so far from now. Each deadline comes from here, so that none is later
    /// than the latest timer: it would never come.
    pub(crate) fn after(&self, length: Duration) -> Duration {
        self.now().saturating_add(length).min(LATEST)
    }

    /// When the earliest timer is due.
    pub(super) fn next_deadline(&self) -> Option<Duration> {
        self.heap.borrow().first().map(deadline_of)
    }

    /// Takes out one timer that is due at `now`, the earliest first.
    pub(super) fn take_due(&self, now: Duration) -> Option<(u64, Waker)> {
        let mut heap = self.heap.borrow_mut();
        let first = heap.first()?;
        let late = now.checked_sub(deadline_of(first))?;
        let waker = heap.remove(first)?;
        drop(heap);
        self.trace.emit(|| What::TimerFired { timer: first.id, late: nanoseconds(late) });
        Some((first.id, waker))
    }
}

fn deadline_of(key: Key) -> Duration {
    Duration::from_millis(key.rank)
}

/// One armed timer. Dropping it cancels it.
pub(crate) struct Timer {
    timers: Rc<Timers>,
    key: Key,
}

impl Timer {
    /// Arms a timer. If it is already armed, it keeps its deadline, whatever `deadline` says, and
    /// wakes this waker from now on. A timer that has fired is not armed again: ask
    /// [`Timer::is_due`] first. Returns its number.
    ///
    /// # Panics
    /// If it was armed in another loop than this.
    pub(crate) fn wait(
        armed: &mut Option<Timer>,
        timers: &Rc<Timers>,
        deadline: Duration,
        waker: &Waker,
    ) -> u64 {
        if let Some(timer) = armed {
            let same_loop = Rc::ptr_eq(&timer.timers, timers);
            assert!(same_loop, "a future that waits for time was moved to another event loop");
            timer.set_waker(waker);
        }
        armed.get_or_insert_with(|| Timer::arm(timers, deadline, waker)).key.id
    }

    /// Wakes `waker` once it is `deadline`, rounded up to a millisecond, by the clock of `timers`.
    fn arm(timers: &Rc<Timers>, deadline: Duration, waker: &Waker) -> Timer {
        let of_second = u64::from(deadline.subsec_nanos().div_ceil(1_000_000));
        let rank = deadline.as_secs().saturating_mul(1_000).saturating_add(of_second);
        let waker = waker.clone();
        let key = timers.heap.borrow_mut().insert(rank, waker);
        let deadline = || nanoseconds(deadline_of(key));
        timers.trace.emit(|| What::TimerArmed { timer: key.id, deadline: deadline() });
        Timer { timers: timers.clone(), key }
    }

    /// Has its time come? If the loop has fired it, we need not ask the clock.
    pub(crate) fn is_due(&self) -> bool {
        let has_fired = self.timers.heap.borrow_mut().get_mut(self.key).is_none();
        has_fired || self.timers.now() >= deadline_of(self.key)
    }

    /// From now on wakes this waker, not the one before: a future may be moved from one task to another
    /// between two polls, and then the first waker wakes the wrong one.
    fn set_waker(&self, waker: &Waker) {
        let heap = &self.timers.heap;
        if heap.borrow_mut().get_mut(self.key).is_none_or(|kept| kept.will_wake(waker)) {
            return;
        }
        // Cloning and dropping a waker is foreign code: not while the heap is borrowed.
        let mut waker = waker.clone();
        if let Some(kept) = heap.borrow_mut().get_mut(self.key) {
            mem::swap(kept, &mut waker);
        }
        self.timers.trace.guard(Foreign::Waker, || drop(waker));
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let armed = self.timers.heap.borrow_mut().remove(self.key);
        if let Some(waker) = armed {
            self.timers.trace.guard(Foreign::Waker, || drop(waker));
            self.timers.trace.emit(|| What::TimerCancelled { timer: self.key.id });
        }
    }
}
