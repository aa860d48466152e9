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

use std::time::{Duration, Instant};

use mio::Events;

use crate::{
    runtime::{Core, Entry},
    trace::{all_wait, record::Wait},
};

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
        if self.reactor.waiting.get() > 0 || !self.inbox.is_forsaken() {
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
        let start = Instant::now();
        let events = self.reactor.wait(self.trace.is_on().then_some(DOUBT));
        // A signal, too, ends a wait without an event.
        if events.is_empty() && start.elapsed() >= DOUBT {
            self.trace.stuck(self.tasks.len());
        }
        events
    }

    /// What can be said of a deadlock: which tasks wait, and for what.
    pub(crate) fn deadlock_report(&self, main: Entry) -> String {
        let waiting = self.tasks.len();
        self.trace.deadlocked(waiting);
        let who = self.trace.tree().unwrap_or_else(|| {
            let wait = self.tasks.wait_of(main).map(|Wait { what, place }| {
                format!("main waits for {what} at {}:{}\n", place.file(), place.line())
            });
            wait.unwrap_or_default() + &self.dump()
        });
        format!("deadlock: {}\n{who}", all_wait(waiting))
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, task::Poll};

    use super::*;
    use crate::{net::TcpListener, runtime::current};

    #[test]
    fn a_socket_that_is_waited_for_is_known_and_a_waker_in_other_hands_is_not() {
        crate::run(async {
            let core = current().expect("it runs");
            let outlook = || core.outlook();
            assert!(outlook() == Outlook::Deadlock);
            let listener = TcpListener::bind(([127, 0, 0, 1], 0).into()).expect("a port is free");
            let mut accept = Box::pin(listener.accept());
            let kept = poll_fn(|context| {
                assert!(accept.as_mut().poll(context).is_pending());
                Poll::Ready(context.waker().clone())
            });
            let kept = kept.await;
            assert!(outlook() == Outlook::Known);
            drop(accept);
            assert!(outlook() == Outlook::Unknown);
            drop(kept);
            assert!(outlook() == Outlook::Deadlock);
        });
    }
}
