//! The pool: connections that are kept for the next request, and no more of them than was allowed.
//!
//! Whoever finds the pool full waits in line for a permit, first come, first served. A connection that is kept
//! holds none, but counts: before a new one is opened beside too many, the one that was idle for longest goes.

use std::{
    cell::RefCell,
    collections::{HashMap, VecDeque},
    rc::{Rc, Weak},
    time::Duration,
};

use super::{
    Error,
    connection::{Connection, Connector, Patience},
    url::Origin,
};
use crate::{
    runtime::running_loop,
    sync::{Permit, Semaphore},
};

/// How long an idle connection is kept. aiohttp's figure.
const KEPT: Duration = Duration::from_secs(15);

/// The connections of a session.
pub(super) struct Pool {
    most: usize,
    most_per_host: Option<usize>,
    keep_alive: bool,
    connector: Connector,
    permits: Semaphore,
    /// Each host's own line, where there is a bound for each.
    host_permits: RefCell<HashMap<Origin, Semaphore>>,
    /// The one that was put back last comes last.
    idle: RefCell<VecDeque<Idle>>,
}

struct Idle {
    origin: Origin,
    connection: Connection,
    /// By the loop's time.
    since: Duration,
}

/// A connection on loan. Dropping it closes the connection; [`Lease::give_back`] keeps it for the next request.
pub(super) struct Lease {
    pub(super) connection: Connection,
    /// It has served a request before; the server may have closed it since.
    pub(super) is_used: bool,
    origin: Origin,
    /// A session that has gone keeps no connections.
    pool: Weak<Pool>,
    _permits: (Option<Permit>, Permit),
}

impl Pool {
    pub(super) fn new(
        most: usize,
        most_per_host: Option<usize>,
        keep_alive: bool,
        connector: Connector,
    ) -> Pool {
        Pool {
            most,
            most_per_host,
            keep_alive,
            connector,
            permits: Semaphore::new(most),
            host_permits: RefCell::default(),
            idle: RefCell::default(),
        }
    }

    /// A connection to there: one that was kept, or a new one. Waits until there may be one more.
    pub(super) async fn lease(
        self: &Rc<Self>,
        origin: &Origin,
        patience: &Patience,
    ) -> Result<Lease, Error> {
        // The host's line first: who waits there must not hold what others could use.
        let of_host = match self.permits_of(origin) {
            Some(permits) => Some(permits.acquire().await),
            None => None,
        };
        let permit = self.permits.acquire().await;
        let kept = self.take_idle(origin);
        let is_used = kept.is_some();
        let connection = match kept {
            Some(connection) => connection,
            None => {
                self.make_room();
                Connection::open(&self.connector, origin, patience).await?
            }
        };
        let (origin, pool) = (origin.clone(), Rc::downgrade(self));
        Ok(Lease { connection, is_used, origin, pool, _permits: (of_host, permit) })
    }

    /// Opens a new connection in place of one that the server has closed. Who waited in line for that one need
    /// not do it again.
    pub(super) async fn reopen(&self, lease: Lease, patience: &Patience) -> Result<Lease, Error> {
        let Lease { connection, origin, pool, _permits, .. } = lease;
        drop(connection);
        let connection = Connection::open(&self.connector, &origin, patience).await?;
        Ok(Lease { connection, is_used: false, origin, pool, _permits })
    }

    fn permits_of(&self, origin: &Origin) -> Option<Semaphore> {
        let most = self.most_per_host?;
        let mut permits = self.host_permits.borrow_mut();
        Some(permits.entry(origin.clone()).or_insert_with(|| Semaphore::new(most)).clone())
    }

    /// The one that was used last: it is the one least likely to have been closed.
    fn take_idle(&self, origin: &Origin) -> Option<Connection> {
        self.drop_expired();
        loop {
            let mut idle = self.idle.borrow_mut();
            let position = idle.iter().rposition(|idle| idle.origin == *origin)?;
            let mut found = idle.remove(position)?;
            drop(idle);
            if found.connection.is_usable() {
                return Some(found.connection);
            }
        }
    }

    fn drop_expired(&self) {
        let now = now();
        let expired = |idle: &Idle| now.saturating_sub(idle.since) > KEPT;
        let count = self.idle.borrow().iter().take_while(|idle| expired(idle)).count();
        let dropped: Vec<Idle> = self.idle.borrow_mut().drain(..count).collect();
        drop(dropped); // no sooner than the borrow is over: closing a socket is told to the observers
    }

    /// Closes the connection that was idle for longest, if there are as many open as may be.
    fn make_room(&self) {
        self.drop_expired();
        let in_use = self.most - self.permits.value().min(self.most);
        let mut idle = self.idle.borrow_mut();
        let oldest = if idle.len() + in_use > self.most { idle.pop_front() } else { None };
        drop(idle); // before the connection is
        drop(oldest);
    }

    /// How many connections are kept.
    pub(super) fn idle(&self) -> usize {
        self.idle.borrow().len()
    }
}

impl Lease {
    /// Keeps the connection for the next request to the same server.
    pub(super) fn give_back(self) {
        let Lease { connection, origin, pool, .. } = self;
        if let Some(pool) = pool.upgrade().filter(|pool| pool.keep_alive && connection.is_settled())
        {
            pool.idle.borrow_mut().push_back(Idle { origin, connection, since: now() });
        }
    }
}

fn now() -> Duration {
    running_loop("a connection").timers.now()
}
