//! A host that is to be asked, as a user names it: `HOST` or `HOST:PORT`.

use std::{fmt, net::SocketAddr};

/// A host and its port. Prints as the user has written it.
#[derive(Clone)]
pub struct Host {
    label: String,
    address: (String, u16),
    /// Its name, as it stands in a request: without port 80, and with brackets around an IPv6 address.
    pub header: String,
}

impl Host {
    /// `HOST`, `HOST:PORT`, `[ADDRESS]:PORT`.
    pub fn parse(word: &str) -> Result<Host, String> {
        let wrong = |why: &str| Err(format!("{word:?} is not HOST[:PORT]: {why}"));
        let (name, port) = match word.rsplit_once(':') {
            // More than one colon and no bracket: an IPv6 address by itself.
            Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, port),
            _ => (word, "80"),
        };
        // What goes into the request must not end its line.
        if word.contains(|c: char| "/@".contains(c) || c.is_whitespace() || c.is_control()) {
            return wrong("give the name of the host alone, as in sina.com.cn");
        }
        let name = name.trim_start_matches('[').trim_end_matches(']');
        let Some(port) = port.parse().ok().filter(|port| *port != 0) else {
            return wrong("the port is a number from 1 to 65535");
        };
        if name.is_empty() {
            return wrong("the host is missing");
        }
        let header = header(name, port);
        Ok(Host { label: word.into(), address: (name.into(), port), header })
    }

    /// A host of this name, at an address that need not be looked up.
    pub fn at(name: &str, address: SocketAddr) -> Host {
        let header = header(name, address.port());
        Host { label: name.into(), address: (address.ip().to_string(), address.port()), header }
    }

    /// Where to connect to.
    pub fn address(&self) -> (&str, u16) {
        (&self.address.0, self.address.1)
    }
}

/// The scheme of a URL, and what is behind its `://`. That may also stand in the path or the query of a URL that begins
/// with its host.
pub fn split_scheme(url: &str) -> Option<(&str, &str)> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    url.split_once("://").filter(|(scheme, _)| scheme.chars().all(is_allowed))
}

fn header(name: &str, port: u16) -> String {
    let name = if name.contains(':') { format!("[{name}]") } else { name.to_string() };
    if port == 80 { name } else { format!("{name}:{port}") }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}
