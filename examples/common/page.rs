//! A GET over a raw connection, for examples whose subject is another: what `requests.get` is in Python.

use std::{
    fmt,
    io::{self, Write},
    net::TcpStream,
    time::Duration,
};

use glassloop::{open_connection, timeout};

use super::{
    arguments::Arguments,
    ending::note,
    first_line::first_line,
    host::{Host, split_scheme},
};

/// How long a page may take; longer than the slowest of the site.
const PATIENCE: Duration = Duration::from_secs(60);

/// A page to be fetched. Prints as its address.
#[derive(Clone)]
pub struct Page {
    host: Host,
    path: String,
}

impl Page {
    /// The page of a URL: `http://HOST[:PORT][/PATH]`, or the same without its beginning.
    pub fn of_url(url: &str) -> Result<Page, String> {
        let url = url.split('#').next().unwrap_or("");
        let (scheme, rest) = split_scheme(url).unwrap_or(("http", url));
        if !scheme.eq_ignore_ascii_case("http") {
            return Err(format!("{url:?} is not http: over a raw connection there is no other"));
        }
        let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Page { host: Host::parse(host)?, path: format!("{slash}{}", percent_encoded(path)) })
    }

    /// Another page of the same host.
    pub fn sibling(&self, path: &str) -> Page {
        Page { path: path.into(), ..self.clone() }
    }

    fn request(&self) -> String {
        format!("GET {} HTTP/1.0\r\nHost: {}\r\n\r\n", self.path, self.host.header)
    }
}

impl Arguments {
    /// The front page of the host that is the last word; without one, of the embedded site.
    pub fn front_page(&mut self) -> Page {
        let host = match self.last_word("host") {
            Some(word) => Host::parse(&word).unwrap_or_else(|problem| self.wrong(&problem)),
            None => {
                let site = self.embedded_site("host");
                Host::at(&site.ip().to_string(), site)
            }
        };
        Page { host, path: "/".into() }
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.host.header, self.path)
    }
}

/// What may not stand in a request's first line, as `%XX`.
fn percent_encoded(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    let letter = |byte: u8| match byte {
        byte if is_plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    path.bytes().map(letter).collect()
}

/// What came of a GET. One type and no `Result`, since that would print `Ok(<Response [200]>)`
/// where Python prints `<Response [200]>`.
pub enum Response {
    /// An answer, with this status.
    Status(u16),
    /// There was no answer.
    Failed(io::Error),
}

impl Response {
    /// Did the page come?
    pub fn is_ok(&self) -> bool {
        matches!(self, Response::Status(200..300))
    }

    /// Of a status line, such as `HTTP/1.1 200 OK`.
    fn of_line(line: &[u8]) -> io::Result<Response> {
        if !line.ends_with(b"\n") {
            let early = "the connection was closed in the middle of the answer's first line";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, early));
        }
        let line = String::from_utf8_lossy(line);
        let mut words = line.split_whitespace();
        let is_http = words.next().is_some_and(|version| version.starts_with("HTTP/"));
        match words.next().and_then(|status| status.parse().ok()) {
            Some(status @ 100..1000) if is_http => Ok(Response::Status(status)),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the answer is not HTTP")),
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Response::Status(status) => write!(f, "<Response [{status}]>"),
            Response::Failed(error) => write!(f, "<no Response: {error}>"),
        }
    }
}

/// Fetches a page. While it waits, the loop goes on with other tasks.
pub async fn get(page: &Page) -> Response {
    let status = async {
        let (mut reader, writer) = open_connection(page.host.address()).await.inspect_err(note)?;
        writer.write(page.request().as_bytes())?;
        writer.drain().await?;
        Response::of_line(&reader.readline().await?)
    };
    match timeout(PATIENCE, status).await {
        Ok(response) => response.unwrap_or_else(Response::Failed),
        Err(error) => Response::Failed(error.into()),
    }
}

/// Fetches a page. While it waits nobody goes on: it holds the thread.
pub fn get_blocking(page: &Page) -> Response {
    let status = || {
        let mut stream = TcpStream::connect(page.host.address()).inspect_err(note)?;
        stream.write_all(page.request().as_bytes())?;
        Response::of_line(&first_line(stream, PATIENCE)?)
    };
    status().unwrap_or_else(Response::Failed)
}
