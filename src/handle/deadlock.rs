//! Deadlock: the loop is about to sleep, and nothing is left that could ever wake it.
//!
//! It is tempting to sleep anyway: then the program hangs, and says nothing. A loop on one thread can do better. It
//! sleeps
//! for a timer, a socket, a job, or for something that another thread may send. If there is none of these, only a waker
//! could help. And if each clone of each waker belongs to a task that waits itself
//! ([`KnownWaker`](crate::sync::KnownWaker)), nobody is left to call one.
//!
//! It misses two cases: a waker that is kept where nobody will call it, and a [`LoopHandle`] that is never dropped. It
//! never reports a deadlock that is none.
//!
//! [`LoopHandle`]: crate::LoopHandle

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use mio::Events;

use super::dump::{dump_of, tree_of};
use crate::{
    runtime::{Core, Entry},
    trace::{What, record::Wait},
    views::all_wait,
    waits::Outsiders,
};

/// How long nothing has happened, when it is said that nobody knows who might wake the loop.
const DOUBT: Duration = Duration::from_secs(5);

/// What a sleep without a deadline can hope for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outlook {
    /// A socket, a job or another thread.
    Known,
    /// Somebody has a waker, and it can't be known who.
    Unknown,
    /// Nothing.
    Deadlock,
}

/// Call this when the inbox is empty and the loop is marked as sleeping: something that comes later wakes the loop,
/// and it asks again.
pub(super) fn outlook(core: &Core) -> Outlook {
    // Outsiders first, the inbox next, the wakers last. This order is safe: an outsider, or somebody with a waker,
    // first puts something into the inbox and only then goes.
    if core.reactor.waiting.get() > 0 || Outsiders::of(core).are_there() || !core.inbox.is_empty() {
        return Outlook::Known;
    }
    match core.tasks.any(|slot| slot.waker.is_at_large()) {
        true => Outlook::Unknown,
        false => Outlook::Deadlock,
    }
}

/// Sleeps for ever, if it must. Now and then it reports to the observers that this may be the case.
pub(super) fn sleep_in_doubt(core: &Core) -> Events {
    let start = Instant::now();
    let events = core.reactor.wait(core.trace.is_on().then_some(DOUBT));
    // A signal, too, ends a wait without an event.
    if events.is_empty() && start.elapsed() >= DOUBT {
        core.trace.emit(|| What::Stuck { tasks: core.tasks.len() });
    }
    events
}

/// What can be said of a deadlock: which tasks wait, and for what.
pub(super) fn report(core: &Rc<Core>, main: Entry) -> String {
    let tasks = core.tasks.len();
    core.trace.emit(|| What::Deadlocked { tasks });
    let who = tree_of(core).unwrap_or_else(|| {
        let wait = core.tasks.with(main, |slot| slot.wait).flatten();
        let wait = wait.map(|Wait { what, place }| {
            format!("main waits for {what} at {}:{}\n", place.file(), place.line())
        });
        wait.unwrap_or_default() + &dump_of(core)
    });
    format!("deadlock: {}\n{who}", all_wait(tasks))
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, task::Poll};

    use super::*;
    use crate::{net::TcpListener, runtime::current_loop};

    #[test]
    fn a_socket_that_is_waited_for_is_known_and_a_waker_in_other_hands_is_not() {
        crate::run(async {
            let core = current_loop().expect("it runs");
            let outlook = || outlook(&core);
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
