//! The charset that a page names itself, in a `<meta>` among its first bytes.
//!
//! The tempting way is to search for `charset=`. It finds what stands in a comment, in a link, in a script. So tags are
//! read as tags, as the HTML standard's prescan does it.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::charset::called;

/// So much of a page is looked at; the standard's figure.
const LOOKED_AT: usize = 1024;

/// The charset that the page names.
pub(super) fn charset(page: &[u8]) -> Option<&'static Encoding> {
    let mut rest = &page[..page.len().min(LOOKED_AT)];
    loop {
        rest = behind(rest, b"<")?;
        let name_begins = rest.strip_prefix(b"/").unwrap_or(rest);
        if rest.starts_with(b"!--") {
            rest = behind(&rest[1..], b"-->")?;
        } else if name_begins.first().is_some_and(u8::is_ascii_alphabetic) {
            let is_meta =
                rest.len() > 4 && rest[..4].eq_ignore_ascii_case(b"meta") && ends_name(rest[4]);
            rest = &rest[rest.iter().position(|byte| ends_name(*byte))?..];
            let found = of_attributes(&mut rest)?;
            if is_meta && found.is_some() {
                return found.map(as_bytes_were_read);
            }
        } else if rest.starts_with(b"!") || rest.starts_with(b"/") || rest.starts_with(b"?") {
            rest = behind(rest, b">")?;
        }
    }
}

/// The charset that the attributes of a tag name, and behind them. `None`, if the tag is not whole.
fn of_attributes(rest: &mut &[u8]) -> Option<Option<&'static Encoding>> {
    let (mut direct, mut content, mut is_content_type) = (None, None, false);
    loop {
        let (name, value) = attribute(rest)?;
        match &*name {
            "" => break,
            "charset" => direct = direct.or(called(&value)),
            "content" => content = content.or(of_content(&value)),
            "http-equiv" => is_content_type |= value.eq_ignore_ascii_case("content-type"),
            _ => {}
        }
    }
    Some(direct.or(content.filter(|_| is_content_type)))
}

/// The charset that a tag's `content` names, as the HTML standard extracts it. Pages write much that a header would not
/// be allowed to say: `text/html charset=gb2312`.
fn of_content(content: &str) -> Option<&'static Encoding> {
    let content = content.to_ascii_lowercase();
    let mut rest = &*content;
    loop {
        rest = rest.split_once("charset")?.1.trim_ascii_start();
        let Some(value) = rest.strip_prefix('=') else { continue };
        let value = value.trim_ascii_start();
        let (label, _) = match value.strip_prefix(['"', '\'']) {
            Some(quoted) => quoted.split_once(&value[..1])?,
            None => value
                .split_once(|c: char| c == ';' || c.is_ascii_whitespace())
                .unwrap_or((value, "")),
        };
        return called(label);
    }
}

/// The next attribute of a tag: its name in small letters, and its value. The name is empty at the tag's end.
fn attribute<'a>(rest: &mut &'a [u8]) -> Option<(String, Cow<'a, str>)> {
    skip(rest, |byte| is_blank(byte) || byte == b'/');
    if rest.first()? == &b'>' {
        return Some(Default::default());
    }
    // A `=` that comes first belongs to the name.
    let length = rest.iter().skip(1).position(|byte| *byte == b'=' || ends_name(*byte))? + 1;
    let name = take(rest, length).to_ascii_lowercase();
    skip(rest, is_blank);
    if rest.first()? != &b'=' {
        return Some((name, "".into()));
    }
    *rest = &rest[1..];
    skip(rest, is_blank);
    let value = match *rest.first()? {
        quote @ (b'"' | b'\'') => {
            *rest = &rest[1..];
            let value = take(rest, rest.iter().position(|byte| *byte == quote)?);
            *rest = &rest[1..];
            value
        }
        _ => take(rest, rest.iter().position(|byte| is_blank(*byte) || *byte == b'>')?),
    };
    Some((name, value))
}

/// A page whose `<meta` can be read byte by byte is not in UTF-16, whatever it says.
fn as_bytes_were_read(named: &'static Encoding) -> &'static Encoding {
    if [UTF_16LE, UTF_16BE].contains(&named) { UTF_8 } else { named }
}

fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace()
}

fn ends_name(byte: u8) -> bool {
    is_blank(byte) || byte == b'/' || byte == b'>'
}

fn skip(rest: &mut &[u8], is_skipped: impl Fn(u8) -> bool) {
    let count = rest.iter().take_while(|byte| is_skipped(**byte)).count();
    *rest = &rest[count..];
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Cow<'a, str> {
    let (taken, others) = rest.split_at(length);
    *rest = others;
    String::from_utf8_lossy(taken)
}

/// What comes behind this.
fn behind<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    let place = bytes.windows(mark.len()).position(|window| window == mark)?;
    Some(&bytes[place + mark.len()..])
}
