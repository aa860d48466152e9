//! From bytes to text.

#[cfg(feature = "charset")]
use encoding_rs::{Encoding, UTF_8};
use http::HeaderMap;

#[cfg(feature = "charset")]
use super::meta;

/// The text that these bytes are. Without the feature `charset` they are taken for UTF-8.
#[cfg(not(feature = "charset"))]
pub(super) fn decode(_: &HeaderMap, bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The text that these bytes are: by their byte order mark, else by the charset of the header, else by that which the
/// page names, else in UTF-8. The mark comes first because it is part of the page; the header often is no more than
/// the server's habit.
#[cfg(feature = "charset")]
pub(super) fn decode(headers: &HeaderMap, bytes: &[u8]) -> String {
    let content_type = headers.get(http::header::CONTENT_TYPE);
    let content_type = content_type.map(|value| String::from_utf8_lossy(value.as_bytes()));
    let of_header = content_type.as_deref().and_then(named);
    let of_page = || {
        let may_be_html = content_type.as_deref().is_none_or(is_html);
        may_be_html.then(|| meta::charset(bytes)).flatten()
    };
    let (text, ..) = of_header.or_else(of_page).unwrap_or(UTF_8).decode(bytes);
    text.into_owned()
}

/// The text that these bytes are in this charset.
#[cfg(feature = "charset")]
pub(super) fn decode_in(charset: &'static Encoding, bytes: &[u8]) -> String {
    let (text, _) = charset.decode_with_bom_removal(bytes);
    text.into_owned()
}

/// The charset of this name, if anybody knows it.
#[cfg(feature = "charset")]
pub(super) fn called(name: &str) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(name.as_bytes())
}

/// What `text/html; charset="gbk"` names, if anybody knows it.
#[cfg(feature = "charset")]
pub(super) fn named(content_type: &str) -> Option<&'static Encoding> {
    let mut parameters = content_type.split(';').skip(1).filter_map(|pair| pair.split_once('='));
    let (_, label) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    called(label.trim().trim_matches(['"', '\'']))
}

#[cfg(feature = "charset")]
fn is_html(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    ["", "text/html", "application/xhtml+xml"].contains(&&*kind)
}
