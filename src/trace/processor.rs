//! How long the system let this thread wait for a processor, although it was ready to run.
//!
//! Beside a busy program a poll of a microsecond may last for a tenth of a second by the clock. Whoever accuses it of
//! that accuses the wrong one.

use std::{cell::Cell, time::Duration};

/// To ask costs some microseconds, so it is not asked more often than this. It is the resolution, too.
const INTERVAL: Duration = Duration::from_millis(10);

/// Keeps account of it, for one thread.
#[derive(Default)]
pub(super) struct Processor {
    asked_at: Cell<Duration>,
    waited: Cell<u64>,
}

impl Processor {
    /// How long the thread has waited since this was asked last, in nanoseconds; 0, if that was only a moment ago.
    pub(super) fn waited_until(&self, now: Duration) -> u64 {
        if now.saturating_sub(self.asked_at.get()) < INTERVAL {
            return 0;
        }
        self.asked_at.set(now);
        let waited = waited_in_all().unwrap_or(0);
        waited.saturating_sub(self.waited.replace(waited))
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
