//! hyper's traits on glassloop's sockets: all that hyper asks of a runtime to speak HTTP/1.
//!
//! A future is bound to no runtime. It is polled, and calls a waker; whose loop that is it does not know. What binds most
//! libraries is where their sockets come from, and hyper takes any stream that can be read and written by
//! polling.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_util::io::{AsyncRead, AsyncWrite};
use glassloop::futures_io::PollStream;
use hyper::rt::{Read, ReadBufCursor, Write};

/// How much is read at once.
const PIECE: usize = 16 * 1024;

/// A connection as hyper wants it.
pub struct Hyper(pub PollStream);

impl Read for Hyper {
    /// hyper hands out memory that is not initialised, which safe code can't read into. So this reads into memory of
    /// its own, and copies: the price of a crate without `unsafe`.
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut room: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut piece = [0; PIECE];
        let most = room.remaining().min(PIECE);
        let read = ready!(Pin::new(&mut self.0).poll_read(context, &mut piece[..most]))?;
        room.put_slice(&piece[..read]);
        Poll::Ready(Ok(()))
    }
}

impl Write for Hyper {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_close(context)
    }
}
