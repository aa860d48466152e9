//! TCP sockets: each operation a future of its own, written by hand.

use std::{
    io::{self, Read, Write},
    mem,
    net::{Shutdown, SocketAddr},
    panic::Location,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::source::{Interest, Source};
use crate::trace::{
    What,
    record::{Attempt, Operation, Place},
};

/// A TCP connection. `TCP_NODELAY` is on, as in asyncio. Dropping it closes the connection.
///
/// Reading and writing take `&self`: one future may read while another writes. Two that read at once are
/// refused with an error, since only one of them could be woken.
///
/// ```
/// # use std::net::Shutdown;
/// use glassloop::{net::{TcpListener, TcpStream}, run};
///
/// run(async {
///     let listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
///     let client = TcpStream::connect(listener.local_addr()?).await?;
///     let (server, _) = listener.accept().await?;
///     assert_eq!(client.write(b"hello").await?, 5);
///     client.shutdown(Shutdown::Write)?;
///     let mut buffer = [0; 8];
///     assert_eq!(server.read(&mut buffer).await?, 5);
///     assert_eq!(server.read(&mut buffer).await?, 0); // the end
///     std::io::Result::Ok(())
/// })
/// # .unwrap();
/// ```
pub struct TcpStream {
    source: Source<mio::net::TcpStream>,
}

impl TcpStream {
    /// Connects to one address. [`connect`](super::connect) takes several, and names.
    ///
    /// # Errors
    /// What the operating system says: refused, unreachable, timed out.
    #[track_caller]
    pub fn connect(address: SocketAddr) -> Connecting {
        Connecting::at(address, Location::caller())
    }

    /// Reads what is there, at most as much as `buffer` holds; 0 is the end of the stream. Dropping the
    /// future loses nothing.
    ///
    /// # Errors
    /// Those of the connection. `ResourceBusy`, if another future is reading from it.
    #[track_caller]
    pub fn read<'a>(&'a self, buffer: &'a mut [u8]) -> ReadSome<'a> {
        let interest = self.read_interest(Location::caller());
        ReadSome { stream: self, buffer, interest }
    }

    /// Writes as much of `bytes` as the connection takes now, at least one. Dropping the future
    /// writes nothing more.
    ///
    /// # Errors
    /// Those of the connection. `ResourceBusy`, if another future is writing to it.
    #[track_caller]
    pub fn write<'a>(&'a self, bytes: &'a [u8]) -> WriteSome<'a> {
        let interest = self.write_interest(Location::caller());
        WriteSome { stream: self, bytes, interest }
    }

    /// Ends one direction or both.
    ///
    /// # Errors
    /// If the connection is not connected any more.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.source.shutdown(how)
    }

    /// The address of the other side.
    ///
    /// # Errors
    /// If the connection is not connected any more.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.source.peer_addr()
    }

    /// The address of this side.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.local_addr()
    }

    pub(crate) fn source(&self) -> &Source<mio::net::TcpStream> {
        &self.source
    }

    pub(crate) fn read_interest(&self, place: Place) -> Interest {
        self.source.interest(Operation::Read, place)
    }

    pub(crate) fn write_interest(&self, place: Place) -> Interest {
        self.source.interest(Operation::Write, place)
    }

    pub(crate) fn poll_read(
        &self,
        interest: &mut Interest,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if buffer.is_empty() {
            return Poll::Ready(Ok(0)); // the system would say "would block" until there is something to read
        }
        let read = ready!(interest.poll_io(context, || (&*self.source).read(buffer)));
        if read.as_ref().is_ok_and(|count| (1..buffer.len()).contains(count)) {
            self.source.note_drained();
        }
        Poll::Ready(read)
    }

    pub(crate) fn poll_write(
        &self,
        interest: &mut Interest,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        interest.poll_io(context, || (&*self.source).write(bytes))
    }

    /// Writes what can be written without waiting; 0 if nothing can.
    #[inline(always)]
    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let result = (&*self.source).write(bytes);
            let (socket, operation) = (self.source.id(), Operation::Write);
            self.source.trace().emit(|| What::Tried {
                socket,
                operation,
                outcome: Attempt::of(&result),
            });
            match result {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(0),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                result => return result,
            }
        }
    }

    /// Makes closing the connection a reset, so that the peer can't take it for an orderly end.
    pub(crate) fn reset_on_close(&self) {
        // If the socket refuses, it has no connection left that could be mistaken.
        let _ = SockRef::from(&*self.source).set_linger(Some(Duration::ZERO));
    }
}

/// The future of [`TcpStream::connect`]. Dropping it gives the connection up.
#[must_use = "futures do nothing unless awaited"]
pub struct Connecting {
    address: SocketAddr,
    place: Place,
    state: ConnectState,
}

enum ConnectState {
    New,
    InProgress(TcpStream, Interest),
    Over,
}

impl Connecting {
    pub(crate) fn at(address: SocketAddr, place: Place) -> Connecting {
        Connecting { address, place, state: ConnectState::New }
    }
}

impl Future for Connecting {
    type Output = io::Result<TcpStream>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<TcpStream>> {
        let this = &mut *self;
        let (stream, mut interest) = match mem::replace(&mut this.state, ConnectState::Over) {
            ConnectState::New => {
                let (address, place) = (this.address, this.place);
                let source = Source::new(mio::net::TcpStream::connect(address)?, Some(address))?;
                let interest = source.interest(Operation::Connect, place);
                (TcpStream { source }, interest)
            }
            ConnectState::InProgress(stream, interest) => (stream, interest),
            ConnectState::Over => panic!("a finished attempt to connect was polled again"),
        };
        match interest.poll_io(context, || connected(&stream.source)) {
            Poll::Pending => {
                this.state = ConnectState::InProgress(stream, interest);
                Poll::Pending
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) => {
                disable_nagle(&stream.source);
                Poll::Ready(Ok(stream))
            }
        }
    }
}

/// A connection that was reset meanwhile refuses this, on some systems. Its first read will say so.
fn disable_nagle(stream: &mio::net::TcpStream) {
    let _ = stream.set_nodelay(true);
}

/// Is the connection made? Being writable does not say so: a refused one is writable, too. First the error
/// is asked for, since asking for the peer of a failed connection would only say "not connected" and
/// hide the reason; then the peer, since a socket without an error may still be on its way.
fn connected(stream: &mio::net::TcpStream) -> io::Result<()> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => {
            Err(io::ErrorKind::WouldBlock.into())
        }
        Err(error) => Err(error),
    }
}

/// The future of [`TcpStream::read`].
#[must_use = "futures do nothing unless awaited"]
pub struct ReadSome<'a> {
    stream: &'a TcpStream,
    buffer: &'a mut [u8],
    interest: Interest,
}

impl Future for ReadSome<'_> {
    type Output = io::Result<usize>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let ReadSome { stream, buffer, interest } = &mut *self;
        stream.poll_read(interest, context, buffer)
    }
}

/// The future of [`TcpStream::write`].
#[must_use = "futures do nothing unless awaited"]
pub struct WriteSome<'a> {
    stream: &'a TcpStream,
    bytes: &'a [u8],
    interest: Interest,
}

impl Future for WriteSome<'_> {
    type Output = io::Result<usize>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let WriteSome { stream, bytes, interest } = &mut *self;
        stream.poll_write(interest, context, bytes)
    }
}

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
        disable_nagle(&stream);
        let source = Source::new(stream, Some(peer))?;
        Poll::Ready(Ok((TcpStream { source }, peer)))
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
