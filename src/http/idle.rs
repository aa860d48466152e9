//! The connections that nobody uses: kept for the next request, and closed after a while.
//!
//! It is tempting to use a task that sleeps and looks. But it would be in `all_tasks`, the lints would report it
//! when the loop ends, and it would keep its pool alive. A timer is enough: it wakes no task, but [`Expiry`], which
//! closes the connections that are too old. The timer exists only while a connection is kept. So it keeps no loop
//! alive, and moves virtual time only a few times. A deadlock is found a little later because of it.

use std::{
    cell::RefCell,
    collections::VecDeque,
    rc::{Rc, Weak},
    sync::Arc,
    task::Wake,
    time::Duration,
};

use slab::Slab;

use super::{connection::Connection, url::Origin};
use crate::runtime::{Core, Timer, current_loop, running_loop};

/// How long an idle connection is kept. aiohttp's figure.
const KEPT: Duration = Duration::from_secs(15);

/// The idle connections of a pool. All of them are of one loop.
#[derive(Default)]
pub(super) struct IdleConnections {
    /// The one that was put back last comes last.
    kept: RefCell<VecDeque<Idle>>,
    /// There is one while any is kept.
    alarm: RefCell<Option<Alarm>>,
}

struct Idle {
    origin: Origin,
    connection: Connection,
    /// By the loop's time.
    since: Duration,
}

impl IdleConnections {
    pub(super) fn len(&self) -> usize {
        self.kept.borrow().len()
    }

    /// Keeps a connection for the next request to the same server.
    pub(super) fn put(self: &Rc<Self>, origin: Origin, connection: Connection) {
        let core = running_loop("a connection");
        let is_other_s = |idle: &Idle| !idle.connection.is_of_this_loop();
        if self.kept.borrow().front().is_some_and(is_other_s) {
            self.close_all();
        }
        let since = core.timers.now();
        self.kept.borrow_mut().push_back(Idle { origin, connection, since });
        if self.alarm.borrow().is_none() {
            self.set_alarm(&core);
        }
    }

    /// One that leads there and can be used. The one that was used last: it is the one least likely to have been
    /// closed.
    pub(super) fn take(self: &Rc<Self>, origin: &Origin) -> Option<Connection> {
        self.close_expired();
        loop {
            let mut kept = self.kept.borrow_mut();
            let position = kept.iter().rposition(|idle| idle.origin == *origin)?;
            let mut found = kept.remove(position)?;
            let is_last = kept.is_empty();
            drop(kept); // before the connection is, if it is: closing a socket is told to the observers
            if is_last {
                drop(self.alarm.take());
            }
            if found.connection.is_usable() {
                return Some(found.connection);
            }
        }
    }

    /// Closes the one that was idle for longest.
    pub(super) fn close_oldest(self: &Rc<Self>) {
        let oldest = self.kept.borrow_mut().pop_front();
        drop(oldest);
        self.close_expired();
    }

    fn close_all(&self) {
        drop(self.alarm.take());
        drop(self.kept.take());
    }

    /// Closes those that were idle for too long, and has the timer ring for the next.
    fn close_expired(self: &Rc<Self>) {
        let core = running_loop("a connection");
        let now = core.timers.now();
        let is_expired = |idle: &&Idle| now >= idle.since.saturating_add(KEPT);
        let count = self.kept.borrow().iter().take_while(is_expired).count();
        let expired: Vec<Idle> = self.kept.borrow_mut().drain(..count).collect();
        drop(expired);
        if self.alarm.borrow().as_ref().is_some_and(|alarm| alarm.timer.is_due() || self.len() == 0)
        {
            self.set_alarm(&core);
        }
    }

    /// Has the timer ring when the oldest is too old; without any, not at all.
    fn set_alarm(self: &Rc<Self>, core: &Rc<Core>) {
        let oldest = self.kept.borrow().front().map(|idle| idle.since);
        let alarm = oldest.map(|since| Alarm::new(self, core, since.saturating_add(KEPT)));
        drop(self.alarm.replace(alarm));
    }
}

/// The pools whose idle connections are a loop's: attached to it, by number.
#[derive(Default)]
struct Keepers(Rc<RefCell<Slab<Weak<IdleConnections>>>>);

impl Drop for Keepers {
    /// The loop closes, and with it what it carries. The session may live on.
    fn drop(&mut self) {
        let all: Vec<_> =
            self.0.borrow().iter().filter_map(|(_, keeper)| keeper.upgrade()).collect();
        all.iter().for_each(|keeper| keeper.close_all());
    }
}

/// A timer that is armed for a pool. Dropping it takes it back.
struct Alarm {
    timer: Timer,
    keepers: Rc<RefCell<Slab<Weak<IdleConnections>>>>,
    number: usize,
}

impl Alarm {
    fn new(keeper: &Rc<IdleConnections>, core: &Core, at: Duration) -> Alarm {
        let keepers = core.attached::<Keepers>().unwrap_or_else(|| {
            core.attach(Keepers::default());
            core.attached().expect("it has just been attached")
        });
        let keepers = keepers.0.clone();
        let number = keepers.borrow_mut().insert(Rc::downgrade(keeper));
        let mut timer = None;
        Timer::wait(&mut timer, &core.timers, at, &Arc::new(Expiry { number }).into());
        Alarm { timer: timer.expect("it has just been armed"), keepers, number }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.keepers.borrow_mut().remove(self.number);
    }
}

/// What the timer wakes. A waker may go to any thread, so it has the pool's number and not the pool.
struct Expiry {
    number: usize,
}

impl Wake for Expiry {
    fn wake(self: Arc<Self>) {
        let keepers = current_loop().and_then(|core| core.attached::<Keepers>());
        let keeper =
            keepers.and_then(|all| all.0.borrow().get(self.number).and_then(Weak::upgrade));
        if let Some(keeper) = keeper {
            keeper.close_expired();
        }
    }
}
