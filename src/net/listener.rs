//! A socket that accepts TCP connections.

use std::{
    io,
    net::SocketAddr,
    panic::Location,
    pin::Pin,
    task::{Context, Poll, ready},
};

use socket2::{Domain, Protocol, Socket, Type};

use super::{
    source::{Interest, Source},
    tcp::TcpStream,
};
use crate::trace::record::Operation;

/// A socket that accepts TCP connections. Dropping it stops that; connections that were made live on.
///
/// ```
/// use glassloop::{net::{TcpListener, TcpStream}, run};
///
/// run(async {
///     let listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
///     let client = TcpStream::connect(listener.local_addr()?).await?;
///     let (_server, peer) = listener.accept().await?;
///     assert_eq!(peer, client.local_addr()?);
///     std::io::Result::Ok(())
/// })
/// # .unwrap();
/// ```
pub struct TcpListener {
    source: Source<mio::net::TcpListener>,
}

impl TcpListener {
    /// Listens at an address; port 0 means any free one. An IPv6 address takes IPv6 connections only, and
    /// an address can be taken again at once after a restart, both as in asyncio.
    ///
    /// # Errors
    /// If no loop is running, or the address is in use or not ours. The message names it.
    pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
        let listener = TcpListener::listen(address, false);
        listener.map_err(|error| cannot_listen(address, &error))
    }

    /// Listens at all of these addresses that this machine has. A name may well have one that it has not, such as
    /// `localhost` where IPv6 is off.
    pub(crate) fn bind_all(
        addresses: &[SocketAddr],
        reuse_port: bool,
    ) -> io::Result<Vec<TcpListener>> {
        let (mut listeners, mut skipped) = (Vec::new(), Vec::new());
        for (index, &address) in addresses.iter().enumerate() {
            if addresses[..index].contains(&address) {
                continue; // a name may have one address twice
            }
            match TcpListener::listen(address, reuse_port) {
                Ok(listener) => listeners.push(listener),
                Err(error) if is_not_here(&error) => skipped.push(cannot_listen(address, &error)),
                Err(error) => return Err(cannot_listen(address, &error)),
            }
        }
        if listeners.is_empty() {
            let mut why: Vec<_> = skipped.iter().map(io::Error::to_string).collect();
            if why.is_empty() {
                why.push("cannot listen: the name has no address".into());
            }
            return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, why.join("; ")));
        }
        Ok(listeners)
    }

    fn listen(address: SocketAddr, reuse_port: bool) -> io::Result<TcpListener> {
        let kind = Type::STREAM;
        let socket = Socket::new(Domain::for_address(address), kind, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        // On Windows this would let two programs listen at one address.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        if reuse_port {
            #[cfg(unix)]
            socket.set_reuse_port(true)?;
            #[cfg(not(unix))]
            return Err(io::Error::new(io::ErrorKind::Unsupported, "no SO_REUSEPORT here"));
        }
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.bind(&address.into())?;
        socket.listen(1024)?;
        let listener = mio::net::TcpListener::from_std(socket.into());
        let bound = listener.local_addr()?;
        Ok(TcpListener { source: Source::new(listener, Some(bound))? })
    }

    /// Waits for the next connection.
    ///
    /// # Errors
    /// Those of the operating system, such as too many open files. The listener can go on after them; not at
    /// once, though, since the lack may last.
    #[track_caller]
    pub fn accept(&self) -> Accept<'_> {
        let interest = self.source.interest(Operation::Accept, Location::caller());
        Accept { listener: self, interest }
    }

    /// The address at which it listens, the real port in place of 0.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.local_addr()
    }
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot listen at {address}: {error}"))
}

/// `EAFNOSUPPORT`: a family of addresses that the system does not know. `ErrorKind` has no name for it.
const FAMILY_NOT_SUPPORTED: i32 = if cfg!(windows) {
    10_047
} else if cfg!(any(target_os = "linux", target_os = "android")) {
    97
} else {
    47 // macOS and its relatives
};

/// Is it the address that this machine has not, or its whole family?
fn is_not_here(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable
        || error.raw_os_error() == Some(FAMILY_NOT_SUPPORTED)
}

/// The future of [`TcpListener::accept`]. Dropping it loses no connection.
#[must_use = "futures do nothing unless awaited"]
pub struct Accept<'a> {
    listener: &'a TcpListener,
    interest: Interest,
}

impl Future for Accept<'_> {
    type Output = io::Result<(TcpStream, SocketAddr)>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Accept { listener, interest } = &mut *self;
        let (stream, peer) = ready!(interest.poll_io(context, || listener.source.accept()))?;
        Poll::Ready(Ok((TcpStream::accepted(stream, peer)?, peer)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A system without IPv6 can't be had in a test; a family that no system knows can.
    #[test]
    fn a_family_that_the_system_does_not_know_is_not_here() {
        let unknown = Socket::new(Domain::from(i32::MAX), Type::STREAM, None);
        assert!(unknown.is_err_and(|error| is_not_here(&error)));
    }
}
