//! `ReadError`: what can go wrong when a certain amount was to be read.

use std::{error, fmt, io};

/// Why a read did not bring what was asked for. By `?` it becomes an `io::Error`.
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
