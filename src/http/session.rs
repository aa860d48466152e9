//! `Session`: a client with its connections, and what all of its requests have in common.

use std::{mem, rc::Rc, time::Duration};

#[cfg(feature = "gzip")]
use http::header::ACCEPT_ENCODING;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCEPT, USER_AGENT},
};

use super::{
    Error, Reason, Request, Url,
    connection::{Connector, Patience},
    pool::Pool,
};

/// An HTTP client. Its requests share connections, headers and timeouts. Clones are handles of the same session.
///
/// aiohttp: `aiohttp.ClientSession`. Dropping the last handle closes the connections that are idle; a response
/// keeps its own.
///
/// ```
/// use glassloop::http::Session;
///
/// glassloop::run(async {
/// #     let server = glassloop::start_server(("127.0.0.1", 0), async |mut reader, writer| {
/// #         while reader.readuntil(b"\r\n\r\n").await.is_ok() {
/// #             writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").unwrap();
/// #         }
/// #     });
/// #     let server = server.await.unwrap();
/// #     let url = format!("http://{}/", server.local_addrs()[0]);
///     let session = Session::new();
///     for _ in 0..2 {
///         let mut response = session.get(&url).await?;
///         assert_eq!(response.text().await?, "hello");
///     }
///     assert_eq!(session.idle_connections(), 1); // both requests took the same one
///     Ok::<(), glassloop::http::Error>(())
/// })
/// # .unwrap();
/// ```
#[derive(Clone)]
#[doc(alias = "ClientSession")]
#[doc(alias = "Client")]
pub struct Session {
    pub(super) shared: Rc<SessionState>,
}

/// What the handles of a session share.
pub(super) struct SessionState {
    pub(super) settings: SessionBuilder,
    pub(super) pool: Rc<Pool>,
}

impl Default for Session {
    fn default() -> Session {
        Session::new()
    }
}

impl Session {
    /// A session with the default settings; [`Session::builder`] makes others.
    pub fn new() -> Session {
        Session::builder().build()
    }

    /// You can set the headers, timeouts, connections and redirects of a session.
    pub fn builder() -> SessionBuilder {
        SessionBuilder::default()
    }

    /// Asks for a URL.
    #[track_caller]
    pub fn get(&self, url: &str) -> Request {
        self.request(Method::GET, url)
    }

    /// Asks only for the head of a URL.
    #[track_caller]
    pub fn head(&self, url: &str) -> Request {
        self.request(Method::HEAD, url)
    }

    /// Sends something to a URL.
    #[track_caller]
    pub fn post(&self, url: &str) -> Request {
        self.request(Method::POST, url)
    }

    /// Puts something at a URL.
    #[track_caller]
    pub fn put(&self, url: &str) -> Request {
        self.request(Method::PUT, url)
    }

    /// Deletes what is at a URL.
    #[track_caller]
    pub fn delete(&self, url: &str) -> Request {
        self.request(Method::DELETE, url)
    }

    /// A request with any method. If the URL is wrong, the error comes when the request is awaited.
    #[track_caller]
    pub fn request(&self, method: Method, url: &str) -> Request {
        Request::new(self.clone(), method, Url::parse(url))
    }

    /// How many connections are kept for the next request.
    pub fn idle_connections(&self) -> usize {
        self.shared.pool.idle()
    }
}

/// Makes sessions that are special in some way; see [`Session::builder`].
///
/// ```
/// use std::time::Duration;
/// use glassloop::http::Session;
///
/// # glassloop::run(async {
/// # let server = glassloop::start_server(("127.0.0.1", 0), async |mut reader, writer| {
/// #     let head = reader.readuntil(b"\r\n\r\n").await.unwrap();
/// #     writer.writelines([b"HTTP/1.0 200 OK\r\n\r\n", &*head]).unwrap();
/// # });
/// # let server = server.await.unwrap();
/// # let url = format!("http://{}/", server.local_addrs()[0]);
/// let session = Session::builder()
///     .user_agent("my-crawler/1.0")
///     .header("accept-language", "zh")
///     .timeout(Duration::from_secs(60))
///     .connections_per_host(4)
///     .max_body(1024 * 1024)
///     .build();
/// let sent = session.get(&url).await?.text().await?; // this server sends back what it got
/// assert!(sent.contains("user-agent: my-crawler/1.0\r\n"));
/// # Ok::<(), glassloop::http::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct SessionBuilder {
    pub(super) headers: HeaderMap,
    pub(super) problem: Option<Error>,
    pub(super) total: Option<Duration>,
    pub(super) connect: Option<Duration>,
    pub(super) read: Option<Duration>,
    pub(super) redirects: usize,
    pub(super) max_body: u64,
    pub(super) http11: bool,
    pub(super) keep_alive: bool,
    connections: usize,
    connections_per_host: Option<usize>,
    connector: Connector,
}

impl Default for SessionBuilder {
    /// aiohttp's figures, where it has any.
    fn default() -> SessionBuilder {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        let agent = concat!("glassloop/", env!("CARGO_PKG_VERSION"));
        headers.insert(USER_AGENT, HeaderValue::from_static(agent));
        #[cfg(feature = "gzip")]
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate"));
        SessionBuilder {
            headers,
            problem: None,
            total: Some(Duration::from_secs(300)),
            connect: Some(Duration::from_secs(30)),
            read: None,
            redirects: 10,
            max_body: 256 * 1024 * 1024,
            http11: false,
            keep_alive: true,
            connections: 100,
            connections_per_host: None,
            connector: Connector::default(),
        }
    }
}

impl SessionBuilder {
    /// A header of all requests, in place of one of the same name. A request may have another value, or several:
    /// [`Request::header`].
    pub fn header(mut self, name: &str, value: &str) -> SessionBuilder {
        match header(name, value) {
            Ok((name, value)) => drop(self.headers.insert(name, value)),
            Err(problem) => self.problem = Some(problem),
        }
        self
    }

    /// The `User-Agent` header; `glassloop/` and the version by default.
    pub fn user_agent(self, agent: &str) -> SessionBuilder {
        self.header("user-agent", agent)
    }

    /// How long a request may take from its first poll to the last byte of its body; 300 s by default.
    pub fn timeout(mut self, total: impl Into<Option<Duration>>) -> SessionBuilder {
        self.total = total.into();
        self
    }

    /// How long making a connection may take; 30 s by default.
    pub fn connect_timeout(mut self, connect: impl Into<Option<Duration>>) -> SessionBuilder {
        self.connect = connect.into();
        self
    }

    /// How long each read, and each write, may take; for ever by default.
    pub fn read_timeout(mut self, read: impl Into<Option<Duration>>) -> SessionBuilder {
        self.read = read.into();
        self
    }

    /// How many connections there may be at once, those that are kept among them; 100 by default, at least 1. Requests
    /// beyond that wait in line.
    pub fn connections(mut self, most: usize) -> SessionBuilder {
        self.connections = most.max(1);
        self
    }

    /// How many requests to one host may run at once; by default as many as in all.
    pub fn connections_per_host(mut self, most: usize) -> SessionBuilder {
        self.connections_per_host = Some(most.max(1));
        self
    }

    /// Keeps no connection for the next request.
    pub fn without_keep_alive(mut self) -> SessionBuilder {
        self.keep_alive = false;
        self
    }

    /// How many redirects are followed; 10 by default. With 0 the redirect itself is the response.
    pub fn redirects(mut self, most: usize) -> SessionBuilder {
        self.redirects = most;
        self
    }

    /// The largest body, in bytes, that [`bytes`](super::Response::bytes) and
    /// [`text`](super::Response::text) collect; 256 MiB by default.
    pub fn max_body(mut self, bytes: u64) -> SessionBuilder {
        self.max_body = bytes;
        self
    }

    /// Speaks HTTP/1.1, for servers that insist on it. By default requests are HTTP/1.0.
    pub fn http11(mut self) -> SessionBuilder {
        self.http11 = true;
        self
    }

    /// Trusts one more authority, beside those that the system trusts. Give its certificate in PEM or DER; in PEM
    /// there may be several.
    ///
    /// aiohttp: the `ssl` of its connector.
    #[cfg(feature = "tls")]
    pub fn root_certificate(mut self, certificate: &[u8]) -> SessionBuilder {
        if let Err(problem) = self.connector.trust.add(certificate) {
            self.problem = Some(problem);
        }
        self
    }

    /// Makes the session. If a header is wrong, the first request returns the error.
    pub fn build(mut self) -> Session {
        let connector = mem::take(&mut self.connector);
        let pool =
            Pool::new(self.connections, self.connections_per_host, self.keep_alive, connector);
        Session { shared: Rc::new(SessionState { settings: self, pool: Rc::new(pool) }) }
    }

    pub(super) fn patience(&self) -> Patience {
        Patience { connect: self.connect, read: self.read, total: None }
    }
}

/// A header that can be sent: a line end in it would let its author write the rest of the request.
pub(super) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Error> {
    let wrong = |what: &str| {
        Error::new(Reason::Request(format!("the header {name:?} can't be sent: {what}")))
    };
    let known = HeaderName::from_bytes(name.as_bytes());
    let name = known.map_err(|_| wrong("that is no name of a header"))?;
    let value = HeaderValue::from_bytes(value.as_bytes());
    Ok((name, value.map_err(|_| wrong("its value has a line end or a control character in it"))?))
}
