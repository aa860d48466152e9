//! A reply: its head, and its body as it comes.

use std::{fmt, io, path::Path};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Version};
#[cfg(feature = "json")]
use serde::de::DeserializeOwned;

use super::{
    Error, Operation, Reason, Url,
    body::{Body, STRAIGHT},
    charset,
    head::Head,
};
use crate::{
    fs::{self, Replacement},
    streams::Buffer,
    waits::to_thread,
};

/// How much is read at once, where nobody says how much.
const PIECE: usize = 64 * 1024;

/// For how much of a body, at most, room is made before it comes.
const MOST_EXPECTED: u64 = 1024 * 1024;

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
    body: Body,
    /// What was read and not handed out: behind a line, or for an operation that was dropped or failed.
    rest: Buffer,
    /// All of the body, once it was asked for.
    whole: Option<Bytes>,
    /// Some of it was handed out, and is not kept.
    is_streamed: bool,
    max_body: u64,
}

impl Response {
    pub(super) fn new(
        url: Url,
        head: Head,
        history: Vec<(StatusCode, Url)>,
        body: Body,
        max_body: u64,
    ) -> Response {
        let (rest, whole) = (Buffer::default(), None);
        Response { url, head, history, body, rest, whole, is_streamed: false, max_body }
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
        Operation::new(self.all())
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
        Operation::new(async move {
            let bytes = self.all().await?;
            Ok(charset::decode(self.headers(), &bytes))
        })
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
        let charset = charset::called(charset).ok_or_else(|| {
            Error::new(Reason::Decode(format!("no charset is called {charset:?}"))).of(&self.url)
        });
        Operation::new(async move {
            let charset = charset?;
            let bytes = self.all().await?;
            Ok(charset::decode_in(charset, &bytes))
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
        Operation::new(async move {
            let bytes = self.all().await?;
            // Some servers begin with a byte order mark, which JSON does not know.
            let json = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            serde_json::from_slice(json).map_err(|error| {
                Error::new(Reason::Decode(format!("the body is no such JSON: {error}")))
                    .of(&self.url)
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
        Operation::new(self.piece(n))
    }

    /// Reads the next piece of the body, as large as it came. `None` at the end.
    ///
    /// aiohttp: `content.readany`.
    ///
    /// # Errors
    /// As [`read`](Response::read).
    #[track_caller]
    pub fn chunk(&mut self) -> Operation<'_, Option<Vec<u8>>> {
        Operation::new(async move {
            let piece = self.piece(PIECE).await?;
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
        Operation::new(async move {
            self.check_not_whole()?;
            let line = self.line().await?;
            self.is_streamed |= line.is_some();
            Ok(line)
        })
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
            let url = self.url.clone();
            self.check_is_there()?;
            if let Some(whole) = self.whole.take() {
                self.rest.extend(&whole);
            }
            self.write_to(&path).await.map_err(|error| error.of(&url))
        })
    }

    async fn all(&mut self) -> Result<Bytes, Error> {
        if let Some(whole) = &self.whole {
            return Ok(whole.clone());
        }
        self.check_not_streamed()?;
        // A server may say what it likes of the length, so no more than a little is made ready for that.
        let expected = self.body.remaining().unwrap_or(0).min(MOST_EXPECTED);
        self.rest.reserve(expected as usize);
        loop {
            self.check_size(self.rest.len())?;
            if !self.body_next(STRAIGHT).await? {
                let whole = Bytes::from(self.rest.take_all());
                return Ok(self.whole.insert(whole).clone());
            }
        }
    }

    async fn piece(&mut self, most: usize) -> Result<Vec<u8>, Error> {
        self.check_not_whole()?;
        let piece = self.some(most).await?;
        self.is_streamed |= !piece.is_empty();
        Ok(piece)
    }

    async fn some(&mut self, most: usize) -> Result<Vec<u8>, Error> {
        if self.rest.is_empty() {
            self.body_next(most).await?;
        }
        match most >= self.rest.len() {
            true => Ok(self.rest.take_all()),
            false => Ok(self.rest.take(most)),
        }
    }

    async fn line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let mut searched = 0;
        loop {
            let end = self.rest.filled()[searched..].iter().position(|byte| *byte == b'\n');
            let length = end.map(|end| searched + end + 1);
            self.check_size(length.unwrap_or(self.rest.len()))?;
            if let Some(length) = length {
                return Ok(Some(self.rest.take(length)));
            }
            searched = self.rest.len();
            if !self.body_next(PIECE).await? {
                return Ok(Some(self.rest.take_all()).filter(|line| !line.is_empty()));
            }
        }
    }

    /// Puts the next bytes of the body to the rest. Returns whether there were any.
    async fn body_next(&mut self, most: usize) -> Result<bool, Error> {
        let before = self.rest.len();
        let next = self.body.next(&mut self.rest, most).await;
        next.map_err(|error| error.of(&self.url))?;
        Ok(self.rest.len() > before)
    }

    /// All of the body can't be had where some of it has gone. The tempting way is to give what is left: nothing, most
    /// often, which looks like an empty page.
    fn check_not_streamed(&self) -> Result<(), Error> {
        self.check(!self.is_streamed, "the body was handed out in pieces, and they are not kept")
    }

    fn check_not_whole(&self) -> Result<(), Error> {
        let is_there = self.whole.as_ref().is_none_or(Bytes::is_empty);
        self.check(is_there, "the body was read whole: `bytes` and `text` give it again")
    }

    fn check_is_there(&self) -> Result<(), Error> {
        self.check_not_streamed()?;
        self.check(!self.body.is_absent(), "such a reply has no body that could be saved")
    }

    fn check(&self, is_fine: bool, why: &'static str) -> Result<(), Error> {
        match is_fine {
            true => Ok(()),
            false => Err(Error::new(Reason::NoBody(why)).of(&self.url)),
        }
    }

    fn check_size(&self, bytes: usize) -> Result<(), Error> {
        match bytes as u64 > self.max_body {
            true => Err(Error::new(Reason::TooLarge { limit: self.max_body }).of(&self.url)),
            false => Ok(()),
        }
    }

    async fn write_to(&mut self, path: &Path) -> Result<u64, Error> {
        let failed = |error: io::Error| Error::new(Reason::File(error.into()));
        let place = path.to_path_buf();
        // Should nobody wait for it any more, what was begun is undone on the thread.
        let begun = to_thread(move || Replacement::begin(&place)).await;
        let (file, replacement) = begun.map_err(failed)?;
        let mut file = fs::File::new(file, path.into());
        let mut size = 0;
        loop {
            let piece = self.some(PIECE).await?;
            if piece.is_empty() {
                break;
            }
            file.write(&piece).await.map_err(failed)?;
            size += piece.len() as u64;
        }
        file.close().await.map_err(failed)?;
        to_thread(move || replacement.finish()).await.map_err(failed)?;
        Ok(size)
    }

    /// Reads on, if what is left is small, so that the connection can be used again.
    pub(super) async fn discard(self, most: usize) {
        self.body.discard(most).await;
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
