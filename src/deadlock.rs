//! Deadlock: the loop is about to sleep, and nothing is left that could ever wake it.
//!
//! The tempting way is to sleep all the same: the program hangs, and says nothing. A loop on one thread
//! can know better. It sleeps for a timer, a socket, a job, or for what another thread may send. Where there is
//! none of these, only a waker could help; and if each clone of each waker is in the hands of a task
//! that waits itself ([`HeldWaker`](crate::held::HeldWaker)), nobody is left to call one.
//!
//! What hides from it: a waker that is kept where nobody will call it, and a [`LoopHandle`] that is
//! never dropped. It never accuses wrongly.
//!
//! [`LoopHandle`]: crate::LoopHandle

use std::time::Duration;

use mio::Events;

use crate::runtime::Core;

/// How long nothing has happened, when it is said that nobody knows who might wake the loop.
const DOUBT: Duration = Duration::from_secs(5);

/// What a sleep without a deadline can hope for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outlook {
    /// A socket, a job or another thread.
    Known,
    /// Somebody has a waker, and it can't be known who.
    Unknown,
    /// Nothing.
    Deadlock,
}

impl Core {
    /// To be asked once the inbox was found empty and the loop is marked as sleeping: whoever comes in later
    /// than that rouses it, and it asks again.
    pub(crate) fn outlook(&self) -> Outlook {
        if self.reactor.waiting() > 0 || !self.inbox.is_forsaken() {
            return Outlook::Known;
        }
        // The inbox first, the wakers next: a thread puts a clone into the inbox before it lets go of its
        // own, so in one of the two places it is seen.
        match self.tasks.has_waker_at_large() {
            true => Outlook::Unknown,
            false => Outlook::Deadlock,
        }
    }

    /// Sleeps for ever, if need be. Whoever watches is told now and then that it looks like it.
    pub(crate) fn sleep_in_doubt(&self) -> Events {
        let events = self.reactor.wait(self.trace.is_on().then_some(DOUBT));
        if events.is_empty() {
            self.trace.stuck(self.tasks.len());
        }
        events
    }

    /// What can be said of a deadlock: which tasks wait, and for what.
    pub(crate) fn deadlock_report(&self) -> String {
        let waiting = self.tasks.len();
        self.trace.deadlocked(waiting);
        let all = match waiting {
            1 => "the only task waits and nothing can wake it".to_string(),
            _ => format!("all {waiting} tasks wait and nothing can wake them"),
        };
        format!("deadlock: {all}\n{}", self.dump())
    }

    /// Who made whom, who waits for whom; as the views know it, or else as the tasks themselves do.
    pub(crate) fn dump(&self) -> String {
        self.trace.tree().unwrap_or_else(|| {
            let tasks = self.tasks.unfinished();
            let reprs = tasks.into_iter().filter_map(|entry| self.tasks.get(entry));
            reprs.map(|task| task.repr() + "\n").collect()
        })
    }
}
