//! A TCP connection: each operation is a future, written by hand.

use std::{
    io::{self, Read, Write},
    mem,
    net::{Shutdown, SocketAddr},
    panic::Location,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use socket2::SockRef;

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

    /// A connection that a listener has accepted.
    pub(super) fn accepted(stream: mio::net::TcpStream, peer: SocketAddr) -> io::Result<TcpStream> {
        disable_nagle(&stream);
        Ok(TcpStream { source: Source::new(stream, Some(peer))? })
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

    /// Throws away what has come and nobody will read. On Linux, to close a socket with such bytes in it is a reset,
    /// and what was sent last does not arrive (RFC 2525, 2.17).
    pub(crate) fn discard_input(&self) {
        let mut bytes = [0; 4096];
        // Not for ever: a peer that sends as fast as this reads must not hold the loop. It gets the reset.
        for _ in 0..64 {
            if !(&*self.source).read(&mut bytes).is_ok_and(|count| count == bytes.len()) {
                break;
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
