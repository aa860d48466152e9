//! The parts of a URL that HTTP needs: where to connect to, and what to ask for there.
//!
//! The crate `url` reads it, as browsers do (the URL standard, <https://url.spec.whatwg.org>). This file adds what a
//! program needs: it refuses what nobody can have meant, and each refusal names its reason.

use std::{borrow::Cow, fmt, sync::Arc};

use url::{ParseError, Position, form_urlencoded::Serializer};

use super::error::{Error, Reason};

/// The longest URL, in bytes. A redirect may make one longer each time.
const LONGEST: usize = 64 * 1024;

/// An `http` or `https` URL. Prints as browsers write it, without its fragment, which is never sent.
///
/// aiohttp: `yarl.URL`.
///
/// ```
/// use glassloop::http::Url;
///
/// let url = Url::parse("http://Example.com/a b?q=画#top")?;
/// assert_eq!((url.host(), url.port()), ("example.com", 80));
/// assert_eq!(url.as_str(), "http://example.com/a%20b?q=%E7%94%BB");
/// # Ok::<(), glassloop::http::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Url {
    /// Shared, as the host is: a request, its response and their errors all have the URL.
    url: Arc<url::Url>,
    /// Without the brackets of an IPv6 address; in small letters.
    host: Arc<str>,
}

/// Where a URL leads: requests to the same origin may share connections.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    pub(super) is_https: bool,
    pub(super) host: Arc<str>,
    pub(super) port: u16,
}

impl Url {
    /// Reads a URL. What must be percent-encoded and is not, such as a space or `画`, is encoded; blanks around it
    /// don't count.
    ///
    /// # Errors
    /// [`Reason::Url`], if it is none, or another than `http` or `https`, or has a control character, a name or a
    /// password in it.
    pub fn parse(text: &str) -> Result<Url, Error> {
        let wrong = |why| Error::new(Reason::Url(format!("{:?} {why}", shortened(text))));
        // The standard takes line ends out without a word. One in a URL that a program has put together is a mistake,
        // or somebody's attempt to write the rest of the request.
        if text.contains(char::is_control) {
            return Err(wrong("has a line end or a control character in it".into()));
        }
        if !text.contains("://") {
            return Err(wrong(NO_SCHEME.into()));
        }
        Url::of(url::Url::parse(text), text).map_err(wrong)
    }

    /// Where a link on the page of this URL leads. It may be relative: `b`, `../b`, `/b`, `?q`, `//host/b`.
    ///
    /// aiohttp: `URL.join`. The URL of a page is that of its response, after all redirects.
    ///
    /// ```
    /// use glassloop::http::Url;
    ///
    /// let page = Url::parse("http://example.com/a/b?c")?;
    /// assert_eq!(page.join("../d#top")?.as_str(), "http://example.com/d");
    /// assert!(page.join("mailto:me@example.com").is_err());
    /// # Ok::<(), glassloop::http::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Reason::Url`], if a program can't ask for that URL.
    pub fn join(&self, link: &str) -> Result<Url, Error> {
        let wrong = |why| Error::new(Reason::Url(format!("{:?} {why}", shortened(link))));
        Url::of(self.url.join(link), link).map_err(wrong)
    }

    /// Where a `Location` leads, which may be relative to this.
    pub(super) fn redirected(&self, location: &[u8]) -> Result<Url, Error> {
        let location = &text(location);
        let wrong = |why| {
            Error::new(Reason::Redirect(format!("to {:?}, which {why}", shortened(location))))
        };
        Url::of(self.url.join(location), location).map_err(wrong)
    }

    fn of(parsed: Result<url::Url, ParseError>, text: &str) -> Result<Url, Cow<'static, str>> {
        let mut url = parsed.map_err(|error| what_is_wrong(text, error))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err("is neither http nor https".into());
        }
        // `http:///x` is `http://x` to a browser. Here it comes from a program whose host is empty.
        if authority(text) == Some("") {
            return Err("names no host".into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("has a name or password in it: send them in a header".into());
        }
        if url.port() == Some(0) {
            return Err(WRONG_PORT.into());
        }
        url.set_fragment(None);
        if url.as_str().len() > LONGEST {
            return Err("is longer than 64 KiB".into());
        }
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        Ok(Url { host: host.into(), url: url.into() })
    }

    /// The same URL, with these pairs added to its query, percent-encoded.
    pub(super) fn with_query(&self, pairs: &[(String, String)]) -> Url {
        if pairs.is_empty() {
            return self.clone();
        }
        let before = self.url.query().unwrap_or_default().trim_end_matches('&');
        let separator = if before.is_empty() { "" } else { "&" };
        let mut url = url::Url::clone(&self.url);
        url.set_query(Some(&format!("{before}{separator}{}", encode_pairs(pairs))));
        Url { url: url.into(), host: self.host.clone() }
    }

    /// The URL's host, without brackets where it is an IPv6 address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The URL's port, 80 or 443 where it names none.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    pub(super) fn origin(&self) -> Origin {
        let is_https = self.url.scheme() == "https";
        Origin { is_https, host: self.host.clone(), port: self.port() }
    }

    /// What stands in the request's first line.
    pub(super) fn target(&self) -> &str {
        &self.url[Position::BeforePath..]
    }

    /// What stands in the `Host` header.
    pub(super) fn host_header(&self) -> &str {
        &self.url[Position::BeforeHost..Position::AfterPort]
    }
}

const NO_SCHEME: &str = "is no URL: it should begin with http:// or https://";
const WRONG_PORT: &str = "has a port that is not from 1 to 65535";

/// What is wrong with this one, for the person who has to fix it.
fn what_is_wrong(text: &str, error: ParseError) -> Cow<'static, str> {
    let authority = authority(text).unwrap_or_default();
    let has_bare_ipv6 = !authority.starts_with('[') && authority.matches(':').count() > 1;
    let why = match error {
        ParseError::RelativeUrlWithoutBase => NO_SCHEME,
        _ if has_bare_ipv6 => "has an IPv6 address without brackets: write it as http://[::1]/",
        ParseError::EmptyHost => "names no host",
        ParseError::InvalidPort => WRONG_PORT,
        ParseError::InvalidIpv6Address if authority.contains('%') => {
            "has a zone in its address (behind the %), which no URL can name"
        }
        ParseError::InvalidIpv6Address => "has a host in brackets that is no IPv6 address",
        ParseError::InvalidIpv4Address => "has a host in numbers that is no IPv4 address",
        ParseError::Overflow => "is longer than 64 KiB",
        _ if authority.contains(' ') => "has a space in its host",
        _ if !authority.is_ascii() => "has a host in letters that are not ASCII: write it as xn--…",
        _ => match authority.chars().find(|c| "<>^|%[]\"`{}".contains(*c)) {
            Some(wrong) => return format!("has {wrong:?} in its host").into(),
            None => return format!("is no URL: {error}").into(),
        },
    };
    why.into()
}

/// What stands between `//` and the path: the host and its port. `None`, where there is no `//`.
fn authority(text: &str) -> Option<&str> {
    let (scheme, rest) = text.trim().split_once("//")?;
    let is_scheme =
        |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let begins = scheme.is_empty() || scheme.strip_suffix(':').is_some_and(is_scheme);
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    begins.then(|| authority.rsplit('@').next().unwrap_or_default())
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

/// `a=1&b=%E7%94%BB`, as forms and queries are written.
pub(super) fn encode_pairs(pairs: &[(String, String)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
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
        Url::parse(text).expect(text)
    }

    #[test]
    fn what_people_write_is_encoded_and_what_is_encoded_stays() {
        assert_eq!(
            url("http://a.cn/CG原画 1?q=画#f").as_str(),
            "http://a.cn/CG%E5%8E%9F%E7%94%BB%201?q=%E7%94%BB"
        );
        assert_eq!(url("http://a.cn/%E7%94%BB%zz").target(), "/%E7%94%BB%zz");
        assert_eq!(url("HTTP://A.CN:81").host_header(), "a.cn:81");
        assert_eq!(url("https://[::1]:443/x").host_header(), "[::1]");
        assert_eq!(url("https://[::1]:44/x").host(), "::1");
        assert_eq!(url("http://a/b/../c/./d?../e").as_str(), "http://a/c/d?../e");
        assert_eq!(url("http://a/b/%2e%2E/c/%2e").as_str(), "http://a/c/");
        assert_eq!((url("http://a?b").target(), url("http://a:/").port()), ("/?b", 80));
    }

    #[test]
    fn what_browsers_take_is_taken() {
        for (text, target) in [
            ("http://a/?ids[]=1&ids[]=2", "/?ids[]=1&ids[]=2"),
            ("http://a/[b]/c|d^e", "/[b]/c|d^e"),
            ("http://a/{id}?q={id}|`\\", "/%7Bid%7D?q={id}|`\\"),
            ("http://a/b#c#d", "/b"),
            ("http://a\\b\\c", "/b/c"),
            ("http://a/100%?50%", "/100%?50%"),
            ("http://a/\u{fffd}\u{e000}", "/%EF%BF%BD%EE%80%80"),
            ("http://a//b?", "//b?"),
            ("  http://a/b ", "/b"),
        ] {
            assert_eq!(url(text).target(), target, "{text}");
        }
        for (text, host) in
            [("http://ex%61mple_1.com.:80", "example_1.com."), ("http://127.1", "127.0.0.1")]
        {
            assert_eq!(url(text).host_header(), host, "{text}");
        }
    }

    #[test]
    fn what_is_refused_is_told_what_is_wrong_with_it() {
        let control = "has a line end or a control character in it";
        let (zone, brackets) = (
            "has a zone in its address (behind the %), which no URL can name",
            "has an \
            IPv6 address without brackets: write it as http://[::1]/",
        );
        for (text, why) in [
            ("example.com", NO_SCHEME),
            ("example.com/?u=http://a", NO_SCHEME),
            ("ftp://a/", "is neither http nor https"),
            ("http:///x", "names no host"),
            ("http://", "names no host"),
            ("http://:80/", "names no host"),
            ("http://a:0/", WRONG_PORT),
            ("http://a:99999/", WRONG_PORT),
            ("http://a:-1/", WRONG_PORT),
            ("http://a:8 0/", WRONG_PORT),
            ("http://a:b@c/", "has a name or password in it: send them in a header"),
            ("http://例/", "has a host in letters that are not ASCII: write it as xn--…"),
            ("http://a b/", "has a space in its host"),
            ("http://a|b/", "has '|' in its host"),
            ("http://a%20b/", "has '%' in its host"),
            ("http://[fe80::1%eth0]/", zone),
            ("http://[fe80::1%25eth0]:80/", zone),
            ("http://[::1/", "has a host in brackets that is no IPv6 address"),
            ("http://::1/", brackets),
            ("http://fe80::1:80/", brackets),
            ("http://1.2.3.400/", "has a host in numbers that is no IPv4 address"),
            ("http://a/\r\nX: y", control),
            ("http://a/\n", control),
            ("ht\ttp://a/", control),
        ] {
            let error = Url::parse(text).expect_err(text).to_string();
            assert_eq!(error, format!("{text:?} {why}"));
        }
        let long = format!("http://a/{}", "x".repeat(LONGEST));
        let error = Url::parse(&long).expect_err("too long").to_string();
        assert!(error.len() < 200 && error.ends_with("is longer than 64 KiB"), "{error}");
    }

    #[test]
    fn a_link_of_a_page_is_joined_to_its_url() {
        let base = url("http://a/b/c?d");
        for (link, joined) in [
            ("e", "http://a/b/e"),
            ("../画", "http://a/%E7%94%BB"),
            ("../../../x/./y/..", "http://a/x/"),
            ("?q", "http://a/b/c?q"),
            ("?ids[]=1", "http://a/b/c?ids[]=1"),
            ("#f", "http://a/b/c?d"),
            ("", "http://a/b/c?d"),
            ("//x:81/y#z", "http://x:81/y"),
            ("https://x", "https://x/"),
            ("e//f?http://g", "http://a/b/e//f?http://g"),
            // As the source of a page is folded.
            (" e\n f ", "http://a/b/e%20f"),
        ] {
            assert_eq!(base.join(link).expect(link).as_str(), joined, "{link:?}");
            let redirected = base.redirected(link.as_bytes());
            assert_eq!(redirected.expect(link).as_str(), joined, "{link:?}");
        }
        for (link, why) in [
            ("mailto:x", "is neither http nor https"),
            ("javascript:void(0)", "is neither http nor https"),
            ("//", "names no host"),
            ("http:///x", "names no host"),
            ("//a b/", "has a space in its host"),
            ("//a:0", WRONG_PORT),
            ("//a:b@c", "has a name or password in it: send them in a header"),
        ] {
            let error = base.join(link).expect_err(link).to_string();
            assert_eq!(error, format!("{link:?} {why}"));
            let error = base.redirected(link.as_bytes()).expect_err(link).to_string();
            assert_eq!(error, format!("redirected to {link:?}, which {why}"));
        }
    }

    #[test]
    fn pairs_are_added_to_the_query_whatever_it_was() {
        let pairs = [("word".to_string(), "CG原画 &".to_string())];
        let added = "word=CG%E5%8E%9F%E7%94%BB+%26";
        for (before, start) in [
            ("http://a", "/?"),
            ("http://a/?", "/?"),
            ("http://a/?&", "/?"),
            ("http://a/?x", "/?x&"),
            ("http://a/?x&#f", "/?x&"),
            ("http://a/?%26", "/?%26&"),
        ] {
            let url = url(before).with_query(&pairs);
            assert_eq!(url.target(), format!("{start}{added}"), "{before}");
        }
        assert_eq!(url("http://a/?").with_query(&[]).target(), "/?");
    }
}
