//! A small curl: one request, with the options that everybody knows.
//!
//! ```text
//! cargo crawl get example.com
//! cargo crawl get -- -X PUT -H 'Content-Type: text/plain' -d hello httpbin.org/anything
//! cargo crawl get --features tls,gzip -- -L https://example.com/
//! ```

use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use common::{Arguments, eprintln, exit_code, printable, printed};
use glassloop::{
    http::{Method, Request, Response, Session},
    run,
};

mod common;

/// Sends the request, and shows of the response what is wanted.
async fn get(wish: &Wish) -> io::Result<()> {
    if wish.is_verbose {
        eprintln!("> {} {}", wish.method, wish.url);
    }
    let mut response = wish.request().await?;
    if wish.is_verbose {
        for (status, url) in response.history() {
            eprintln!("< {status} from {url}");
        }
        for line in head(&response) {
            eprintln!("< {line}");
        }
    }
    if wish.shows_head {
        print((head(&response).join("\n") + "\n\n").as_bytes());
    }
    if let Some(file) = &wish.file {
        response.save(file).await?;
        return Ok(());
    }
    // Piece by piece as it comes: a body may be larger than the memory.
    while let Some(piece) = response.chunk().await? {
        print(&piece);
    }
    Ok(())
}

fn main() -> ExitCode {
    let wish = Wish::of_arguments(Arguments::read(USAGE));
    let done = run(get(&wish)).inspect_err(|error| eprintln!("get: {error}"));
    exit_code(done.is_ok())
}

/// The head, line by line.
fn head(response: &Response) -> Vec<String> {
    let (version, status) = (response.version(), response.status());
    let mut lines = vec![format!("{version:?} {} {}", status.as_str(), response.reason())];
    let fields = response.headers().iter();
    lines.extend(fields.map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        format!("{name}: {value}")
    }));
    lines.iter().map(|line| printable(line.as_bytes())).collect()
}

/// Prints as it is.
fn print(bytes: &[u8]) {
    let mut stdout = io::stdout();
    printed(stdout.write_all(bytes).and_then(|()| stdout.flush()));
}

/// What the user wants.
struct Wish {
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    data: Option<String>,
    follows_redirects: bool,
    file: Option<String>,
    patience: Duration,
    shows_head: bool,
    is_verbose: bool,
}

impl Wish {
    fn of_arguments(mut arguments: Arguments) -> Wish {
        let header = |text: &str| {
            let (name, value) = text.split_once(':')?;
            Some((name.trim().to_string(), value.trim().to_string()))
        };
        let headers: Option<Vec<_>> = arguments.values("-H").map(header).collect();
        let headers = headers.unwrap_or_else(|| arguments.wrong("-H wants 'NAME: VALUE'"));
        let data: Vec<_> = arguments.values("-d").collect();
        let data = if data.is_empty() { None } else { Some(data.join("&")) };
        let method = match arguments.value("-X") {
            Some(method) => Method::from_bytes(method.as_bytes())
                .unwrap_or_else(|_| arguments.wrong(&format!("{method:?} is no method"))),
            None if arguments.has("-I") => Method::HEAD,
            None if data.is_some() => Method::POST,
            None => Method::GET,
        };
        Wish {
            method,
            headers,
            data,
            follows_redirects: arguments.has("-L"),
            file: arguments.value("-o").map(String::from),
            patience: arguments.patience("-m", 300),
            shows_head: arguments.has("-I"),
            is_verbose: arguments.has("-v"),
            url: arguments.url_or_site("/anything"),
        }
    }

    fn request(&self) -> Request {
        let redirects = if self.follows_redirects { REDIRECTS } else { 0 };
        let mut session = Session::builder().redirects(redirects).timeout(self.patience);
        if self.data.is_some() {
            // Of the session, so that one that the user gives takes its place.
            session = session.header("Content-Type", "application/x-www-form-urlencoded");
        }
        let mut request = session.build().request(self.method.clone(), &self.url);
        if let Some(data) = &self.data {
            request = request.body(data.as_bytes());
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request
    }
}

/// curl's figure.
const REDIRECTS: usize = 50;

const USAGE: &str = "\
usage: get [OPTION]... [URL]

Sends a request, and prints the body of the response.
Without a URL, asks a site that is embedded in this program, which shows the request.
  -X METHOD         the method (GET; with -d POST, with -I HEAD)
  -H 'NAME: VALUE'  a header; may be given several times
  -d DATA           the body, as of a form; several are joined by &
  -I                asks for the head alone, and prints it
  -L                follows redirects
  -o FILE           writes the body to a file
  -m SECONDS        how long it may take in all (300)
  -v                tells on stderr what is asked, and the head of the response";
