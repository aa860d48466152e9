//! `StreamReader`: the incoming half of a connection, with a buffer.

use std::{
    borrow::Cow,
    io,
    net::SocketAddr,
    panic::Location,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use super::{
    Connection,
    buffer::Buffer,
    error::{Failure, ReadError},
};
use crate::{net::Interest, runtime::current_loop, trace::record::Place};

/// Reads from a connection: so many bytes, a line, up to a separator, to the end.
///
/// asyncio: `asyncio.StreamReader`. Bytes that have arrived and were not asked for stay in its buffer, so dropping
/// one of its futures loses no byte. Dropping the reader closes the connection when the writer, too, has sent
/// everything.
///
/// ```
/// use glassloop::{StreamWriter, open_connection, run, start_server};
///
/// run(async {
///     let serve = async |_, writer: StreamWriter| writer.write(b"hello\nkey=value");
///     let server = start_server(("127.0.0.1", 0), serve).await?;
///     let (mut reader, _writer) = open_connection(server.local_addrs()[0]).await?;
///     assert_eq!(reader.readline().await?, b"hello\n");
///     assert_eq!(reader.readuntil(b"=").await?, b"key=");
///     assert_eq!(reader.readexactly(2).await?, b"va");
///     assert_eq!(reader.read_to_end().await?, b"lue");
///     assert!(reader.at_eof());
///     std::io::Result::Ok(())
/// })
/// # .unwrap();
/// ```
pub struct StreamReader {
    stream: Rc<Connection>,
    buffer: Buffer,
    limit: usize,
    end: StreamEnd,
    failure: Failure,
}

/// How the incoming half stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StreamEnd {
    Open,
    /// The peer has said that no more will come.
    Eof,
    /// The connection is broken; `failure` says why.
    Failed,
}

impl StreamReader {
    pub(super) fn new(stream: Rc<Connection>, limit: usize, failure: Failure) -> StreamReader {
        StreamReader { stream, buffer: Buffer::default(), limit, end: StreamEnd::Open, failure }
    }

    /// Reads at most `n` bytes: what has come, or what comes next. Empty only at the end of the stream, or
    /// if `n` is 0.
    ///
    /// # Errors
    /// Those of the connection.
    #[track_caller]
    pub fn read(&mut self, n: usize) -> Read<'_> {
        self.reading(Wanted::AtMost(n))
    }

    /// Reads all that comes until the end of the stream. asyncio: `read(-1)`.
    ///
    /// # Errors
    /// Those of the connection.
    #[track_caller]
    pub fn read_to_end(&mut self) -> Read<'_> {
        self.reading(Wanted::ToEnd)
    }

    /// Reads exactly `n` bytes.
    ///
    /// # Errors
    /// [`ReadError::Incomplete`] if the stream ends before.
    #[track_caller]
    #[doc(alias = "read_exact")]
    pub fn readexactly(&mut self, n: usize) -> Read<'_> {
        self.reading(Wanted::Exactly(n))
    }

    /// Reads a line, its `\n` included. At the end of the stream: what is left, without one; then empty.
    ///
    /// # Errors
    /// [`ReadError::LimitOverrun`] if the line is longer than the limit. If its end has come by then, the
    /// line is dropped and the next call reads the next line; else all that has come of it is dropped.
    #[track_caller]
    #[doc(alias = "read_line")]
    pub fn readline(&mut self) -> Read<'_> {
        self.reading(Wanted::Line)
    }

    /// Reads up to `separator`, which is included.
    ///
    /// # Errors
    /// [`ReadError::Incomplete`] with what is left if the stream ends before. [`ReadError::LimitOverrun`] if more
    /// than the limit comes before the separator; what has come stays in the buffer. An error if the
    /// separator is empty.
    #[track_caller]
    #[doc(alias = "read_until")]
    pub fn readuntil<'a>(&'a mut self, separator: &'a [u8]) -> Read<'a> {
        self.reading(Wanted::Until(separator.into()))
    }

    /// Has the stream ended, and has all of it been read?
    pub fn at_eof(&self) -> bool {
        self.end == StreamEnd::Eof && self.buffer.is_empty()
    }

    /// The address of the other side.
    ///
    /// # Errors
    /// If the connection is not connected any more.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }

    #[track_caller]
    fn reading<'a>(&'a mut self, goal: Wanted<'a>) -> Read<'a> {
        let place = Location::caller();
        let interest = self.stream.read_interest(place);
        Read { reader: self, goal, searched: 0, interest, place }
    }

    /// Reads once more from the socket into the buffer.
    fn poll_fill(
        &mut self,
        interest: &mut Interest,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let room = self.buffer.room();
        match ready!(self.stream.poll_read(interest, context, room)) {
            // The writer may have met the reset first, and then this is what is left of it.
            Ok(0) if self.failure.was_reset() => self.end = StreamEnd::Failed,
            Ok(0) => {
                self.end = StreamEnd::Eof;
                self.stream.has_ended.set(true);
            }
            Ok(n) => self.buffer.fill(n),
            // Only what the operating system says is about the connection. A mistake of the program, such as a read
            // outside a loop, does not break it.
            Err(error) => {
                if error.raw_os_error().is_some() {
                    self.failure.set(&error);
                    self.end = StreamEnd::Failed;
                }
                return Poll::Ready(Err(error));
            }
        }
        Poll::Ready(Ok(()))
    }
}

enum Wanted<'a> {
    AtMost(usize),
    Exactly(usize),
    ToEnd,
    Line,
    Until(Cow<'a, [u8]>),
}

/// The future of [`StreamReader::read`] and of all that a reader can be asked to read: fill the buffer until the goal
/// is reached.
#[must_use = "futures do nothing unless awaited"]
pub struct Read<'a> {
    reader: &'a mut StreamReader,
    goal: Wanted<'a>,
    /// How much of the buffer is known to hold no separator.
    searched: usize,
    interest: Interest,
    place: Place,
}

impl Future for Read<'_> {
    type Output = Result<Vec<u8>, ReadError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        // What is there without a read from the socket takes from the budget, too: a peer that sends short lines could
        // keep this task busy for ever.
        let is_there = !this.reader.buffer.is_empty() || this.reader.end == StreamEnd::Eof;
        if is_there && let Some(core) = current_loop() {
            ready!(core.take_turn(context, this.place));
        }
        loop {
            if let Some(result) = this.look() {
                return Poll::Ready(result);
            }
            if this.reader.end == StreamEnd::Failed {
                this.reader.failure.check()?;
            }
            ready!(this.reader.poll_fill(&mut this.interest, context))?;
        }
    }
}

impl Read<'_> {
    /// Is the goal reached with what is in the buffer, or can it not be reached any more?
    fn look(&mut self) -> Option<<Self as Future>::Output> {
        let StreamReader { buffer, end, .. } = &mut *self.reader;
        let at_end = *end == StreamEnd::Eof;
        match &self.goal {
            Wanted::AtMost(n) if *n == 0 || at_end || !buffer.is_empty() => {
                let n = buffer.len().min(*n);
                Some(Ok(buffer.take(n)))
            }
            Wanted::Exactly(n) if buffer.len() >= *n => Some(Ok(buffer.take(*n))),
            Wanted::Exactly(n) if at_end => {
                let (partial, expected) = (buffer.take_all(), Some(*n));
                Some(Err(ReadError::Incomplete { partial, expected }))
            }
            Wanted::ToEnd if at_end => Some(Ok(buffer.take_all())),
            Wanted::Line => self.look_for_line(),
            Wanted::Until(separator) => {
                let separator = separator.clone();
                self.look_for(&separator)
            }
            Wanted::AtMost(_) | Wanted::Exactly(_) | Wanted::ToEnd => None,
        }
    }

    fn look_for_line(&mut self) -> Option<<Self as Future>::Output> {
        match self.look_for(b"\n")? {
            Err(ReadError::Incomplete { partial, .. }) => Some(Ok(partial)),
            Err(ReadError::LimitOverrun { limit, consumed }) => {
                let buffer = &mut self.reader.buffer;
                let line_is_whole = buffer.filled().get(consumed) == Some(&b'\n');
                buffer.consume(if line_is_whole { consumed + 1 } else { buffer.len() });
                Some(Err(ReadError::LimitOverrun { limit, consumed }))
            }
            result => Some(result),
        }
    }

    /// Looks where it has not looked yet, and a separator's length before it, since one may straddle.
    fn look_for(&mut self, separator: &[u8]) -> Option<<Self as Future>::Output> {
        if separator.is_empty() {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "the separator is empty");
            return Some(Err(error.into()));
        }
        let StreamReader { buffer, limit, end, .. } = &mut *self.reader;
        let from = self.searched;
        let mut windows = buffer.filled()[from..].windows(separator.len());
        match windows.position(|window| window == separator) {
            Some(n) if from + n > *limit => {
                Some(Err(ReadError::LimitOverrun { limit: *limit, consumed: from + n }))
            }
            Some(n) => Some(Ok(buffer.take(from + n + separator.len()))),
            None => {
                self.searched = (buffer.len() + 1).saturating_sub(separator.len());
                if self.searched > *limit {
                    let (limit, consumed) = (*limit, self.searched);
                    return Some(Err(ReadError::LimitOverrun { limit, consumed }));
                }
                let ended = *end == StreamEnd::Eof;
                ended.then(|| {
                    let partial = buffer.take_all();
                    Err(ReadError::Incomplete { partial, expected: None })
                })
            }
        }
    }
}
