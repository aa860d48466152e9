//! The pool: connections that are kept for the next request, and not more than allowed.
//!
//! If the pool is full, a request waits in line for a permit, first come, first served. A kept connection holds no
//! permit, but it counts: when a new connection would be one too many, the one that was idle for longest is closed.

use std::{
    cell::RefCell,
    collections::HashMap,
    rc::{Rc, Weak},
};

use super::{
    Error,
    connection::{Connection, Connector, Patience},
    idle::IdleConnections,
    url::Origin,
};
use crate::sync::{Permit, Semaphore};

/// The connections of a session.
pub(super) struct Pool {
    most: usize,
    most_per_host: Option<usize>,
    keep_alive: bool,
    connector: Connector,
    permits: Semaphore,
    /// Each host's own line, where there is a bound for each.
    host_lines: RefCell<HashMap<Origin, Weak<HostLine>>>,
    idle: Rc<IdleConnections>,
}

/// What one connection more needs.
pub(super) struct Permits {
    _of_host: Option<HostPermit>,
    _permit: Permit,
}

/// A permit of a host's own line.
struct HostPermit {
    _permit: Permit,
    _line: Rc<HostLine>,
}

/// The line of a host, where there is a bound for each. It is forgotten with the last who waits in it or has its
/// permit: a crawler sees many hosts.
struct HostLine {
    permits: Semaphore,
    pool: Weak<Pool>,
    origin: Origin,
}

/// A connection on loan. Dropping it closes the connection; [`Lease::give_back`] keeps it for the next request.
pub(super) struct Lease {
    pub(super) connection: Connection,
    /// It has served a request before; the server may have closed it since.
    pub(super) is_used: bool,
    origin: Origin,
    /// A session that has gone keeps no connections.
    pool: Weak<Pool>,
    _permits: Permits,
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
            host_lines: RefCell::default(),
            idle: Rc::default(),
        }
    }

    /// Waits until there may be one connection more to there.
    pub(super) async fn permits(self: &Rc<Self>, origin: &Origin) -> Permits {
        // The host's line first: who waits there must not hold what others could use.
        let _of_host = match self.most_per_host {
            Some(most) => Some(self.host_permit(origin, most).await),
            None => None,
        };
        Permits { _of_host, _permit: self.permits.acquire().await }
    }

    async fn host_permit(self: &Rc<Self>, origin: &Origin, most: usize) -> HostPermit {
        let line = self.host_line(origin, most);
        HostPermit { _permit: line.permits.acquire().await, _line: line }
    }

    fn host_line(self: &Rc<Self>, origin: &Origin, most: usize) -> Rc<HostLine> {
        let mut lines = self.host_lines.borrow_mut();
        if let Some(line) = lines.get(origin).and_then(Weak::upgrade) {
            return line;
        }
        let (permits, pool) = (Semaphore::new(most), Rc::downgrade(self));
        let line = Rc::new(HostLine { permits, pool, origin: origin.clone() });
        lines.insert(origin.clone(), Rc::downgrade(&line));
        line
    }

    /// A connection to there: one that was kept, or a new one.
    pub(super) async fn lease(
        self: &Rc<Self>,
        permits: Permits,
        origin: &Origin,
        patience: &Patience,
    ) -> Result<Lease, Error> {
        let kept = self.idle.take(origin);
        let is_used = kept.is_some();
        let connection = match kept {
            Some(connection) => connection,
            None => {
                self.make_room();
                Connection::open(&self.connector, origin, patience).await?
            }
        };
        let (origin, pool) = (origin.clone(), Rc::downgrade(self));
        Ok(Lease { connection, is_used, origin, pool, _permits: permits })
    }

    /// Opens a new connection in place of one that the server has closed. Who waited in line for that one need
    /// not do it again.
    pub(super) async fn reopen(&self, lease: Lease, patience: &Patience) -> Result<Lease, Error> {
        let Lease { connection, origin, pool, _permits, .. } = lease;
        drop(connection);
        let connection = Connection::open(&self.connector, &origin, patience).await?;
        Ok(Lease { connection, is_used: false, origin, pool, _permits })
    }

    /// Closes the connection that was idle for longest, if there are as many open as may be.
    fn make_room(&self) {
        let in_use = self.most - self.permits.value().min(self.most);
        if self.idle.len() + in_use > self.most {
            self.idle.close_oldest();
        }
    }

    /// How many connections are kept.
    pub(super) fn idle(&self) -> usize {
        self.idle.len()
    }
}

impl Drop for HostLine {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.host_lines.borrow_mut().remove(&self.origin);
        }
    }
}

impl Lease {
    /// Keeps the connection for the next request to the same server.
    pub(super) fn give_back(self) {
        let Lease { connection, origin, pool, .. } = self;
        if let Some(pool) = pool.upgrade().filter(|pool| pool.keep_alive && connection.is_settled())
        {
            pool.idle.put(origin, connection);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{http::Url, waits::timeout};

    #[test]
    fn a_host_s_line_is_forgotten_with_the_last_who_was_in_it() {
        let pool = Rc::new(Pool::new(100, Some(1), true, Connector::default()));
        let lines = || pool.host_lines.borrow().len();
        crate::run(async {
            for n in 0..1000 {
                let origin = Url::parse(&format!("http://host{n}/")).expect("a URL").origin();
                let first = pool.permits(&origin).await;
                let second = timeout(Duration::ZERO, pool.permits(&origin)).await;
                assert!(second.is_err() && lines() == 1, "there is one, and the line is kept");
                let mut waiting = Box::pin(pool.permits(&origin));
                assert!(timeout(Duration::ZERO, waiting.as_mut()).await.is_err());
                drop(first);
                // The one who waits has it now, or will; and gives up.
                assert_eq!(lines(), 1);
                drop(waiting);
                assert_eq!(lines(), 0);
            }
        });
    }
}
