//! The clock of a loop: real or virtual, and stopped while somebody steps through the run.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

/// What time it is: since the loop was made.
pub(crate) enum Clock {
    /// Counts from this moment, which is moved on by as long as the clock was stopped.
    Real(Cell<Instant>),
    /// Stands still until the loop makes it jump.
    Virtual(Cell<Duration>),
}

impl Clock {
    pub(crate) fn real() -> Clock {
        Clock::Real(Cell::new(Instant::now()))
    }

    pub(crate) fn virtual_time() -> Clock {
        Clock::Virtual(Cell::default())
    }

    pub(crate) fn now(&self) -> Duration {
        match self {
            Clock::Real(start) => start.get().elapsed(),
            Clock::Virtual(now) => now.get(),
        }
    }

    /// The time at a moment that another thread has taken down.
    pub(crate) fn at(&self, moment: Instant) -> Duration {
        match self {
            Clock::Real(start) => moment.saturating_duration_since(start.get()),
            Clock::Virtual(now) => now.get(),
        }
    }

    /// Virtual time only: it is `deadline` now.
    pub(crate) fn jump(&self, deadline: Duration) {
        if let Clock::Virtual(now) = self {
            now.set(deadline.max(now.get()));
        }
    }

    pub(crate) fn is_virtual(&self) -> bool {
        matches!(self, Clock::Virtual(_))
    }

    /// Does something that takes no time, by this clock.
    pub(crate) fn stopped<T>(&self, meanwhile: impl FnOnce() -> T) -> T {
        let stop = Instant::now();
        let result = meanwhile();
        if let Clock::Real(start) = self {
            start.set(start.get() + stop.elapsed());
        }
        result
    }
}
