//! The clock of a loop: real or virtual, and stopped while somebody steps through the run.

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

/// What time it is: since the loop was made.
pub(crate) enum Clock {
    /// Counts from a moment. This moment moves on by the time for which the clock was stopped.
    Real { start: Cell<Instant>, stops: RefCell<Vec<Stop>> },
    /// Stands still until the loop lets it jump.
    Virtual(Cell<Duration>),
}

/// The clock was stopped: since when, and for how long.
pub(crate) struct Stop {
    begin: Instant,
    length: Duration,
}

impl Clock {
    pub(crate) fn real() -> Clock {
        Clock::Real { start: Cell::new(Instant::now()), stops: RefCell::default() }
    }

    pub(crate) fn virtual_time() -> Clock {
        Clock::Virtual(Cell::default())
    }

    pub(crate) fn now(&self) -> Duration {
        match self {
            Clock::Real { start, .. } => start.get().elapsed(),
            Clock::Virtual(now) => now.get(),
        }
    }

    /// The time at a moment that another thread recorded. This clock may have been stopped then.
    pub(crate) fn at(&self, moment: Instant) -> Duration {
        let Clock::Real { start, stops } = self else { return self.now() };
        // How long the clock was stopped after that moment. If the moment is inside a stop, only
        // the rest of it counts.
        let later = |stop: &Stop| {
            (stop.begin + stop.length).saturating_duration_since(moment).min(stop.length)
        };
        let later: Duration =
            stops.borrow().iter().rev().map(later).take_while(|it| !it.is_zero()).sum();
        (moment + later).saturating_duration_since(start.get())
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

    /// Calls something that takes no time by this clock.
    pub(crate) fn stopped<T>(&self, meanwhile: impl FnOnce() -> T) -> T {
        let begin = Instant::now();
        let result = meanwhile();
        if let Clock::Real { start, stops } = self {
            let length = begin.elapsed();
            start.set(start.get() + length);
            stops.borrow_mut().push(Stop { begin, length });
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_of_another_thread_is_told_by_a_clock_that_was_stopped() {
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        let stop = |begin, length| Stop { begin: at(begin), length: Duration::from_millis(length) };
        // Stopped from 10 to 30 ms, and from 50 to 100 ms.
        let stops = RefCell::new(vec![stop(10, 20), stop(50, 50)]);
        let clock = Clock::Real { start: Cell::new(at(70)), stops };
        let told = [0, 5, 10, 20, 30, 40, 50, 99, 100, 110].map(|ms| clock.at(at(ms)).as_millis());
        assert_eq!(told, [0, 5, 10, 10, 10, 20, 30, 30, 30, 40]);
    }
}
