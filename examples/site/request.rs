//! A request, as a client has sent it: as much of HTTP/1.0 and 1.1 as the site needs.

use std::io;

use glassloop::{ReadError, StreamReader};

/// The longest body that is taken, in bytes.
const LONGEST_BODY: usize = 1024 * 1024;

/// What a client asks for.
pub struct Request {
    pub method: String,
    /// The path, and the query if there is one.
    pub target: String,
    /// The `Host` header; empty, if there is none.
    pub host: String,
    /// Does the client want to ask for more on this connection?
    pub keep_alive: bool,
    /// All of it, byte by byte: the head, an empty line, the body.
    pub bytes: Vec<u8>,
}

impl Request {
    /// Reads the next request of a connection. `None`, if there is none; what is no request is
    /// an `InvalidData`.
    pub async fn read(reader: &mut StreamReader) -> io::Result<Option<Request>> {
        let head = match reader.readuntil(b"\r\n\r\n").await {
            Ok(head) => head,
            Err(ReadError::Incomplete { partial, .. }) if partial.is_empty() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let nonsense = || io::Error::from(io::ErrorKind::InvalidData);
        let (mut request, length) = Request::parse(&head).ok_or_else(nonsense)?;
        request.bytes = head;
        request.bytes.extend(reader.readexactly(length).await?);
        Ok(Some(request))
    }

    /// Understands a head. Returns the request without its bytes, and the length of its body.
    fn parse(head: &[u8]) -> Option<(Request, usize)> {
        let mut headers = [httparse::EMPTY_HEADER; 100];
        let mut request = httparse::Request::new(&mut headers);
        request.parse(head).ok()?;
        let header = |name: &str| {
            let found =
                request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            found.map(|header| String::from_utf8_lossy(header.value).into_owned())
        };
        if header("transfer-encoding").is_some() {
            return None; // a body in chunks: nobody sends one here
        }
        let length = length(request.headers)?;
        let wish = header("connection").unwrap_or_default().to_ascii_lowercase();
        // In HTTP/1.0 a connection ends with the reply, unless the client says otherwise; in 1.1 it stays.
        let keep_alive = match request.version? {
            0 => wish.contains("keep-alive"),
            _ => !wish.contains("close"),
        };
        let request = Request {
            method: request.method?.into(),
            target: request.path?.into(),
            host: header("host").unwrap_or_default(),
            keep_alive,
            bytes: Vec::new(),
        };
        Some((request, length)).filter(|_| length <= LONGEST_BODY)
    }
}

/// How long the body is; `None`, if the head does not say it clearly. Where two programs read a length differently, what
/// one takes for a body is a request to the other.
fn length(headers: &[httparse::Header]) -> Option<usize> {
    let lengths = headers.iter().filter(|it| it.name.eq_ignore_ascii_case("content-length"));
    let mut lengths = lengths.map(|header| header.value);
    let Some(length) = lengths.next() else { return Some(0) };
    let is_clear = length.iter().all(u8::is_ascii_digit) && lengths.all(|other| other == length);
    str::from_utf8(length).ok().filter(|_| is_clear)?.parse().ok()
}
