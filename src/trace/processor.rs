//! How long the system let this thread wait for a processor, although it was ready to run.
//!
//! Beside a busy program, a poll of a microsecond may take a tenth of a second by the clock. That
//! is not its fault.

use std::{cell::Cell, time::Duration};

/// Asking costs some microseconds, so we don't ask more often than this. It is also the resolution.
const INTERVAL: Duration = Duration::from_millis(10);

/// Counts this time for one thread.
#[derive(Default)]
pub(super) struct Processor {
    /// `None` before the first time: what the thread had waited until then is not part of the run.
    asked_at: Cell<Option<Duration>>,
    waited: Cell<u64>,
}

impl Processor {
    /// How long the thread has waited since this was asked last, in nanoseconds; 0, if that was only a moment ago.
    pub(super) fn waited_until(&self, now: Duration) -> u64 {
        let asked_at = self.asked_at.get();
        if asked_at.is_some_and(|at| now.saturating_sub(at) < INTERVAL) {
            return 0;
        }
        self.asked_at.set(Some(now));
        let waited = waited_in_all().unwrap_or(0);
        let before = self.waited.replace(waited);
        if asked_at.is_some() { waited.saturating_sub(before) } else { 0 }
    }
}

/// The second number is what we want: the time spent waiting on a run queue.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn waited_in_all() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn waited_in_all() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_thread_had_waited_before_the_first_record_is_no_part_of_the_run() {
        let processor = Processor::default();
        assert_eq!(processor.waited_until(Duration::from_secs(1)), 0);
        assert_eq!(processor.waited_until(Duration::from_secs(1)), 0, "a moment ago");
        processor.waited.set(0);
        let in_all = waited_in_all().unwrap_or(0);
        assert!(processor.waited_until(Duration::from_secs(2)) >= in_all);
    }
}
