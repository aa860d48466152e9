//! A GET over a raw connection, for examples whose subject is another: what `requests.get` is in
//! Python.
//!
//! An example that has this as its module `get` has `server.rs` as its module `site`.

use std::{
    env, fmt,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::ExitCode,
    time::Duration,
};

use glassloop::{net::ToHost, open_connection, timeout};

use crate::site;

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

    /// The front page of the site that is embedded in this program.
    fn of_embedded_site() -> io::Result<Page> {
        let site = site::embed(site::Site::default())?;
        complain(&format!("no host given: asking the site that is embedded here, at {site}"));
        Ok(Page { host: site.ip().to_string(), port: site.port(), path: "/".into() })
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

/// Reads the arguments of an example: `[HOST[:PORT]]`, and `--delay SECONDS` if it has a use for
/// that. The front page of that host, or of the embedded site; or how the program is to end at
/// once.
pub fn arguments(usage: &str, mut delay: Option<&mut f64>) -> Result<Page, ExitCode> {
    let wrong = |problem: &str| {
        complain(&format!("{}: {problem}\n{usage}", env!("CARGO_BIN_NAME")));
        Err(ExitCode::from(2))
    };
    let (mut page, mut words) = (None, env::args().skip(1));
    while let Some(word) = words.next() {
        match (word.as_str(), &mut delay) {
            ("--help" | "-h", _) => {
                let printed = writeln!(io::stdout(), "{usage}").is_ok();
                return Err(if printed { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
            ("--delay", Some(delay)) => match words.next().and_then(|word| word.parse().ok()) {
                Some(seconds) if (0.0..=30.0).contains(&seconds) => **delay = seconds,
                _ => {
                    return wrong(
                        "--delay wants a number of seconds from 0 to 30, as in --delay 1",
                    );
                }
            },
            (option, _) if option.starts_with('-') => {
                return wrong(&format!("no such option: {option:?}"));
            }
            _ if page.is_some() => return wrong("one host is enough"),
            (word, _) => match Page::of_host(word) {
                Ok(host) => page = Some(host),
                Err(problem) => return wrong(&problem),
            },
        }
    }
    page.map_or_else(Page::of_embedded_site, Ok).map_err(|error| {
        complain(&format!("{}: {error}", env!("CARGO_BIN_NAME")));
        ExitCode::FAILURE
    })
}

/// Says something beside the output. If that can't be said there is nobody to say it to.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
