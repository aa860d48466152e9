//! Where a body ends: never silently short, never longer than it is.

use glassloop::http::{Method, Session};

use crate::{
    peer::{Server, ask, body_of, run},
    replies::{Replies, check, check_for},
};

fn with(fields: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n{body}")
}

fn length(value: &str) -> String {
    with(&format!("Content-Length: {value}"), "12345")
}

fn chunked(body: &str) -> String {
    with("Transfer-Encoding: chunked", body)
}

#[test]
fn a_body_is_as_long_as_its_length_says() {
    check(&[
        (&length("5"), "200 12345"),
        (&length("3"), "200 123"),
        (&length("0"), "200 "),
        (&length("00005"), "200 12345"),
        (&length("5\r\nContent-Length: 5"), "200 12345"),
        (&length("5, 5"), "200 12345"),
    ]);
}

#[test]
fn a_truncated_body_says_how_much_came() {
    check(&[
        (
            &with("Content-Length: 50", "15 bytes or so."),
            "200, then: the body ended too early: received 15 of 50 bytes",
        ),
        (
            &length("18446744073709551615"),
            "200, then: the body ended too early: received 5 of 18446744073709551615 bytes",
        ),
    ]);
    let unknown = "200, then: the body ended too early: received 3 bytes, and not its end";
    for cut in
        ["3\r\nabc", "3\r\nabc\r", "5\r\nabc", "3\r\nabc\r\n", "3\r\nabc\r\n0", "3\r\nabc\r\n0\r\n"]
    {
        check(&[(&chunked(cut), unknown)]);
    }
    let trailers = chunked("3\r\nabc\r\n0\r\nX: y\r\n");
    check(&[(&trailers, unknown)]);
}

#[test]
fn lengths_that_are_none_or_differ_are_errors() {
    for value in ["+5", "0x5", "1_0", "", "-1", "5 5", "5,", "5, 6", "99999999999999999999", "٥"] {
        let shown: String = value.as_bytes().escape_ascii().to_string();
        let error = format!("error: the reply is not HTTP: a Content-Length of \"{shown}\"");
        check(&[(&length(value), &error)]);
    }
    let error = "error: the reply is not HTTP: several values of Content-Length";
    check(&[(&length("5\r\nContent-Length: 6"), error)]);
}

#[test]
fn chunks_are_joined_and_their_extensions_and_trailers_discarded() {
    check(&[
        (&chunked("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), "200 hello world"),
        (&chunked("0\r\n\r\n"), "200 "),
        (
            &chunked("00a;x=\"y;z\" ;\r\n0123456789\r\n0;last\r\nX: y\r\nZ:\r\n\r\n"),
            "200 0123456789",
        ),
        (&chunked("0000000000000001 \r\n\r\r\n0\r\n\r\n"), "200 \\r"),
        (&with("transfer-encoding: CHUNKED", "1\r\n!\r\n0\r\n\r\n"), "200 !"),
    ]);
}

#[test]
fn sizes_of_chunks_that_are_none_are_errors() {
    for size in ["blah", "0x5", "-1", "+5", "00000000000000005", "", ";x", " 5", "5 5", "5_0"] {
        let error = format!("200, then: the reply is not HTTP: a chunk's size of \"{size}\"");
        check(&[(&chunked(&format!("{size}\r\nhello\r\n0\r\n\r\n")), &error)]);
    }
}

#[test]
fn an_empty_line_in_place_of_a_size_does_not_end_a_body() {
    let error = "200, then: the reply is not HTTP: a chunk's size of \"\"";
    check(&[(&chunked("3\r\nabc\r\n\r\n"), error)]);
}

#[test]
fn wrong_ends_of_chunks_are_errors() {
    let longer = "200, then: the reply is not HTTP: a chunk that is longer than its size";
    let line = "200, then: the reply is not HTTP: a line of a chunk that does not end with CR LF";
    check(&[
        (&chunked("3\r\nabcd\r\n0\r\n\r\n"), longer),
        (&chunked("3\r\nabcxy\n0\r\n\r\n"), longer),
        (&chunked("3\r\nabc\n0\r\n\r\n"), longer),
        (&chunked("3\r\nabc\r0\r\n\r\n"), longer),
        (&chunked("3\nabc\r\n0\r\n\r\n"), line),
        (&chunked("3\r\nabc\r\n0\r\n\n"), line),
    ]);
}

#[test]
fn endless_lines_of_chunks_are_errors_and_not_held() {
    let client = Replies::new();
    let repeated = |text: &str| std::iter::repeat_n(text.repeat(1000).into_bytes(), 1000);
    for (start, endless, error) in [
        ("1", "0", "a chunk's line too long"),
        ("1;", "x", "a chunk's line too long"),
        ("0\r\n", "X: y\r\n", "trailers too long"),
        ("0\r\n", "x", "a chunk's line too long"),
    ] {
        let start = std::iter::once(chunked(start).into_bytes());
        let (outcome, read) = client.read_of(start.chain(repeated(endless)));
        assert_eq!(outcome, format!("200, then: the reply is not HTTP: {error}"));
        assert!(read < 50_000, "{read}");
    }
    // A line is too long, or it is not, however it comes.
    for (length, is_fine) in [(16_381, true), (16_382, false)] {
        let reply = chunked(&format!("1;{}\r\n!\r\n0\r\n\r\n", "x".repeat(length - 1)));
        for size in [100_000, 9_999, 1_000] {
            let outcome = client.outcome(reply.as_bytes().chunks(size));
            assert_eq!(outcome == "200 !", is_fine, "{length} in pieces of {size}: {outcome}");
        }
    }
}

#[test]
fn with_both_chunks_win() {
    let both = "Content-Length: 3\r\nTransfer-Encoding: chunked";
    check(&[(&with(both, "5\r\nhello\r\n0\r\n\r\n"), "200 hello")]);
}

#[test]
fn codings_other_than_chunked_are_errors() {
    for coding in [
        "gzip, chunked",
        "chunked, chunked",
        "chunked, identity",
        "",
        "\u{e9}",
        "chunked\r\nTransfer-Encoding: gzip",
    ] {
        let reply = with(&format!("Transfer-Encoding: {coding}\r\nContent-Length: 1"), "!");
        let outcome = Replies::new().outcome([reply.as_bytes()]);
        assert!(
            outcome.starts_with("error: the reply is not HTTP: a transfer coding of"),
            "{outcome}"
        );
    }
}

#[test]
fn a_transfer_coding_of_identity_is_none() {
    for coding in ["identity", "Identity"] {
        let fields = format!("Transfer-Encoding: {coding}");
        let with_length = with(&format!("{fields}\r\nContent-Length: 3"), "12345");
        check(&[(&with(&fields, "12345"), "200 12345"), (&with_length, "200 123")]);
    }
}

#[test]
fn without_a_length_a_body_goes_to_the_end() {
    check(&[(&with("X: a", "all of it"), "200 [a] all of it"), (&with("X: a", ""), "200 [a] ")]);
}

#[test]
fn some_replies_have_no_body_whatever_their_headers_say() {
    for fields in ["Content-Length: 5", "Transfer-Encoding: chunked", "Content-Length: x", "X: a"] {
        let x = if fields == "X: a" { " [a]" } else { "" };
        check_for(Method::HEAD, &[(&with(fields, ""), &format!("200{x} "))]);
        for status in ["204", "304"] {
            let reply = format!("HTTP/1.1 {status} No\r\n{fields}\r\n\r\n");
            check(&[(&reply, &format!("{status}{x} "))]);
        }
    }
}

#[test]
fn the_last_reply_in_http_has_no_body_comes_at_once_and_ends_its_connection() {
    run(async {
        for (method, status) in
            [(Method::GET, "101 Switching Protocols"), (Method::CONNECT, "200 OK")]
        {
            let (session, server) = (Session::new(), Server::new());
            let start = glassloop::get_event_loop().time();
            let asking = ask(session.request(method, &server.url("/")));
            let mut peer = server.accept().await;
            let fields = "Connection: upgrade\r\nContent-Length: 5\r\n";
            peer.answer(format!("HTTP/1.1 {status}\r\n{fields}\r\n\x01\x05hello")).await;
            let mut response = asking.await.unwrap().unwrap();
            assert_eq!(response.status().as_str(), &status[..3]);
            assert!(response.bytes().await.unwrap().is_empty());
            assert_eq!(session.idle_connections(), 0);
            peer.closed().await;
            assert_eq!(glassloop::get_event_loop().time(), start);
        }
    });
}

/// Is a connection kept after such a reply to such a request?
async fn is_kept(fields: &str, http11: bool, reply: &str) -> bool {
    let builder = if http11 { Session::builder().http11() } else { Session::builder() };
    let (session, server) = (builder.build(), Server::new());
    let request = session.get(&server.url("/"));
    let request = if fields.is_empty() { request } else { request.header("connection", fields) };
    let asking = ask(request);
    let mut peer = server.accept().await;
    peer.answer(reply).await;
    assert_eq!(body_of(asking).await, "!");
    session.idle_connections() == 1
}

#[test]
fn a_connection_is_kept_if_both_sides_say_so() {
    run(async {
        let reply = |version: &str, fields: &str| {
            format!("HTTP/{version} 200 OK\r\nContent-Length: 1\r\n{fields}\r\n!")
        };
        for (version, fields, expected) in [
            ("1.1", "", true),
            ("1.1", "Connection: close\r\n", false),
            ("1.1", "Connection: x, CLOSE\r\n", false),
            ("1.0", "", false),
            ("1.0", "Connection: Keep-Alive\r\n", true),
            ("1.0", "Connection: keep-alive, close\r\n", false),
        ] {
            for http11 in [false, true] {
                let kept = is_kept("", http11, &reply(version, fields)).await;
                assert_eq!(kept, expected, "{version} {fields:?}");
                let refused = is_kept("close", http11, &reply(version, fields)).await;
                assert!(!refused, "{version} {fields:?}, though we would close it");
            }
        }
        let chunks = "Transfer-Encoding: chunked\r\n\r\n1\r\n!\r\n0\r\n\r\n";
        assert!(is_kept("", true, &format!("HTTP/1.1 200 OK\r\n{chunks}")).await);
        let both = format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n{chunks}");
        assert!(!is_kept("", true, &both).await, "it could be understood in two ways");
        let old = format!("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n{chunks}");
        assert!(!is_kept("", true, &old).await, "1.0 knows no chunks");
    });
}
