//! How a loop sleeps when nothing is ready. It does not sleep if that would be for ever, or if time is virtual.

use std::time::Duration;

use mio::Events;

use super::{
    deadlock::{Outlook, outlook, sleep_in_doubt},
    virtual_time::VirtualTime,
};
use crate::runtime::{Core, Idle};

/// How the loops of this crate sleep.
pub(super) struct Sleeper {
    /// `None`: by the real clock.
    pub(super) virtual_time: Option<VirtualTime>,
}

impl Idle for Sleeper {
    fn sleep(&self, core: &Core, deadline: Option<Duration>) -> Option<Events> {
        let Some(deadline) = deadline else {
            return match outlook(core) {
                Outlook::Known => Some(core.reactor.wait(None)),
                Outlook::Unknown => Some(sleep_in_doubt(core)),
                Outlook::Deadlock => None,
            };
        };
        Some(match &self.virtual_time {
            Some(virtual_time) => virtual_time.sleep(core, deadline),
            None => core.reactor.wait(Some(deadline.saturating_sub(core.timers.now()))),
        })
    }
}
