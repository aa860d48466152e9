//! The feature `charset`: a page is read in the charset that it is written in.

#[path = "http/one_reply.rs"]
mod one_reply;

use glassloop::{
    http::{Reason, Session},
    run,
};
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

#[test]
fn a_charset_that_the_caller_names_counts_more_than_any_other() {
    let (url, _requests) =
        serve(vec![with_length("Content-Type: text/html; charset=utf-8\r\n", SINA_IN_GBK)]);
    run(async move {
        let mut response = Session::new().get(&url).await.unwrap();
        for label in ["gbk", " GB2312 "] {
            assert_eq!(response.text_in(label).await.unwrap(), "新浪");
        }
        assert_eq!(response.text_in("latin1").await.unwrap(), "ÐÂÀË");
        for label in ["klingon", "", "iso-2022-kr"] {
            let error = response.text_in(label).await.unwrap_err();
            assert!(matches!(error.reason(), Reason::Decode(_)), "{error:?}");
            assert!(error.to_string().ends_with(&format!("no charset is called {label:?}")));
        }
        assert_eq!(response.text().await.unwrap(), "\u{fffd}\u{fffd}\u{fffd}\u{fffd}");
    });
}

#[test]
fn the_content_of_a_meta_is_searched_for_a_charset_as_browsers_do() {
    for (content, is_gbk) in [
        ("text/html charset=gb2312", true),
        ("text/html, charset=gb2312", true),
        ("charset=gb2312", true),
        ("text/html;CharSet \t=\n GBK", true),
        ("text/html; charset='gbk'; x", true),
        ("text/html; charset=gbk x", true),
        ("charset charset=gbk", true),
        ("charsetcharset=gbk", true),
        ("charset=klingon; charset=gbk", false),
        ("text/html; charset", false),
        ("text/html; charset=", false),
        ("text/html; charset='gbk", false),
        ("text/html; charset=gbk'", false),
    ] {
        let start = format!("<meta http-equiv=Content-Type content=\"{content}\">");
        let text = text("text/html", &page(&start));
        assert_eq!(text.ends_with("新浪"), is_gbk, "{text}");
    }
}

/// A page with this in front of a word in GBK.
fn page(start: &str) -> Vec<u8> {
    [start.as_bytes(), SINA_IN_GBK].concat()
}

#[test]
fn where_the_header_names_none_a_page_may_name_its_charset_itself() {
    for start in [
        "<meta charset=gbk>",
        "<!DOCTYPE html>\n<html lang='zh'><head><META  Charset = \"GB2312\" />",
        "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=gbk\">",
        "<meta content='text/html;charset=gb18030' http-equiv=content-type>",
        "<?xml version='1.0' encoding='utf-8'?><!-- <meta charset=utf-8> --><meta/charset=gbk>",
        "<a href='<meta charset=utf-8>' x=y z></a><meta name=author content=me><meta charset=gbk>",
        "<!--><meta charset=gbk>-->",
        "<meta charset=klingon><meta charset=gbk>",
    ] {
        for content_type in ["", "text/html", "text/html; charset=klingon", "application/xhtml+xml"]
        {
            let text = text(content_type, &page(start));
            assert_eq!(text, format!("{start}新浪"), "{content_type}");
        }
    }
}

#[test]
fn what_only_looks_like_a_page_s_charset_is_none() {
    let late = format!("{}<meta charset=gbk>", " ".repeat(1024));
    for start in [
        "<!-- <meta charset=gbk> -->",
        "<a title='<meta charset=gbk>'>",
        "<metadata charset=gbk>",
        "charset=gbk",
        "<meta content='text/html; charset=gbk'>",
        "<meta name=x charset>",
        "<meta charset='gbk",
        "<meta charset=gbk",
        "<meta charset=utf-16le>",
        "< meta charset=gbk>",
        &late,
    ] {
        let text = text("text/html", &page(start));
        assert!(text.starts_with(start) && text.contains('\u{fffd}'), "{text}");
    }
    // Of what is no page, and of one whose header names another.
    for content_type in ["text/plain", "application/json", "text/html; charset=utf-8"] {
        let text = text(content_type, &page("<meta charset=gbk>"));
        assert!(text.contains('\u{fffd}'), "{content_type}: {text}");
    }
}
