//! The traits of `futures-io` on our sockets: with them, libraries that were written for no special runtime run on this
//! one.
//!
//! It needs the feature `futures-io`. These traits need something that this crate has nowhere else: a read that can be
//! polled again and again without its own future. So the wrapper of the socket keeps the interest, one for each
//! direction, until it is dropped.

use std::{
    io,
    net::Shutdown,
    panic::Location,
    pin::Pin,
    task::{Context, Poll},
};

use futures_io::{AsyncRead, AsyncWrite};

use crate::{
    net::{Interest, TcpStream},
    trace::Place,
};

/// A connection with `futures-io`'s [`AsyncRead`] and [`AsyncWrite`].
///
/// Dropping it closes the connection. `poll_close` ends the outgoing half.
///
/// ```
/// # use std::{future::poll_fn, io, pin::Pin};
/// use futures_io::{AsyncRead, AsyncWrite};
/// use glassloop::{futures_io::PollStream, net::{TcpListener, connect}, run};
///
/// async fn any_library_that_wants<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> io::Result<usize> {
///     poll_fn(|context| Pin::new(&mut *stream).poll_write(context, b"hello")).await
/// }
/// run(async {
///     let listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
///     let mut stream = PollStream::new(connect(listener.local_addr()?).await?);
///     assert_eq!(any_library_that_wants(&mut stream).await?, 5);
///     assert_eq!(stream.into_inner().peer_addr()?, listener.local_addr()?);
///     io::Result::Ok(())
/// })
/// # .unwrap();
/// ```
pub struct PollStream {
    stream: TcpStream,
    reading: Option<Interest>,
    writing: Option<Interest>,
    place: Place,
}

impl PollStream {
    /// Wraps a connection. In the trace, its waits carry the line that calls this.
    #[track_caller]
    pub fn new(stream: TcpStream) -> PollStream {
        PollStream { stream, reading: None, writing: None, place: Location::caller() }
    }

    /// The connection without the traits.
    pub fn into_inner(self) -> TcpStream {
        self.stream
    }
}

impl AsyncRead for PollStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let PollStream { stream, reading, place, .. } = &mut *self;
        let interest = reading.get_or_insert_with(|| stream.read_interest(place));
        stream.poll_read(interest, context, buffer)
    }
}

impl AsyncWrite for PollStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let PollStream { stream, writing, place, .. } = &mut *self;
        let interest = writing.get_or_insert_with(|| stream.write_interest(place));
        stream.poll_write(interest, context, bytes)
    }

    /// There is nothing to flush: what was written is with the operating system.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(match self.stream.shutdown(Shutdown::Write) {
            // The peer was faster.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            result => result,
        })
    }
}
