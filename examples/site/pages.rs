//! The pages of the embedded site: which path leads to which, and how a reply is sent.

use std::{io, time::Duration};

use glassloop::{StreamWriter, sleep, timeout};

use super::{Site, images, request::Request};

/// How many images a search finds.
const FOUND: usize = 8;

/// The longest delay that a client may wish for.
const LONGEST: Duration = Duration::from_secs(30);

/// In so many pieces comes a body that takes its time.
const PIECES: usize = 20;

/// What the site answers.
pub struct Reply {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// How long it takes until the body is whole.
    duration: Duration,
}

impl Reply {
    fn new(status: &'static str, content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        let headers = vec![("Content-Type", content_type.to_string())];
        Reply { status, headers, body: body.into(), duration: Duration::ZERO }
    }

    /// A page that says one thing.
    pub fn page(status: &'static str, title: &str) -> Reply {
        let body = format!("<!doctype html><title>{title}</title><h1>{title}</h1>\n");
        Reply::new(status, "text/html; charset=utf-8", body)
    }

    fn not_found() -> Reply {
        Reply::page("404 Not Found", "There is no such page")
    }

    /// Sends it. To `HEAD` the answer is the same, without the body. A client that takes too long to read on is given up.
    pub async fn send(
        &self,
        writer: &StreamWriter,
        is_head: bool,
        keep_alive: bool,
        patience: Duration,
    ) -> io::Result<()> {
        let mut head = format!("HTTP/1.1 {}\r\nServer: glassloop\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let connection = if keep_alive { "keep-alive" } else { "close" };
        let length = self.body.len();
        head.push_str(&format!("Content-Length: {length}\r\nConnection: {connection}\r\n\r\n"));
        writer.write(head.as_bytes())?;
        if is_head {
            return Ok(());
        }
        if self.duration.is_zero() {
            writer.write(&self.body)?;
            return timeout(patience, writer.drain()).await?;
        }
        for piece in self.body.chunks(length.div_ceil(PIECES).max(1)) {
            sleep(self.duration / PIECES as u32).await;
            writer.write(piece)?;
            timeout(patience, writer.drain()).await??;
        }
        Ok(())
    }
}

/// Answers a request.
pub async fn reply(request: &Request, site: Site) -> Reply {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let steps: Vec<&str> = path.split('/').skip(1).collect();
    match steps[..] {
        [""] => portal(request).await,
        ["delay", seconds] => delay(seconds).await,
        ["detail", number] => detail(number, site).await,
        ["redirect", left] => redirect(left),
        ["anything"] => Reply::new("200 OK", "text/plain; charset=utf-8", &*request.bytes),
        ["search", "flip"] => search(request, query),
        ["images", name] => image(name, site),
        ["flags", country, name] if name == format!("{country}.gif") => flag(country),
        _ => Reply::not_found(),
    }
}

/// The front page of a portal. The big ones send everybody who comes without TLS elsewhere, and are as far away as
/// their like: who asks all three waits for the slowest, not for one after the other.
async fn portal(request: &Request) -> Reply {
    let host = request.host.split(':').next().unwrap_or("");
    let elsewhere = format!("https://{host}/");
    let (milliseconds, status, location) = match host {
        "www.sina.com.cn" => (80, "302 Moved Temporarily", Some(elsewhere)),
        "www.sohu.com" => (100, "307 Temporary Redirect", Some(elsewhere)),
        "www.163.com" => (120, "301 Moved Permanently", Some(elsewhere)),
        _ => (0, "200 OK", None),
    };
    if milliseconds > 0 {
        sleep(Duration::from_millis(milliseconds)).await;
    }
    let mut reply = Reply::page(status, "Portal");
    reply.headers.extend(location.map(|location| ("Location", location)));
    reply.headers.push(("Cache-Control", "max-age=60".into()));
    reply.headers.push(("X-Via", "1.1 glassloop".into()));
    reply
}

/// A page that takes as long as the client wishes.
async fn delay(seconds: &str) -> Reply {
    match seconds.parse().map(Duration::try_from_secs_f64) {
        Ok(Ok(delay)) if delay <= LONGEST => {
            sleep(delay).await;
            Reply::page("200 OK", &format!("After {seconds} s"))
        }
        _ => Reply::page("400 Bad Request", "/delay/N wants at most 30 seconds"),
    }
}

/// One of a hundred slow pages.
async fn detail(number: &str, site: Site) -> Reply {
    if !(1..=100).any(|n: u32| number == n.to_string()) {
        return Reply::not_found();
    }
    sleep(site.delay).await;
    Reply::page("200 OK", &format!("Movie {number}"))
}

/// Leads to the front page, over so many redirects.
fn redirect(left: &str) -> Reply {
    let location = match left.parse() {
        Ok(1) => "/".to_string(),
        Ok(left @ 2..=100) => format!("/redirect/{}", left - 1),
        _ => return Reply::page("400 Bad Request", "/redirect/N wants a number from 1 to 100"),
    };
    let mut reply = Reply::page("302 Found", "Elsewhere");
    reply.headers.push(("Location", location));
    reply
}

/// Images of a word: their addresses stand in the page as in that of Baidu's image search.
fn search(request: &Request, query: &str) -> Reply {
    let word = query.split('&').find_map(|pair| pair.strip_prefix("word=")).unwrap_or("");
    let (word, host) = (harmless(word), harmless(&request.host));
    let found =
        (1..=FOUND).map(|n| format!("{{\"objURL\":\"http://{host}/images/{n}-{word}.gif\"}}"));
    let found = found.collect::<Vec<_>>().join(",\n");
    let body = format!(
        "<!doctype html><title>{word}</title><h1>Images of {word}</h1>\n\
         <script>var images = [\n{found}];</script>\n"
    );
    Reply::new("200 OK", "text/html; charset=utf-8", body)
}

/// What a client sends must not become markup in a page: keeps what hosts and encoded words are made of.
fn harmless(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || "%+-._~:[]".contains(*c)).collect()
}

/// An image that a search has found, or one of four others. It takes its time, so that there is progress to
/// be seen.
fn image(name: &str, site: Site) -> Reply {
    let found = name.strip_suffix(".gif").and_then(|name| name.split_once('-')?.0.parse().ok());
    let mut reply = match (name, found) {
        (_, Some(n @ 1..=FOUND)) => Reply::new("200 OK", "image/gif", images::squares(n)),
        ("forest" | "lake" | "mountain" | "river", _) => {
            Reply::new("200 OK", "image/jpeg", images::stripes(name.len() as u8))
        }
        _ => return Reply::not_found(),
    };
    reply.duration = site.delay;
    reply
}

fn flag(country: &str) -> Reply {
    match images::flag(country) {
        Some(flag) => Reply::new("200 OK", "image/gif", flag),
        None => Reply::not_found(),
    }
}
