//! A reply: its head, and its body as it comes.

use std::{fmt, path::Path};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Version};
#[cfg(feature = "json")]
use serde::de::DeserializeOwned;

use super::{
    Error, Operation, Reason, Url, charset,
    content::{Content, PIECE},
    head::Head,
};

/// What a server has replied. The head is here; the body is read when it is asked for.
///
/// aiohttp: `aiohttp.ClientResponse`. Once the body is whole, the connection serves other requests; dropping
/// the response before that closes it. Prints as `<Response(URL) [200 OK]>`.
///
/// ```
/// use glassloop::http::Session;
///
/// # glassloop::run(async {
/// # let server = glassloop::start_server(("127.0.0.1", 0), async |mut reader, writer| {
/// #     reader.readuntil(b"\r\n\r\n").await.unwrap();
/// #     writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello").unwrap();
/// # });
/// # let server = server.await.unwrap();
/// # let url = format!("http://{}/", server.local_addrs()[0]);
/// let mut response = Session::new().get(&url).await?.error_for_status()?;
/// assert_eq!(response.status(), 200);
/// assert_eq!(response.headers()["content-type"], "text/plain");
/// assert_eq!(response.url().as_str(), url);
/// assert_eq!(response.text().await?, "hello");
///
/// let mut in_pieces = Session::new().get(&url).await?;
/// let mut size = 0;
/// while let Some(piece) = in_pieces.chunk().await? {
///     size += piece.len();
/// }
/// assert_eq!(size, 5);
///
/// # let path = std::env::temp_dir().join(format!("glassloop-saved-{}", std::process::id()));
/// let saved = Session::new().get(&url).await?.save(&path).await?;
/// assert_eq!(saved, 5);
/// # std::fs::remove_file(&path)?;
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
#[must_use]
pub struct Response {
    url: Url,
    head: Head,
    history: Vec<(StatusCode, Url)>,
    content: Content,
}

impl Response {
    pub(super) fn new(
        url: Url,
        head: Head,
        history: Vec<(StatusCode, Url)>,
        content: Content,
    ) -> Response {
        Response { url, head, history, content }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// What the server says beside the status; may be empty.
    pub fn reason(&self) -> &str {
        &self.head.reason
    }

    /// In which version of HTTP the server has replied.
    pub fn version(&self) -> Version {
        self.head.version
    }

    /// The header fields. With the feature `gzip`, those of length and coding tell of the body before it was
    /// decoded.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The URL that has replied, after all redirects.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The redirects on the way here, the first one first: the reply and the URL of each.
    pub fn history(&self) -> &[(StatusCode, Url)] {
        &self.history
    }

    /// The response itself, unless its status says that the request has failed (400 and above).
    ///
    /// aiohttp: `raise_for_status`.
    ///
    /// # Errors
    /// [`Reason::Status`], if it has.
    #[doc(alias = "raise_for_status")]
    pub fn error_for_status(self) -> Result<Response, Error> {
        match self.status().is_client_error() || self.status().is_server_error() {
            true => Err(Error::new(Reason::Status(self.status())).of(&self.url)),
            false => Ok(self),
        }
    }

    /// Reads the whole body, and keeps it: another call costs nothing.
    ///
    /// aiohttp: `ClientResponse.read`. Dropping the future loses nothing: the next one has the bytes that have arrived.
    ///
    /// # Errors
    /// If the body is not complete, or is larger than allowed; [`Reason::NoBody`], if some of it was read in
    /// pieces.
    #[track_caller]
    pub fn bytes(&mut self) -> Operation<'_, Bytes> {
        Operation::at(&self.url, self.content.all())
    }

    /// Reads the whole body as text; you may call it again. What is not UTF-8 becomes `�`. With the feature
    /// `charset` it is read in the charset that a byte order mark tells, or the server names, or the page itself in
    /// a `<meta>`.
    ///
    /// aiohttp: `ClientResponse.text`.
    ///
    /// # Errors
    /// As [`bytes`](Response::bytes).
    #[track_caller]
    pub fn text(&mut self) -> Operation<'_, String> {
        let Response { url, head, content, .. } = self;
        Operation::at(url, async move { Ok(charset::decode(&head.headers, &content.all().await?)) })
    }

    /// Reads the whole body as text in this charset, whatever the server says (feature `charset`).
    ///
    /// aiohttp: `ClientResponse.text(encoding=)`. The names are those of the web: `gbk`, `big5`, `iso-8859-1`.
    ///
    /// # Errors
    /// As [`bytes`](Response::bytes); [`Reason::Decode`], if nobody knows such a charset.
    #[cfg(feature = "charset")]
    #[track_caller]
    #[doc(alias = "text_with_charset")]
    pub fn text_in(&mut self, charset: &str) -> Operation<'_, String> {
        let charset = charset::called(charset)
            .ok_or_else(|| Error::new(Reason::Decode(format!("no charset is called {charset:?}"))));
        Operation::at(&self.url, async {
            let charset = charset?;
            Ok(charset::decode_in(charset, &self.content.all().await?))
        })
    }

    /// Reads the whole body as JSON (feature `json`), into anything that serde can make of it, such as a struct or a
    /// `serde_json::Value`. Nothing else runs while it is taken apart.
    ///
    /// aiohttp: `ClientResponse.json`; but what the server calls it does not matter.
    ///
    /// ```
    /// # glassloop::run(async {
    /// # let server = glassloop::start_server(("127.0.0.1", 0), async |mut reader, writer| {
    /// #     reader.readuntil(b"\r\n\r\n").await.unwrap();
    /// #     writer.write(b"HTTP/1.0 200 OK\r\n\r\n{\"Ada\": 36}").unwrap();
    /// # });
    /// # let server = server.await.unwrap();
    /// # let url = format!("http://{}/", server.local_addrs()[0]);
    /// use std::collections::HashMap;
    ///
    /// let mut response = glassloop::http::Session::new().get(&url).await?;
    /// let ages: HashMap<String, u32> = response.json().await?;
    /// assert_eq!(ages["Ada"], 36);
    /// # Ok::<(), glassloop::http::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As [`bytes`](Response::bytes); [`Reason::Decode`], if it is no JSON, or of another kind.
    #[cfg(feature = "json")]
    #[track_caller]
    pub fn json<T: DeserializeOwned + 'static>(&mut self) -> Operation<'_, T> {
        Operation::at(&self.url, async {
            let bytes = self.content.all().await?;
            // Some servers begin with a byte order mark, which JSON does not know.
            let json = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            serde_json::from_slice(json).map_err(|error| {
                Error::new(Reason::Decode(format!("the body is no such JSON: {error}")))
            })
        })
    }

    /// Reads at most `n` bytes of the body: what has come, or what comes next. Empty only at the end, or if
    /// `n` is 0.
    ///
    /// aiohttp: `content.read(n)`.
    ///
    /// # Errors
    /// If the body does not come whole; [`Reason::NoBody`], if it was read whole before.
    #[track_caller]
    pub fn read(&mut self, n: usize) -> Operation<'_, Vec<u8>> {
        Operation::at(&self.url, self.content.piece(n))
    }

    /// Reads the next piece of the body, as large as it came. `None` at the end.
    ///
    /// aiohttp: `content.readany`.
    ///
    /// # Errors
    /// As [`read`](Response::read).
    #[track_caller]
    pub fn chunk(&mut self) -> Operation<'_, Option<Vec<u8>>> {
        Operation::at(&self.url, async {
            let piece = self.content.piece(PIECE).await?;
            Ok(Some(piece).filter(|piece| !piece.is_empty()))
        })
    }

    /// Reads the next line of the body, its `\n` included; the last one may have none. `None` at the end.
    ///
    /// aiohttp: `content.readline`.
    ///
    /// # Errors
    /// As [`read`](Response::read), or if the line is larger than a body may be.
    #[track_caller]
    #[doc(alias = "lines")]
    pub fn next_line(&mut self) -> Operation<'_, Option<Vec<u8>>> {
        Operation::at(&self.url, self.content.line())
    }

    /// Writes the body to a file: beside it first, and in its place once all has come. So either all of it is
    /// there, or nothing has changed. Returns how many bytes it was.
    ///
    /// The file keeps its mode; a symbolic link stays one, and what it leads to is replaced. What is no plain file,
    /// such as a pipe or a device, is written through as the body comes. (To open a pipe waits for a reader, on a
    /// thread.)
    ///
    /// # Errors
    /// If the body does not come whole, or the file can't be written; [`Reason::NoBody`], if some of it was handed out
    /// in pieces, or such a reply has none (to `HEAD`, or a status like 304): that is not to take the place of a file.
    #[track_caller]
    pub fn save(mut self, path: impl AsRef<Path>) -> Operation<'static, u64> {
        let path = path.as_ref().to_path_buf();
        Operation::new(async move {
            self.content.save(&path).await.map_err(|error| error.of(&self.url))
        })
    }

    /// Reads on, if what is left is small, so that the connection can be used again.
    pub(super) async fn discard(self, most: usize) {
        self.content.discard(most).await;
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Head { status, reason, .. } = &self.head;
        let reason = if reason.is_empty() { String::new() } else { format!(" {reason}") };
        // A server's words must not command a terminal, nor turn its line around.
        let reason = reason.replace(|c: char| c.is_control() || is_bidirectional(c), "\u{fffd}");
        write!(f, "<Response({}) [{}{}]>", self.url, status.as_str(), reason)
    }
}

/// Does this turn the direction of what is written?
fn is_bidirectional(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
