//! A request: what is asked for, and how it goes over the wire.

use std::{
    cell::{Cell, RefCell},
    future::IntoFuture,
    mem,
    rc::Rc,
    time::Duration,
};

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, LOCATION, TRANSFER_ENCODING},
};

use super::{
    Error, Operation, Reason, Response, Session, Url,
    body::Body,
    connection::Patience,
    content::Content,
    fields::{carries_credential, describes_body, remove},
    framing::{Framing, connection_says, is_kept_alive},
    head::{Head, read_head},
    pool::Lease,
    session::header,
    url::encode_pairs,
};

/// So much of a body that nobody wants is read, to keep its connection.
const WORTH_READING: usize = 64 * 1024;

/// Few requests have a longer head.
const USUAL_HEAD: usize = 256;

/// Something to be asked of a server. Awaiting it sends it.
///
/// aiohttp: what `session.get(...)` returns. If it is wrong, the error comes when it is awaited, before anything is
/// sent.
///
/// ```
/// use glassloop::http::Session;
///
/// # glassloop::run(async {
/// # let server = glassloop::start_server(("127.0.0.1", 0), async |mut reader, writer| {
/// #     let head = reader.readuntil(b"\r\n\r\n").await.unwrap();
/// #     let body = reader.readexactly("name=%E7%94%BB".len()).await.unwrap();
/// #     writer.writelines([b"HTTP/1.0 200 OK\r\n\r\n", &*head, &*body]).unwrap();
/// # });
/// # let server = server.await.unwrap();
/// # let url = format!("http://{}/", server.local_addrs()[0]);
/// let mut response = Session::new()
///     .post(&url)
///     .query([("page", "2")])
///     .header("accept-language", "zh")
///     .form([("name", "画")])
///     .await?;
/// let sent = response.text().await?; // this server sends back what it got
/// assert!(sent.starts_with("POST /?page=2 HTTP/1.0\r\n"));
/// assert!(sent.ends_with("\r\n\r\nname=%E7%94%BB"));
/// # Ok::<(), glassloop::http::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "a request is not sent until it is awaited"]
pub struct Request {
    session: Session,
    method: Method,
    url: Result<Url, Error>,
    /// The request's own.
    headers: HeaderMap,
    /// The session's, and what the body brings along. Those of the request take their place.
    usual: HeaderMap,
    query: Vec<(String, String)>,
    body: Option<Rc<[u8]>>,
    total: Option<Duration>,
    redirects: usize,
    max_body: u64,
    problem: Option<Error>,
}

impl Request {
    pub(super) fn new(session: Session, method: Method, url: Result<Url, Error>) -> Request {
        let settings = &session.shared.settings;
        Request {
            method,
            url,
            headers: HeaderMap::new(),
            usual: settings.headers.clone(),
            query: Vec::new(),
            body: None,
            total: settings.total,
            redirects: settings.redirects,
            max_body: settings.max_body,
            problem: settings.problem.clone(),
            session,
        }
    }

    /// A header, in place of the session's of the same name. Given again with another value, it is sent with both: a
    /// field for each.
    pub fn header(mut self, name: &str, value: &str) -> Request {
        match header(name, value) {
            Ok((name, value)) => _ = self.headers.append(name, value),
            Err(problem) => self.problem = Some(problem),
        }
        self
    }

    /// Pairs for the URL's query, which are percent-encoded.
    pub fn query<N, V>(mut self, pairs: impl IntoIterator<Item = (N, V)>) -> Request
    where
        N: Into<String>,
        V: Into<String>,
    {
        self.query.extend(pairs.into_iter().map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// The body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Request {
        self.body = Some(body.into().into());
        self
    }

    /// Pairs as the body, as a form sends them. The `Content-Type` says so, unless [`header`](Request::header) gives
    /// another.
    pub fn form<N, V>(mut self, pairs: impl IntoIterator<Item = (N, V)>) -> Request
    where
        N: Into<String>,
        V: Into<String>,
    {
        let pairs: Vec<_> =
            pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        self.usual.insert(CONTENT_TYPE, form);
        self.body(encode_pairs(&pairs))
    }

    /// How long this request may take in all, instead of the session's limit.
    pub fn timeout(mut self, total: impl Into<Option<Duration>>) -> Request {
        self.total = total.into();
        self
    }

    /// How many redirects are followed, instead of the session's number. With 0 the redirect itself is the
    /// response.
    ///
    /// aiohttp: `max_redirects`, `allow_redirects`.
    #[doc(alias = "allow_redirects")]
    pub fn redirects(mut self, most: usize) -> Request {
        self.redirects = most;
        self
    }

    /// The largest body, in bytes, that is collected, instead of the session's limit.
    pub fn max_body(mut self, bytes: u64) -> Request {
        self.max_body = bytes;
        self
    }

    /// Sends the request and waits for the head of the reply. Awaiting the request does the same.
    ///
    /// # Errors
    /// If the request can't be sent, or there is no reply to it. A status such as 404 is a reply:
    /// [`error_for_status`](Response::error_for_status).
    #[track_caller]
    pub fn send(self) -> Operation<'static, Response> {
        Operation::new(async move {
            let url = self.url.clone()?.with_query(&self.query);
            let progress = Progress { at: RefCell::new(url.clone()), is_in_line: Cell::new(false) };
            let mut patience = self.session.shared.settings.patience();
            patience.start(self.total);
            let following = self.follow(&progress, &patience);
            let following = async { following.await.map_err(|error| error.of(&url)) };
            let response = patience.in_all(following).await;
            response.map_err(|error| progress.named(error))
        })
    }

    /// Sends it, and follows the redirects.
    async fn follow(mut self, progress: &Progress, patience: &Patience) -> Result<Response, Error> {
        if let Some(problem) = self.problem.take() {
            return Err(problem);
        }
        // The first of a name replaces, and the others are added.
        let own = mem::replace(&mut self.headers, mem::take(&mut self.usual));
        self.headers.extend(own);
        let mut history = Vec::new();
        loop {
            let url = progress.at.borrow().clone();
            let response = self.exchange(&url, &history, progress, patience).await;
            let response = response.map_err(|error| error.of(&url))?;
            let Some(next) = self.redirect(&response)? else { return Ok(response) };
            history.push((response.status(), url));
            // Boxed: most requests never come here, and each of them would keep room for it.
            Box::pin(response.discard(WORTH_READING)).await;
            // Also where it has been before: a server that has set a cookie, or has counted, may answer otherwise.
            progress.at.replace(next);
        }
    }

    /// Where the response redirects to, if it does and is to be followed. Turns this request into the next one.
    fn redirect(&mut self, response: &Response) -> Result<Option<Url>, Error> {
        let most = self.redirects;
        let is_post = self.method == Method::POST;
        let becomes_get = match response.status() {
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => is_post,
            StatusCode::SEE_OTHER => self.method != Method::HEAD,
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => false,
            _ => return Ok(None),
        };
        // An empty one would be the same URL again. Browsers stay there, too.
        let location = response.headers().get(LOCATION).filter(|it| !it.is_empty());
        let Some(location) = location.filter(|_| most > 0) else { return Ok(None) };
        if response.history().len() >= most {
            let times = if most == 1 { "once".to_string() } else { format!("{most} times") };
            let why = format!("more than {times}, last by {}", response.url());
            return Err(Error::new(Reason::Redirect(why)));
        }
        let next = response.url().redirected(location.as_bytes())?;
        if becomes_get {
            self.method = Method::GET;
            self.body = None;
            remove(&mut self.headers, describes_body);
        }
        if next.origin() != response.url().origin() {
            // They were meant for the server that was asked, not for one that it names.
            remove(&mut self.headers, carries_credential);
            self.headers.remove(HOST);
        }
        Ok(Some(next))
    }

    /// One request, one reply. Where a connection that was kept turns out to be closed, the request is sent once
    /// more, on a new one; unless the server may have acted upon it.
    async fn exchange(
        &self,
        url: &Url,
        history: &[(StatusCode, Url)],
        progress: &Progress,
        patience: &Patience,
    ) -> Result<Response, Error> {
        let (pool, origin) = (&self.session.shared.pool, url.origin());
        progress.is_in_line.set(true);
        let permits = pool.permits(&origin).await;
        progress.is_in_line.set(false);
        let mut lease = pool.lease(permits, &origin, patience).await?;
        let mut head = self.ask(&mut lease, url, patience).await;
        if lease.is_used && self.method.is_idempotent() && head.as_ref().is_err_and(was_closed) {
            lease = pool.reopen(lease, patience).await?;
            head = self.ask(&mut lease, url, patience).await;
        }
        let head = head?;
        let framing = Framing::of(&self.method, &head)?;
        let keep_alive = self.keeps_alive() && is_kept_alive(&self.method, &head, &framing);
        let body = Body::new(lease, framing, keep_alive, *patience);
        #[cfg(feature = "gzip")]
        let body = body.coded_as_in(&head);
        let content = Content::new(body, self.max_body);
        Ok(Response::new(url.clone(), head, history.to_vec(), content))
    }

    async fn ask(&self, lease: &mut Lease, url: &Url, patience: &Patience) -> Result<Head, Error> {
        lease.connection.send(&self.wire(url));
        read_head(&mut lease.connection, patience).await
    }

    /// Does the request itself, if it says anything about it, want the connection to be kept?
    fn keeps_alive(&self) -> bool {
        !self.headers.contains_key(CONNECTION) || connection_says(&self.headers, "keep-alive")
    }

    /// The request, byte by byte.
    fn wire(&self, url: &Url) -> Vec<u8> {
        let settings = &self.session.shared.settings;
        let version = if settings.http11 { " HTTP/1.1\r\n" } else { " HTTP/1.0\r\n" };
        let mut wire = Vec::with_capacity(USUAL_HEAD);
        for part in [self.method.as_str(), " ", url.target(), version] {
            wire.extend_from_slice(part.as_bytes());
        }
        let mut field = |name: &HeaderName, value: &[u8]| {
            wire.extend_from_slice(name.as_str().as_bytes());
            wire.extend_from_slice(b": ");
            wire.extend_from_slice(value);
            wire.extend_from_slice(b"\r\n");
        };
        if !self.headers.contains_key(HOST) {
            field(&HOST, url.host_header().as_bytes());
        }
        // In 1.0 to keep a connection is the exception, in 1.1 the rule.
        if !self.headers.contains_key(CONNECTION) {
            field(&CONNECTION, if settings.keep_alive { b"keep-alive" } else { b"close" });
        }
        let sends_body = [Method::POST, Method::PUT, Method::PATCH].contains(&self.method);
        let length = self.body.as_ref().map(|body| body.len()).or(sends_body.then_some(0));
        if let Some(length) = length {
            field(&CONTENT_LENGTH, length.to_string().as_bytes());
        }
        // Where the body ends is said here, and not by the caller.
        let framing = [CONTENT_LENGTH, TRANSFER_ENCODING];
        let others = self.headers.iter().filter(|(name, _)| !framing.contains(name));
        for (name, value) in others {
            field(name, HeaderValue::as_bytes(value));
        }
        wire.extend_from_slice(b"\r\n");
        wire.extend_from_slice(self.body.as_deref().unwrap_or_default());
        wire
    }
}

/// Where a request has got to: a timeout around all of it must name that.
struct Progress {
    at: RefCell<Url>,
    /// It waits for a connection of the pool.
    is_in_line: Cell<bool>,
}

impl Progress {
    fn named(&self, error: Error) -> Error {
        match *error.reason() {
            // What has failed by itself has its URL already.
            Reason::Timeout { after, .. } if error.url().is_none() && self.is_in_line.get() => {
                let step = "waiting for a connection of the pool";
                Error::new(Reason::Timeout { step, after })
            }
            _ => error,
        }
        .of(&self.at.borrow())
    }
}

impl IntoFuture for Request {
    type Output = Result<Response, Error>;
    type IntoFuture = Operation<'static, Response>;

    #[track_caller]
    fn into_future(self) -> Operation<'static, Response> {
        self.send()
    }
}

/// Had the server closed the connection before it saw the request?
fn was_closed(error: &Error) -> bool {
    matches!(error.reason(), Reason::NoReply | Reason::Io(..))
}
