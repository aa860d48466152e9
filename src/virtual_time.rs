//! Virtual time: nobody sleeps, the clock jumps.

use std::time::{Duration, Instant};

use mio::Events;

use crate::runtime::Core;

impl Core {
    /// Instead of sleeping until the deadline, makes it be that time; unless something real is going on.
    /// A job on a thread is waited for. Sockets get a moment, if somebody waits for them: the peer may be
    /// another thread that has yet to be scheduled, and a mere look would jump past its answer.
    pub(crate) fn sleep_virtually(&self, deadline: Option<Duration>) -> Events {
        let Some(deadline) = deadline.filter(|_| !self.inbox.await_job()) else {
            return self.reactor.wait(None);
        };
        let grace = match self.reactor.waiting.get() {
            0 => Duration::ZERO,
            _ => self.grace,
        };
        let start = Instant::now();
        let events = self.reactor.wait(Some(grace));
        if events.is_empty() && start.elapsed() >= grace {
            self.timers.clock.jump(deadline);
        }
        events
    }
}
