//! The feature `charset`: a page is read in the charset that it is written in.

#[path = "http/one_reply.rs"]
mod one_reply;

use glassloop::{http::Session, run};
use one_reply::{serve, with_length};

/// What `text` makes of a body of this `Content-Type`; of one without it, if that is empty.
fn text(content_type: &str, body: &[u8]) -> String {
    let field = match content_type {
        "" => String::new(),
        content_type => format!("Content-Type: {content_type}\r\n"),
    };
    let (url, _requests) = serve(vec![with_length(&field, body)]);
    run(async move { Session::new().get(&url).await?.text().await }).expect("a text")
}

const SINA_IN_GBK: &[u8] = b"\xd0\xc2\xc0\xcb";

#[test]
fn text_is_read_in_the_charset_of_its_content_type_however_that_is_written() {
    for content_type in [
        "text/html; charset=gbk",
        "text/html;charset=\"GB2312\"",
        "text/html; Charset = 'gb18030' ; x=y",
        "text/html; level=1; charset=GBK; charset=utf-8",
    ] {
        assert_eq!(text(content_type, SINA_IN_GBK), "新浪", "{content_type}");
    }
    assert_eq!(text("text/plain; charset=big5", b"\xb7s"), "新");
    assert_eq!(text("text/plain; charset=iso-8859-1", b"\xe9t\xe9"), "été");
    assert_eq!(text("text/plain; charset=utf-16le", b"\xb0\x65"), "新");
}

#[test]
fn a_byte_order_mark_is_believed_more_than_the_header_and_is_no_part_of_the_text() {
    assert_eq!(text("text/html; charset=gbk", "\u{feff}新浪".as_bytes()), "新浪");
    assert_eq!(text("text/html; charset=utf-8", b"\xff\xfe\xb0\x65"), "新");
    assert_eq!(text("", b"\xfe\xff\x65\xb0"), "新");
}

#[test]
fn an_unknown_or_missing_charset_is_utf8_and_what_is_wrong_in_it_is_replaced() {
    for content_type in [
        "",
        "text/html",
        "text/html; charset",
        "text/html; charset=",
        "text/html; charset=\"",
        "text/html; charset=klingon",
        // The web's standard replaces this one as a whole, for it was used to smuggle scripts.
        "text/html; charset=iso-2022-kr",
    ] {
        assert_eq!(text(content_type, "新浪".as_bytes()), "新浪", "{content_type}");
    }
    assert_eq!(text("text/html", b"a\xffb"), "a\u{fffd}b");
    assert_eq!(text("text/html; charset=gbk", b"\xd0\xc2\xff"), "新\u{fffd}");
}
