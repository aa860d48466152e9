//! What a browser asks for, and whether it may.
//!
//! Another page in the same browser may ask this server, too. It does not know the token. And it does not get past
//! the check of `Host` by a name of its own that leads to this machine: only an address, or `localhost`, is served.

use std::net::IpAddr;

/// What is served.
#[derive(Debug, PartialEq)]
pub(super) enum Wish {
    Page,
    /// The records; for each loop, from the number on that stands here, else from the first.
    Events {
        since: Vec<u64>,
    },
}

/// What is not: the status, and the reason in words.
#[derive(Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: &'static str,
    pub(super) why: &'static str,
}

pub(super) const NOT_UNDERSTOOD: Refusal =
    Refusal { status: "400 Bad Request", why: "This is no request that glassloop understands." };
pub(super) const TOO_MANY: Refusal = Refusal {
    status: "503 Service Unavailable",
    why: "Too many browsers watch this program already. Close one, and load this page again.",
};
const FOREIGN: Refusal = Refusal {
    status: "403 Forbidden",
    why: "Open the address exactly as the program has printed it, with its number and its port: \
          other names do not work.",
};
const NO_TOKEN: Refusal = Refusal {
    status: "403 Forbidden",
    why: "Open the whole address that the program has printed: each run has a different one.",
};
const ONLY_GET: Refusal = Refusal {
    status: "405 Method Not Allowed",
    why: "This page can be looked at. Nothing that is sent changes anything in the program.",
};
const NOT_FOUND: Refusal = Refusal { status: "404 Not Found", why: "There is no such page." };

/// Reads the head of a request to the server at this port.
pub(super) fn wish(head: &str, port: u16, token: &str) -> Result<Wish, Refusal> {
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(NOT_UNDERSTOOD);
    };
    if !version.starts_with("HTTP/1.") {
        return Err(NOT_UNDERSTOOD);
    }
    let fields = lines.filter_map(|line| line.split_once(':'));
    let (mut hosts, mut last) = (Vec::new(), None);
    for (name, value) in fields {
        match name.to_ascii_lowercase().as_str() {
            "host" => hosts.push(value.trim()),
            "last-event-id" => last = Some(value.trim()),
            _ => {}
        }
    }
    if !matches!(hosts[..], [host] if is_own(host, port)) {
        return Err(FOREIGN);
    }
    if method != "GET" {
        return Err(ONLY_GET);
    }
    let path = target.split('?').next().unwrap_or_default();
    let mut parts = path.strip_prefix('/').unwrap_or_default().splitn(2, '/');
    if !is_same(parts.next().unwrap_or_default().as_bytes(), token.as_bytes()) {
        return Err(NO_TOKEN);
    }
    match parts.next() {
        Some("") => Ok(Wish::Page),
        Some("events") => Ok(Wish::Events { since: numbers(last.unwrap_or_default()) }),
        _ => Err(NOT_FOUND),
    }
}

/// Is this one of the names under which the server is to be asked? A name of the domain system may be anybody's, and
/// lead here today.
fn is_own(host: &str, port: u16) -> bool {
    let name = host.strip_suffix(&format!(":{port}"));
    let Some(name) = name.or_else(|| (port == 80).then_some(host)) else { return false };
    let address = name.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

/// Compares all of it, so that the time that it takes tells nothing.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |found, (one, other)| found | (one ^ other));
    one.len() == other.len() && differences == 0
}

/// How far a browser has come, as it was told with each event: a number for each loop. What it can't have been told
/// is nothing: then it gets all.
fn numbers(text: &str) -> Vec<u64> {
    text.split('.').map(str::parse).collect::<Result<_, _>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef";

    fn asked(request: &str) -> Result<Wish, Refusal> {
        wish(&format!("{request}\r\n\r\n"), 8000, TOKEN)
    }

    #[test]
    fn the_page_and_its_events_are_served() {
        for host in
            ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "192.168.1.5:8000", "LOCALHOST:8000"]
        {
            assert_eq!(asked(&format!("GET /{TOKEN}/ HTTP/1.1\r\nHost: {host}")), Ok(Wish::Page));
        }
        let events = format!("GET /{TOKEN}/events HTTP/1.1\r\nhost:127.0.0.1:8000");
        assert_eq!(asked(&events), Ok(Wish::Events { since: vec![] }));
        let again = format!("{events}\r\nLast-Event-ID: 12.0.7");
        assert_eq!(asked(&again), Ok(Wish::Events { since: vec![12, 0, 7] }));
    }

    #[test]
    fn a_host_that_is_not_this_one_is_refused() {
        for host in [
            "evil.example:8000",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.1.evil.example:8000",
            "localhost.evil:8000",
            "127.0.0.1:8000\r\nHost: 127.0.0.1:8000",
            "",
            "evil@127.0.0.1:8000",
        ] {
            let request = format!("GET /{TOKEN}/ HTTP/1.1\r\nHost: {host}");
            assert_eq!(asked(&request), Err(FOREIGN), "{host}");
        }
        assert_eq!(asked(&format!("GET /{TOKEN}/ HTTP/1.1")), Err(FOREIGN));
    }

    #[test]
    fn a_token_that_is_not_the_whole_one_is_refused() {
        let longer = format!("{TOKEN}0");
        for token in ["", "0", "0123456789abcdeF", &TOKEN[1..], &longer, "favicon.ico"] {
            let request = format!("GET /{token}/ HTTP/1.1\r\nHost: 127.0.0.1:8000");
            assert_eq!(asked(&request), Err(NO_TOKEN), "{token}");
        }
    }

    #[test]
    fn nothing_but_get_is_answered() {
        for method in ["POST", "PUT", "HEAD", "OPTIONS", "get"] {
            let request = format!("{method} /{TOKEN}/ HTTP/1.1\r\nHost: 127.0.0.1:8000");
            assert_eq!(asked(&request), Err(ONLY_GET), "{method}");
        }
    }

    #[test]
    fn what_is_no_request_or_no_page_is_told_so() {
        for request in ["", "GET", "GET /", "GET / / HTTP/1.1", "GET / SSH-2.0"] {
            assert_eq!(asked(request), Err(NOT_UNDERSTOOD), "{request}");
        }
        for path in ["", "/x", "/events/", "//"] {
            let request = format!("GET /{TOKEN}{path} HTTP/1.1\r\nHost: 127.0.0.1:8000");
            assert_eq!(asked(&request), Err(NOT_FOUND), "{path}");
        }
    }

    #[test]
    fn a_number_that_was_never_told_is_none() {
        for text in ["", "x", "1.", "-1", "1.2.x", "99999999999999999999999"] {
            assert_eq!(numbers(text), [0; 0], "{text}");
        }
    }
}
