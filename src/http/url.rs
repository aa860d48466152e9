//! A URL, as far as HTTP needs it: where to connect to, and what to ask for there.

use std::{borrow::Cow, fmt, sync::Arc};

use iri_string::types::{IriReferenceStr, UriAbsoluteStr, UriReferenceString, UriStr, UriString};

use super::error::{Error, Reason};

/// The longest URL, in bytes. A redirect may make one longer each time.
const LONGEST: usize = 64 * 1024;

/// An `http` or `https` URL (RFC 3986). Prints as it was asked for, without its fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    /// Shared, as the host is: a request, its response and their errors all have the URL.
    text: Arc<UriAbsoluteStr>,
    is_https: bool,
    /// Without the brackets of an IPv6 address; in small letters.
    host: Arc<str>,
    port: u16,
}

/// Where a URL leads: requests to the same origin may share connections.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    pub(super) is_https: bool,
    pub(super) host: Arc<str>,
    pub(super) port: u16,
}

impl Url {
    /// Reads a URL. What must be percent-encoded and is not, such as a space or `画`, is encoded.
    ///
    /// # Errors
    /// If it is none, or another than `http` or `https`, or has a name or password in it.
    pub fn parse(text: &str) -> Result<Url, Error> {
        let wrong = |why: &str| Error::new(Reason::Url(format!("{:?} {why}", shortened(text))));
        if !text.contains("://") {
            return Err(wrong("is no URL: it should begin with http:// or https://"));
        }
        let reference = encode(text).ok_or_else(|| wrong("is no URL"))?;
        let uri = UriString::try_from(String::from(reference)).map_err(|_| wrong("is no URL"))?;
        let url = Url::of_uri(&uri).map_err(wrong)?;
        let path = url.text.path_str();
        match ["/.", "/%2e", "/%2E"].iter().any(|dot| path.contains(dot)) {
            // `/a/../b` is `/b`, as everywhere where URLs are resolved; an encoded dot is a dot.
            true => url.join(url.as_str().as_bytes()),
            false => Ok(url),
        }
    }

    fn of_uri(uri: &UriStr) -> Result<Url, &'static str> {
        if uri.as_str().len() > LONGEST {
            return Err("is longer than 64 KiB");
        }
        let is_https = match uri.scheme_str() {
            scheme if scheme.eq_ignore_ascii_case("http") => false,
            scheme if scheme.eq_ignore_ascii_case("https") => true,
            _ => return Err("is neither http nor https"),
        };
        let authority = uri.authority_components().ok_or("names no host")?;
        if authority.userinfo().is_some() {
            return Err("has a name or password in it: send them in a header");
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err("names no host");
        }
        if host.contains('%') {
            return Err("has a host in letters that are not ASCII: write it as xn--…");
        }
        let port = match authority.port() {
            None | Some("") => {
                if is_https {
                    443
                } else {
                    80
                }
            }
            Some(port) => match port.parse() {
                Ok(port) if port != 0 => port,
                _ => return Err("has a port that is not from 1 to 65535"),
            },
        };
        Ok(Url {
            text: Arc::from(uri.to_absolute()),
            is_https,
            host: Arc::from(host.to_ascii_lowercase()),
            port,
        })
    }

    /// Where a `Location` leads, which may be relative to this.
    pub(super) fn join(&self, location: &[u8]) -> Result<Url, Error> {
        let location = &text(location);
        let wrong = |why: &str| {
            Error::new(Reason::Redirect(format!("to {:?}, which {why}", shortened(location))))
        };
        let reference = encode(location.trim()).ok_or_else(|| wrong("is no URL"))?;
        let uri = UriString::from(&reference.resolve_against(&*self.text));
        Url::of_uri(&uri).map_err(wrong)
    }

    /// The same, with these pairs added to its query, percent-encoded.
    pub(super) fn with_query(&self, pairs: &[(String, String)]) -> Url {
        if pairs.is_empty() {
            return self.clone();
        }
        let separator = if self.text.query_str().is_some() { "&" } else { "?" };
        let text = format!("{}{separator}{}", self.text, encode_pairs(pairs));
        let text = UriAbsoluteStr::new(&text).expect("an encoded query is one");
        Url { text: Arc::from(text), ..self.clone() }
    }

    /// The URL's host, without brackets where it is an IPv6 address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The URL's port, 80 or 443 where it names none.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    pub(super) fn origin(&self) -> Origin {
        Origin { is_https: self.is_https, host: self.host.clone(), port: self.port }
    }

    /// What stands in the request's first line.
    pub(super) fn target(&self) -> Cow<'_, str> {
        let query = self.text.query_str().map_or(0, |query| query.len() + 1);
        let length = self.text.path_str().len() + query;
        match &self.as_str()[self.as_str().len() - length..] {
            target if target.starts_with('/') => target.into(),
            target => format!("/{target}").into(),
        }
    }

    /// What stands in the `Host` header.
    pub(super) fn host_header(&self) -> Cow<'_, str> {
        let host: Cow<'_, str> = match self.host.contains(':') {
            true => format!("[{}]", self.host).into(),
            false => Cow::from(&*self.host),
        };
        match (self.is_https, self.port) {
            (false, 80) | (true, 443) => host,
            (_, port) => format!("{host}:{port}").into(),
        }
    }
}

/// Makes a URI of what people write and servers send: in RFC 3986's letters, the rest percent-encoded.
fn encode(text: &str) -> Option<UriReferenceString> {
    if let Ok(uri) = UriReferenceString::try_from(text) {
        return Some(uri); // as most are
    }
    if text.contains(char::is_control) {
        return None;
    }
    let mut written = String::with_capacity(text.len());
    for (index, c) in text.char_indices() {
        match c {
            ' ' | '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' => {
                written.push_str(&format!("%{:02X}", c as u32));
            }
            '%' if !is_escape(&text[index..]) => written.push_str("%25"),
            c => written.push(c),
        }
    }
    let iri = IriReferenceStr::new(&written).ok()?;
    UriReferenceString::try_from(iri.encode_to_uri().to_string()).ok()
}

/// A header's value as text. A server that does not write UTF-8 gets its own bytes back.
fn text(bytes: &[u8]) -> String {
    if let Ok(text) = str::from_utf8(bytes) {
        return text.to_string();
    }
    let letter = |byte: &u8| match byte {
        0..128 => char::from(*byte).to_string(),
        128.. => format!("%{byte:02X}"),
    };
    bytes.iter().map(letter).collect()
}

fn is_escape(text: &str) -> bool {
    text.as_bytes().get(1..3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
}

/// `a=1&b=%E7%94%BB`, as forms and queries are written (the URL standard's
/// `application/x-www-form-urlencoded`).
pub(super) fn encode_pairs(pairs: &[(String, String)]) -> String {
    let encoded = pairs.iter().map(|(name, value)| format!("{}={}", quote(name), quote(value)));
    encoded.collect::<Vec<_>>().join("&")
}

fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                quoted.push(char::from(byte));
            }
            b' ' => quoted.push('+'),
            byte => quoted.push_str(&format!("%{byte:02X}")),
        }
    }
    quoted
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("it is a URL")
    }

    #[test]
    fn what_people_write_is_encoded_and_what_is_encoded_stays() {
        assert_eq!(
            url("http://a.cn/CG原画 1?q=画#f").as_str(),
            "http://a.cn/CG%E5%8E%9F%E7%94%BB%201?q=%E7%94%BB"
        );
        assert_eq!(url("http://a.cn/%E7%94%BB%zz").target(), "/%E7%94%BB%25zz");
        assert_eq!(url("HTTP://A.CN:81").host_header(), "a.cn:81");
        assert_eq!(url("https://[::1]:443/x").host_header(), "[::1]");
        assert_eq!(url("http://a/b/../c/./d?../e").as_str(), "http://a/c/d?../e");
        assert_eq!(url("http://a/b/%2e%2E/c/%2e").as_str(), "http://a/c/");
        assert_eq!((url("http://a?b").target().as_ref(), url("http://a:/").port()), ("/?b", 80));
    }

    #[test]
    fn what_is_no_url_is_refused_with_a_reason() {
        for (text, why) in [
            ("example.com", "should begin with http://"),
            ("ftp://a/", "neither http nor https"),
            ("http:///x", "names no host"),
            ("http://a:0/", "port"),
            ("http://a:99999/", "port"),
            ("http://a:b@c/", "password"),
            ("http://例/", "xn--"),
            ("http://a/\r\nX: y", "is no URL"),
        ] {
            let error = Url::parse(text).expect_err(text).to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_location_may_be_relative_or_in_any_letters() {
        let base = url("http://a/b/c?d");
        for (location, joined) in [
            ("e", "http://a/b/e"),
            ("../画", "http://a/%E7%94%BB"),
            ("?q", "http://a/b/c?q"),
            ("//x:81/y#z", "http://x:81/y"),
            ("https://x", "https://x"),
        ] {
            assert_eq!(base.join(location.as_bytes()).expect(location).as_str(), joined);
        }
        assert!(base.join(b"mailto:x").is_err());
    }

    #[test]
    fn pairs_are_added_to_the_query() {
        let pairs = [("word".to_string(), "CG原画 &".to_string())];
        assert_eq!(
            url("http://a/?x").with_query(&pairs).target(),
            "/?x&word=CG%E5%8E%9F%E7%94%BB+%26"
        );
    }
}
