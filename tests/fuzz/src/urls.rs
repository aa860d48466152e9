//! Target `urls`: URLs and the links on their pages, beside two others who read them.
//!
//! The client reads URLs as browsers do (the URL standard). What it makes of one is sent, and `http::Uri`, the type of
//! most servers in Rust, must read the same host, port and target in it. And RFC 3986 says where a link leads: where
//! `iri-string` takes both for URIs by that, it must come to the same. Where the two standards differ on purpose is
//! said in `differs_by_standard`.

use std::{net::Ipv6Addr, ops::Range};

use glassloop::http::Url;
use iri_string::types::{UriAbsoluteStr, UriReferenceStr};

use crate::{random::Random, target::Target};

pub struct Urls;

/// A page's URL, and a link on that page.
pub struct Link {
    page: String,
    link: String,
}

const SCHEMES: [&str; 6] = ["http://", "https://", "HTTP://", "//", "", "ftp://"];
const HOSTS: [&str; 11] = [
    "a",
    "example.com",
    "EXAMPLE.com.",
    "x_y",
    "1.2.3.4",
    "127.1",
    "[::1]",
    "[2001:DB8::0:1]",
    "xn--fiq228c.example",
    "a%41",
    "",
];
const PORTS: [&str; 8] = ["", "", "", ":", ":80", ":443", ":0080", ":8080"];
const PIECES: [&str; 30] = [
    "a", "b", "/", "/", "/", ".", "..", "../", "./", "//", "%41", "%2e", "%", "画", " ", "|", "\\",
    "{", "[", "]", "^", "'", "\"", "`", ";x=1", "=", "&", "+", ":", "@",
];
const ENDS: [&str; 7] = ["", "", "?", "?q=1&r", "?a/../b", "?'\"<>", "#f"];

fn reference(random: &mut Random, schemes: &[&str]) -> String {
    let mut text = random.one_of(schemes).to_string();
    if text.ends_with("//") {
        text += random.one_of(&HOSTS);
        text += random.one_of(&PORTS);
        text += random.one_of(&["/", "/", ""]);
    }
    for _ in 0..random.below(8) {
        text += random.one_of(&PIECES);
    }
    text += random.one_of(&ENDS);
    if random.once_in(8) {
        let places: Vec<_> = text.char_indices().map(|(place, _)| place).collect();
        if let Some(place) = places.get(random.below(places.len().max(1))) {
            text.insert(*place, *b"\t\n\0\x7f?#@:/%<".get(random.below(11)).unwrap() as char);
        }
    }
    text
}

impl Target for Urls {
    const NAME: &'static str = "urls";
    const INPUTS: &'static str = "links";
    type Input = Link;

    fn new() -> Urls {
        Urls
    }

    fn random(&self, random: &mut Random) -> Link {
        Link { page: reference(random, &SCHEMES[..3]), link: reference(random, &SCHEMES) }
    }

    /// Two lines each: a page, and a link on it.
    fn read(&self, file: &[u8]) -> Result<Vec<Link>, String> {
        let text = str::from_utf8(file).map_err(|error| error.to_string())?;
        let lines: Vec<_> = text.lines().filter(|line| !line.starts_with("# ")).collect();
        let link = |two: &[&str]| match two {
            [page, link] => Ok(Link { page: page.to_string(), link: link.to_string() }),
            _ => Err("a page without a link at the end of the file".to_string()),
        };
        lines.chunks(2).map(link).collect()
    }

    fn check(&mut self, Link { page, link }: &Link) -> Result<(), String> {
        let Ok(url) = Url::parse(page) else { return Ok(()) };
        check_sent(&url)?;
        let Ok(joined) = url.join(link) else { return Ok(()) };
        check_sent(&joined)?;
        if differs_by_standard(link) || has_drive(url.as_str()) || has_drive(link) {
            return Ok(());
        }
        match by_rfc(url.as_str(), link) {
            Some(expected) if expected != joined.as_str() => {
                Err(format!("leads to {joined}, but by RFC 3986 to {expected}"))
            }
            _ => Ok(()),
        }
    }

    fn parts(&self, Link { page, link }: &Link) -> usize {
        page.chars().count() + link.chars().count()
    }

    fn without(&self, Link { page, link }: &Link, parts: Range<usize>) -> Link {
        let mut places = 0..;
        let mut kept = |text: &str| {
            let kept =
                text.chars().filter(|_| places.next().is_some_and(|at| !parts.contains(&at)));
            kept.collect()
        };
        Link { page: kept(page), link: kept(link) }
    }

    fn show(&self, Link { page, link }: &Link) -> String {
        format!("{page:?}\n{link:?}")
    }
}

/// It can be sent as it is: it is in ASCII without blanks, means the same when it is read again, and the same to
/// others.
fn check_sent(url: &Url) -> Result<(), String> {
    let text = url.as_str();
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(format!("{text:?} can't be sent"));
    }
    match Url::parse(text) {
        Ok(again) if again == *url && again.as_str() == text => {}
        other => return Err(format!("{text:?} is read again as {other:?}")),
    }
    let is_plain = |host: &str| !host.contains(['"', '{', '}', '`']);
    let uri: http::Uri = match text.parse() {
        Ok(uri) => uri,
        // To browsers these are signs of a host, and no name server knows one.
        Err(_) if !is_plain(url.host()) => return Ok(()),
        Err(error) => return Err(format!("{text:?} is refused by http::Uri: {error}")),
    };
    let target = uri.path_and_query().map_or("", |target| target.as_str());
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    let (theirs, ours) = (
        (host, uri.port_u16().unwrap_or(default), target),
        (url.host(), url.port(), text.splitn(4, '/').nth(3).unwrap_or_default()),
    );
    let is_same =
        (theirs.0, theirs.1, theirs.2.strip_prefix('/')) == (ours.0, ours.1, Some(ours.2));
    match is_same {
        true => Ok(()),
        false => Err(format!("{text:?} has {ours:?}, but by http::Uri {theirs:?}")),
    }
}

/// Do the two standards mean different things by this link, or is it one that only browsers understand?
fn differs_by_standard(link: &str) -> bool {
    // To browsers `http:b` is relative where the page is `http`, too.
    let has_bare_scheme = link.split(['/', '?', '#']).next().is_some_and(|it| it.contains(':'))
        && !link.contains("://");
    // To browsers `%2e` is a dot, also in `..`.
    has_bare_scheme || link.to_ascii_lowercase().contains("%2e")
}

/// The crate `url` takes `a:` in a path for a drive of Windows, from which no `..` leads out. By its standard that is
/// so in `file:` alone: <https://github.com/servo/rust-url/issues/1113>.
fn has_drive(text: &str) -> bool {
    text.split(['/', '?', '#']).any(|segment| segment.len() == 2 && segment.ends_with(':'))
}

/// Where the link leads by RFC 3986, written as browsers write it.
fn by_rfc(page: &str, link: &str) -> Option<String> {
    let page = UriAbsoluteStr::new(page).ok()?;
    let reference = UriReferenceStr::new(link).ok()?;
    let joined = reference.resolve_against(page).to_string();
    let joined = UriReferenceStr::new(&joined).ok()?;
    let scheme = joined.scheme_str()?.to_ascii_lowercase();
    let authority = joined.authority_components()?;
    let (host, port) = (host(authority.host())?, authority.port().unwrap_or_default());
    let port = match port.trim_start_matches('0') {
        "" => String::new(),
        "80" if scheme == "http" => String::new(),
        "443" if scheme == "https" => String::new(),
        port => format!(":{port}"),
    };
    let path = if joined.path_str().is_empty() { "/" } else { joined.path_str() };
    // Browsers encode this one sign in queries, which the RFC leaves as it is.
    let query = joined.query().map(|query| format!("?{}", query.as_str().replace('\'', "%27")));
    Some(format!("{scheme}://{host}{port}{path}{}", query.unwrap_or_default()))
}

/// `None` for those that only browsers take apart: numbers that are no whole IPv4 address, and encoded letters.
fn host(host: &str) -> Option<String> {
    if let Some(address) = host.strip_prefix('[') {
        let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
        return Some(format!("[{address}]"));
    }
    let last = host.trim_end_matches('.').rsplit('.').next()?;
    let is_number = last.starts_with(|c: char| c.is_ascii_digit());
    let is_address = host.parse::<std::net::Ipv4Addr>().is_ok();
    (!host.contains('%') && (is_address || !is_number)).then(|| host.to_ascii_lowercase())
}
