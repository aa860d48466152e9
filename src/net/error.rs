//! `ConnectError`: at which step reaching a host failed, and why.

use std::{error, fmt, io, net::SocketAddr};

/// Why a host could not be reached. It comes inside an `io::Error` of the same kind as the failure:
/// `error.get_ref()` and `downcast_ref::<ConnectError>()` bring it to light.
///
/// ```
/// use glassloop::{net::{ConnectError, connect}, run};
///
/// run(async {
///     let error = connect(("127.0.0.1", 0)).await.err().unwrap(); // nobody can listen at port 0
///     match error.get_ref().and_then(|inner| inner.downcast_ref::<ConnectError>()) {
///         Some(ConnectError::Connect { host, failures }) => {
///             assert_eq!((host.as_str(), failures.len()), ("127.0.0.1:0", 1));
///         }
///         other => panic!("{other:?}"),
///     }
/// });
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The name of the host has no address.
    Lookup {
        /// The name.
        host: String,
        /// Why not.
        error: io::Error,
    },
    /// None of its addresses answered.
    Connect {
        /// The host and the port, as they were given.
        host: String,
        /// Each address that was tried, and what came of it.
        failures: Vec<(SocketAddr, io::Error)>,
    },
}

impl ConnectError {
    fn kind(&self) -> io::ErrorKind {
        match self {
            ConnectError::Lookup { error, .. } => error.kind(),
            ConnectError::Connect { failures, .. } => {
                failures.first().map_or(io::ErrorKind::NotFound, |(_, error)| error.kind())
            }
        }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectError::Lookup { host, error } => {
                let why = error.to_string();
                let why = why.trim_start_matches("failed to lookup address information: ");
                write!(f, "cannot look up {host:?}: {why}")
            }
            ConnectError::Connect { host, failures } => {
                write!(f, "cannot connect to {host}")?;
                match &failures[..] {
                    [] => write!(f, ": the name has no address"),
                    [(address, error)] if address.to_string() == *host => write!(f, ": {error}"),
                    [(address, error)] => write!(f, " ({address}): {error}"),
                    several => several.iter().enumerate().try_for_each(|(n, (address, error))| {
                        let before = if n == 0 { ":" } else { ";" };
                        write!(f, "{before} {address}: {error}")
                    }),
                }
            }
        }
    }
}

impl error::Error for ConnectError {}

impl From<ConnectError> for io::Error {
    fn from(error: ConnectError) -> io::Error {
        io::Error::new(error.kind(), error)
    }
}
