//! Connections as a pair of streams: `open_connection`, `start_server`, a reader and a writer.

mod buffer;
mod error;
mod flusher;
mod reader;
mod server;
mod writer;

use std::{
    cell::Cell,
    io,
    ops::Deref,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

#[cfg(feature = "http")]
pub(crate) use buffer::Buffer;
use error::Failure;
pub use error::ReadError;
pub use reader::{Read, StreamReader};
pub use server::{Server, ServerWait, StartServer, start_server};
pub use writer::{Drain, StreamWriter, WaitClosed};

use crate::{
    net::{self, Connect, TcpStream, ToHost},
    runtime::running_loop,
};

/// The longest line that a reader takes, unless it is told otherwise. asyncio's figure.
const DEFAULT_LIMIT: usize = 64 * 1024;

/// Connects to a host and returns the two halves of the connection.
///
/// asyncio: `asyncio.open_connection`. The name is looked up on a thread, and all of its addresses are tried
/// ([`net::connect`]). Dropping the future gives the connection up.
///
/// # Errors
/// A [`net::ConnectError`] that names the host, the step and the reason.
///
/// # Panics
/// If polled outside an event loop.
///
/// ```
/// # glassloop::run(async {
/// # let serve = async |mut reader: glassloop::StreamReader, writer: glassloop::StreamWriter| {
/// #     reader.readuntil(b"\r\n\r\n").await.unwrap();
/// #     writer.write(b"HTTP/1.0 200 OK\r\n\r\n").unwrap();
/// # };
/// # let server = glassloop::start_server(("127.0.0.1", 0), serve).await?;
/// # let port = server.local_addrs()[0].port();
/// let (mut reader, writer) = glassloop::open_connection(("127.0.0.1", port)).await?;
/// writer.write(b"GET / HTTP/1.0\r\nHost: example.com\r\n\r\n")?;
/// writer.drain().await?;
/// let status = reader.readline().await?;
/// assert_eq!(status, b"HTTP/1.0 200 OK\r\n");
/// # std::io::Result::Ok(())
/// # })
/// # .unwrap();
/// ```
#[track_caller]
pub fn open_connection(host: impl ToHost) -> OpenConnection {
    OpenConnection { connect: net::connect(host), limit: DEFAULT_LIMIT }
}

/// The future of [`open_connection`].
#[must_use = "futures do nothing unless awaited"]
pub struct OpenConnection {
    connect: Connect,
    limit: usize,
}

impl OpenConnection {
    /// The longest line, in bytes, that the reader takes; 64 KiB by default.
    pub fn limit(mut self, limit: usize) -> OpenConnection {
        self.limit = limit;
        self
    }
}

impl Future for OpenConnection {
    type Output = io::Result<(StreamReader, StreamWriter)>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        check_limit(self.limit)?;
        let stream = ready!(Pin::new(&mut self.connect).poll(context))?;
        Poll::Ready(Ok(split(stream, self.limit)))
    }
}

fn check_limit(limit: usize) -> io::Result<()> {
    match limit {
        0 => Err(io::Error::new(io::ErrorKind::InvalidInput, "a limit of 0 lets no line through")),
        _ => Ok(()),
    }
}

/// The socket that a reader and a writer share.
struct Connection {
    stream: TcpStream,
    /// The reader has seen the end.
    has_ended: Cell<bool>,
}

/// An orderly end, even if the peer has sent more than was read: it still gets all that was written.
impl Drop for Connection {
    fn drop(&mut self) {
        if !self.has_ended.get() {
            self.stream.discard_input();
        }
    }
}

impl Deref for Connection {
    type Target = TcpStream;

    fn deref(&self) -> &TcpStream {
        &self.stream
    }
}

fn split(stream: TcpStream, limit: usize) -> (StreamReader, StreamWriter) {
    let stream = Rc::new(Connection { stream, has_ended: Cell::new(false) });
    let core = running_loop("a stream");
    let failure = Failure::default();
    let reader = StreamReader::new(stream.clone(), limit, failure.clone());
    (reader, StreamWriter::new(stream, core, failure))
}
