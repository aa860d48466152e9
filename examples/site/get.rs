//! A GET over a raw connection, for examples whose subject is another: what `requests.get` is in
//! Python.

#![allow(dead_code, reason = "each example uses its own part")]

#[path = "arguments.rs"]
pub mod arguments;

use std::{
    fmt,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::ExitCode,
    time::Duration,
};

use arguments::Arguments;
use glassloop::{http::Url, net::ToHost, open_connection, timeout};

/// How long a page may take; longer than the slowest of the site.
const PATIENCE: Duration = Duration::from_secs(60);

/// The longest status line that is read, in bytes.
const LIMIT: u64 = 64 * 1024;

/// A page to be fetched. Prints as its address.
#[derive(Clone)]
pub struct Page {
    host: String,
    port: u16,
    path: String,
}

impl Page {
    /// The front page of the host that is the last word; without one, of the embedded site.
    pub fn of_arguments(arguments: &mut Arguments) -> Result<Page, ExitCode> {
        match arguments.last_word("host")? {
            Some(word) => Page::of_host(&word).map_err(|problem| arguments.wrong(&problem)),
            None => {
                let site = arguments.embedded_site("host")?;
                Ok(Page { host: site.ip().to_string(), port: site.port(), path: "/".into() })
            }
        }
    }

    /// The front page of `HOST`, `HOST:PORT`, `[ADDRESS]:PORT`.
    fn of_host(word: &str) -> Result<Page, String> {
        let wrong = |why: &str| Err(format!("{word:?} is not HOST[:PORT]: {why}"));
        // What goes into the request must not end its line.
        if word.contains(|c: char| c == '/' || c.is_whitespace() || c.is_control()) {
            return wrong("give the name of the host alone, as in sina.com.cn");
        }
        match word.to_host().or_else(|_| format!("{word}:80").to_host()) {
            Ok((_, 0)) => wrong("the port is a number from 1 to 65535"),
            Ok((host, port)) => Ok(Page { host, port, path: "/".into() }),
            Err(_) => wrong("as in sina.com.cn, localhost:8080 or [::1]:8080"),
        }
    }

    /// The page of a URL.
    pub fn of_url(text: &str) -> Result<Page, String> {
        let url = Url::parse(text).map_err(|error| error.to_string())?;
        let mut parts = url.as_str().splitn(4, '/'); // http:, nothing, the host, the rest
        if !parts.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:")) {
            return Err(format!("{text:?} is not http: over a raw connection there is no other"));
        }
        let path = format!("/{}", parts.nth(2).unwrap_or(""));
        Ok(Page { host: url.host().into(), port: url.port(), path })
    }

    /// Another page of the same host.
    pub fn sibling(&self, path: &str) -> Page {
        Page { path: path.into(), ..self.clone() }
    }

    fn host_header(&self) -> String {
        let host = if self.host.contains(':') { &format!("[{}]", self.host) } else { &self.host };
        if self.port == 80 { host.clone() } else { format!("{host}:{}", self.port) }
    }

    fn request(&self) -> String {
        format!("GET {} HTTP/1.0\r\nHost: {}\r\n\r\n", self.path, self.host_header())
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.host_header(), self.path)
    }
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
        let (mut reader, writer) = open_connection((page.host.as_str(), page.port)).await?;
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
        let mut stream = TcpStream::connect((page.host.as_str(), page.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(page.request().as_bytes())?;
        let mut line = Vec::new();
        BufReader::new(stream.take(LIMIT)).read_until(b'\n', &mut line)?;
        Response::of_line(&line)
    };
    status().unwrap_or_else(Response::Failed)
}
