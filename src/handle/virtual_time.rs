//! Virtual time: nobody sleeps, the clock jumps.

use std::time::{Duration, Instant};

use mio::Events;

use crate::{runtime::Core, waits::Outsiders};

pub(super) struct VirtualTime {
    /// How long sockets are waited for, in real time, before time jumps.
    pub(super) grace: Duration,
}

impl VirtualTime {
    /// Instead of sleeping until the deadline, sets the clock to that time, unless something real is going on. It
    /// waits for a job on a thread. It gives sockets a moment, if somebody waits for them: the peer may be another
    /// thread that has not run yet, and a look without waiting would jump past its answer.
    pub(super) fn sleep(&self, core: &Core, deadline: Duration) -> Events {
        if Outsiders::of(core).have_jobs() {
            return core.reactor.wait(None);
        }
        let grace = match core.reactor.waiting.get() {
            0 => Duration::ZERO,
            _ => self.grace,
        };
        let start = Instant::now();
        let events = core.reactor.wait(Some(grace));
        if events.is_empty() && start.elapsed() >= grace {
            core.trace.clock.jump(deadline);
        }
        events
    }
}
