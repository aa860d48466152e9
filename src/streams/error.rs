//! What can go wrong with a stream, and the memory of what went wrong with a connection.

use std::{cell::RefCell, error, fmt, io, rc::Rc};

/// Why a read did not bring what was asked for. By `?` it becomes an `io::Error`.
///
/// ```
/// use glassloop::{ReadError, StreamWriter, open_connection, run, start_server};
///
/// run(async {
///     let serve = async |_, writer: StreamWriter| writer.write(b"too long\nabc");
///     let server = start_server(("127.0.0.1", 0), serve).await?;
///     let (mut reader, _writer) = open_connection(server.local_addrs()[0]).limit(4).await?;
///     let line = reader.readline().await;
///     assert!(matches!(line, Err(ReadError::LimitOverrun { limit: 4, .. })));
///     let bytes = reader.readexactly(5).await;
///     assert!(matches!(bytes, Err(ReadError::Incomplete { partial, .. }) if partial == b"abc"));
///     std::io::Result::Ok(())
/// })
/// # .unwrap();
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// The connection failed, or the call made no sense.
    Io(io::Error),
    /// The stream ended too early. asyncio: `IncompleteReadError`.
    Incomplete {
        /// What had come by then.
        partial: Vec<u8>,
        /// How much was asked for; `None` where a separator was.
        expected: Option<usize>,
    },
    /// There is no separator within the limit. asyncio: `LimitOverrunError`.
    LimitOverrun {
        /// The limit, in bytes.
        limit: usize,
        /// How many bytes before the separator have come.
        consumed: usize,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Io(error) => error.fmt(f),
            ReadError::Incomplete { partial, expected: Some(expected) } => {
                write!(f, "{} bytes read on a total of {expected} expected bytes", partial.len())
            }
            ReadError::Incomplete { partial, expected: None } => {
                write!(f, "the stream ended before the separator, after {} bytes", partial.len())
            }
            ReadError::LimitOverrun { limit, consumed } => {
                write!(f, "no separator within the limit of {limit} bytes, {consumed} have come")
            }
        }
    }
}

impl error::Error for ReadError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            ReadError::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> ReadError {
        ReadError::Io(error)
    }
}

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> io::Error {
        match error {
            ReadError::Io(error) => error,
            ReadError::Incomplete { .. } => io::Error::new(io::ErrorKind::UnexpectedEof, error),
            ReadError::LimitOverrun { .. } => io::Error::new(io::ErrorKind::InvalidData, error),
        }
    }
}

/// Why a connection failed; shared by its two halves. The operating system says it once, to whichever half
/// asks first, and pretends an orderly end from then on. So it is kept, and said each time.
#[derive(Clone, Default)]
pub(super) struct Failure(Rc<RefCell<Option<(io::ErrorKind, String)>>>);

impl Failure {
    pub(super) fn set(&self, error: &io::Error) {
        self.0.borrow_mut().get_or_insert_with(|| (error.kind(), error.to_string()));
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Broken in both directions. A broken pipe is not: the peer may have ended its half in good order.
    pub(super) fn was_reset(&self) -> bool {
        matches!(&*self.0.borrow(), Some((kind, _)) if *kind != io::ErrorKind::BrokenPipe)
    }

    pub(super) fn check(&self) -> io::Result<()> {
        match &*self.0.borrow() {
            Some((kind, why)) => Err(io::Error::new(*kind, why.clone())),
            None => Ok(()),
        }
    }
}
