//! From bytes to text.

#[cfg(feature = "charset")]
use std::borrow::Cow;

#[cfg(feature = "charset")]
use encoding_rs::{Encoding, UTF_8};
use http::HeaderMap;

/// The text that these bytes are. Without the feature `charset` they are taken for UTF-8.
#[cfg(not(feature = "charset"))]
pub(super) fn decode(_: &HeaderMap, bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The text that these bytes are: by their byte order mark, else by the charset of the header, else in UTF-8. The
/// mark comes first because it is part of the page; the header often is no more than the server's habit.
#[cfg(feature = "charset")]
pub(super) fn decode(headers: &HeaderMap, bytes: Vec<u8>) -> String {
    let (text, ..) = named(headers).unwrap_or(UTF_8).decode(&bytes);
    match text {
        // It is UTF-8 already, all of it: to copy a large page would hold the loop, and the memory twice.
        Cow::Borrowed(whole) if whole.len() == bytes.len() => {}
        other => return other.into_owned(),
    }
    String::from_utf8(bytes).expect("it has just been looked at")
}

/// What `Content-Type: text/html; charset="gbk"` names, if anybody knows it.
#[cfg(feature = "charset")]
fn named(headers: &HeaderMap) -> Option<&'static Encoding> {
    let content_type = headers.get(http::header::CONTENT_TYPE)?;
    let content_type = String::from_utf8_lossy(content_type.as_bytes());
    let mut parameters = content_type.split(';').skip(1).filter_map(|pair| pair.split_once('='));
    let (_, label) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Encoding::for_label_no_replacement(label.trim().trim_matches(['"', '\'']).as_bytes())
}
