//! What can go wrong with a request: of which URL, in which step, and what was expected.

use std::{error, fmt, io, sync::Arc, time::Duration};

use http::StatusCode;

use super::Url;

/// A request failed. Prints as `URL: what went wrong`.
///
/// aiohttp: `aiohttp.ClientError`.
///
/// ```
/// use glassloop::http::{Session, StatusCode};
///
/// # glassloop::run(async {
/// # let server = glassloop::start_server(("127.0.0.1", 0), async |mut reader, writer| {
/// #     reader.readuntil(b"\r\n\r\n").await.unwrap();
/// #     writer.write(b"HTTP/1.0 404 Not Found\r\n\r\n").unwrap();
/// # });
/// # let server = server.await.unwrap();
/// # let url = format!("http://{}/", server.local_addrs()[0]);
/// let error = Session::new().head(&url).await?.error_for_status().unwrap_err();
/// assert_eq!(error.status(), Some(StatusCode::NOT_FOUND));
/// assert!(!error.is_timeout());
/// assert_eq!(error.to_string(), format!("{url}: 404 Not Found"));
/// # Ok::<(), glassloop::http::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Error {
    url: Option<Box<Url>>,
    reason: Reason,
}

/// Why a request failed.
///
/// ```
/// use glassloop::http::{Reason, Url};
///
/// let error = Url::parse("example.com").unwrap_err();
/// let advice = match error.reason() {
///     Reason::Url(_) => "check the address",
///     Reason::Connect(_) | Reason::Timeout { .. } => "try again later",
///     _ => "ask somebody",
/// };
/// assert_eq!(advice, "check the address");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// It is no URL, or none that can be asked for.
    Url(String),
    /// A header, or what else the caller wants to send, can't be sent.
    Request(String),
    /// No connection was made. aiohttp: `ClientConnectorError`.
    Connect(Arc<io::Error>),
    /// The connection broke, in this step.
    Io(&'static str, Arc<io::Error>),
    /// The server closed the connection without a reply. aiohttp: `ServerDisconnectedError`.
    NoReply,
    /// What the server has sent is not HTTP.
    Protocol(String),
    /// The body ended too early. aiohttp: `ClientPayloadError`.
    Truncated {
        /// How many bytes had come.
        received: u64,
        /// How many there should have been, where that was said.
        expected: Option<u64>,
    },
    /// The body is larger than was allowed.
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The body is not there to be read: it was handed out before, or such a reply has none. aiohttp has no error for
    /// this, and reads nothing.
    NoBody(&'static str),
    /// The body is not what it is taken for: no such JSON (feature `json`), or text in a charset that nobody knows
    /// (feature `charset`). aiohttp: `JSONDecodeError`, `LookupError`.
    Decode(String),
    /// The body can't be decoded (feature `gzip`): what it was compressed to is corrupt, or ends too early. aiohttp:
    /// `ContentEncodingError`.
    Coding(String),
    /// The server can't be trusted, or does not speak TLS (feature `tls`). aiohttp: `ClientSSLError`.
    Tls(String),
    /// Something took too long. aiohttp: `ServerTimeoutError`.
    Timeout {
        /// What it was.
        step: &'static str,
        /// How long it was waited for.
        after: Duration,
    },
    /// A redirect can't be followed. aiohttp: `TooManyRedirects`.
    Redirect(String),
    /// The status says that it failed. aiohttp: `ClientResponseError`.
    Status(StatusCode),
    /// A file can't be written.
    File(Arc<io::Error>),
}

impl Error {
    pub(super) fn new(reason: Reason) -> Error {
        Error { url: None, reason }
    }

    pub(super) fn io(step: &'static str, error: io::Error) -> Error {
        Error::new(Reason::Io(step, Arc::new(error)))
    }

    pub(super) fn protocol(what: impl Into<String>) -> Error {
        Error::new(Reason::Protocol(what.into()))
    }

    pub(super) fn of(mut self, url: &Url) -> Error {
        self.url.get_or_insert_with(|| Box::new(url.clone()));
        self
    }

    /// Did the bytes end without the end that was to be announced? Only TLS announces one.
    pub(super) fn is_cut(&self) -> bool {
        let kind = |error: &io::Error| error.kind();
        matches!(&self.reason, Reason::Io(_, error) if kind(error) == io::ErrorKind::UnexpectedEof)
    }

    /// Why it failed.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// The URL that was asked for, where it got so far.
    pub fn url(&self) -> Option<&Url> {
        self.url.as_deref()
    }

    /// Did something take too long?
    pub fn is_timeout(&self) -> bool {
        matches!(self.reason, Reason::Timeout { .. })
    }

    /// The status, if that is what failed.
    pub fn status(&self) -> Option<StatusCode> {
        match self.reason {
            Reason::Status(status) => Some(status),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(url) = &self.url {
            write!(f, "{url}: ")?;
        }
        match &self.reason {
            Reason::Url(why) | Reason::Request(why) | Reason::Coding(why) | Reason::Tls(why) => {
                f.write_str(why)
            }
            Reason::Decode(why) => f.write_str(why),
            Reason::NoBody(why) => f.write_str(why),
            Reason::Connect(error) => write!(f, "{error}"),
            Reason::Io(step, error) => write!(f, "{step}: {error}"),
            Reason::NoReply => f.write_str("the server closed the connection without a reply"),
            Reason::Protocol(what) => write!(f, "the reply is not HTTP: {what}"),
            Reason::Truncated { received, expected: Some(expected) } => {
                write!(f, "the body ended too early: received {received} of {expected} bytes")
            }
            Reason::Truncated { received, expected: None } => {
                write!(f, "the body ended too early: received {received} bytes, and not its end")
            }
            Reason::TooLarge { limit } => write!(f, "the body is larger than {limit} bytes"),
            Reason::Timeout { step, after } => write!(f, "{step} took longer than {after:?}"),
            Reason::Redirect(why) => write!(f, "redirected {why}"),
            Reason::Status(status) => write!(f, "{status}"),
            Reason::File(error) => write!(f, "{error}"),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.reason {
            Reason::Connect(error) | Reason::Io(_, error) | Reason::File(error) => Some(&**error),
            _ => None,
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        let kind = match &error.reason {
            Reason::Connect(source) | Reason::Io(_, source) | Reason::File(source) => source.kind(),
            Reason::Url(_) | Reason::Request(_) => io::ErrorKind::InvalidInput,
            Reason::Truncated { .. } | Reason::NoReply => io::ErrorKind::UnexpectedEof,
            Reason::Timeout { .. } => io::ErrorKind::TimedOut,
            Reason::Protocol(_) | Reason::Coding(_) | Reason::Decode(_) => {
                io::ErrorKind::InvalidData
            }
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}
