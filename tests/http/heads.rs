//! The head of a reply: what is one, what is not, and how long it may be.

use glassloop::http::Session;

use crate::{
    peer::{OK, Server, ask, body_of, run, said},
    replies::{Replies, check},
};

/// A reply with these fields.
fn with(fields: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: 1\r\n\r\n!")
}

#[test]
fn a_reply_is_read() {
    check(&[
        (&with("X: a\r\n"), "200 [a] !"),
        (&with("X:a \t\r\nx:\r\n"), "200 [a] [] !"),
        ("HTTP/1.0 404 Not here\r\n\r\nhello", "404 hello"),
        ("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "200 "),
        ("HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n", "299 "),
    ]);
}

#[test]
fn a_reason_may_be_in_any_letters() {
    run(async {
        let server = Server::new();
        for (said, reason) in [
            (&b" OK"[..], "OK"),
            (b" \xe5\xa5\xbd\xe7\x9a\x84, good", "好的, good"),
            (b" Trouv\xe9", "Trouv\u{fffd}"),
            (b" it's  so ", "it's  so"),
            (b" ", ""),
            (b"", ""),
        ] {
            let asking = ask(Session::new().get(&server.url("/")));
            let reply = [b"\r\nHTTP/1.1 200", said, b"\r\nX: y\r\n\r\n"].concat();
            server.accept().await.answer(reply).await;
            assert_eq!(asking.await.unwrap().unwrap().reason(), reason);
        }
        // Shown to somebody, it can't turn the line around.
        let asking = ask(Session::new().get(&server.url("/")));
        server.accept().await.answer("HTTP/1.1 200 \u{202e}KO it's\r\n\r\n").await;
        let shown = format!("{:?}", asking.await.unwrap().unwrap());
        assert_eq!(shown, format!("<Response({}) [200 \u{fffd}KO it's]>", server.url("/")));
    });
}

#[test]
fn lines_may_end_with_a_newline_alone_and_empty_lines_may_come_first() {
    check(&[
        ("HTTP/1.1 200 OK\nX: a\nContent-Length: 1\n\n!", "200 [a] !"),
        ("\r\n\nHTTP/1.1 200 OK\nContent-Length: 1\r\n\n!", "200 !"),
    ]);
}

#[test]
fn a_field_that_goes_on_in_the_next_line_is_joined_by_one_space() {
    check(&[
        (&with("X: a \r\n \t b\r\n\tc\r\n"), "200 [a b c] !"),
        (&with("X:\r\n  a\r\n \r\n b\r\n"), "200 [a b] !"),
    ]);
}

#[test]
fn a_blank_between_a_name_and_its_colon_is_no_part_of_the_name() {
    check(&[
        (&with("X : a\r\nX \t:b\r\n"), "200 [a] [b] !"),
        ("HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n!?", "200 !"),
        (
            &with("Content-Length : 2\r\n"),
            "error: the reply is not HTTP: several values of Content-Length",
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n\r\n1\r\n!\r\n0\r\n\r\n", "200 !"),
    ]);
}

#[test]
fn fields_that_are_none_are_errors() {
    let error = |what: &str| {
        format!("error: the reply is not HTTP: invalid header {what} in its header fields")
    };
    check(&[
        (&with("X y: a\r\n"), &error("name")),
        (&with("X\r\n"), &error("name")),
        (&with(": a\r\n"), &error("name")),
        (&with(" X: a\r\n"), &error("name")),
        (&with("X\0: a\r\n"), &error("name")),
        (&with("X: a\0\r\n"), &error("value")),
        (&with("X: a\r \r\n"), &error("value")),
    ]);
}

#[test]
fn first_lines_that_are_none_are_errors() {
    let not_http = "error: the reply is not HTTP: ";
    for (line, why) in [
        ("HTTP/1.1 20 OK", "invalid response status"),
        ("HTTP/1.1 2000 OK", "invalid response status"),
        ("HTTP/1.1 099 OK", "no status"),
        ("HTTP/2.0 200 OK", "invalid HTTP version"),
        ("HTTP/1.1200 OK", "invalid HTTP version"),
        ("HTTP/1.1 200 O\0K", "invalid response status"),
    ] {
        let said = Replies::new().outcome([format!("{line}\r\n\r\n").as_bytes()]);
        assert!(said.starts_with(&format!("{not_http}{why}")), "{line}: {said}");
    }
}

#[test]
fn another_protocol_is_an_error_without_waiting_for_its_end() {
    let error = "error: the reply is not HTTP: it does not begin with HTTP/";
    check(&[("SSH-2.0-OpenSSH\r\n", error), ("\r\nHTP", error), ("<html>\n\n", error)]);
    run(async {
        let server = Server::new();
        let asking = ask(Session::new().get(&server.url("/")));
        let mut peer = server.accept().await;
        peer.answer("220 mail ESMTP\r\n").await;
        assert_eq!(said(&asking.await.unwrap().unwrap_err()), &error[7..]);
        peer.closed().await;
    });
}

#[test]
fn what_is_no_reply_has_an_error_of_its_own_each_time() {
    let half = "error: the reply is not HTTP: it ended in the middle of its head";
    check(&[("HTTP/1.1 200 OK\r\nX:", half), ("HTTP/1.1 200 OK\r\n", half), ("H", half)]);
    let empty = "error: the server closed the connection without a reply";
    assert_eq!(Replies::new().outcome([]), empty);
    check(&[("HTTP/1.1 100 Continue\r\n\r\n", empty)]);
}

#[test]
fn a_reset_says_whether_it_came_before_the_reply_or_in_its_body() {
    run(async {
        let server = Server::new();
        for (reply, step) in [
            ("", "reading the head of the reply: "),
            ("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n15 bytes or so.", "reading the body: "),
        ] {
            let asking = ask(Session::new().get(&server.url("/")));
            let mut peer = server.accept().await;
            peer.answer(reply).await;
            let error = match reply {
                "" => {
                    peer.reset();
                    asking.await.unwrap().unwrap_err()
                }
                _ => {
                    let mut response = asking.await.unwrap().unwrap();
                    assert_eq!(response.read(15).await.unwrap(), b"15 bytes or so.");
                    peer.reset();
                    response.chunk().await.unwrap_err()
                }
            };
            let kind = std::io::Error::from(error.clone()).kind();
            assert_eq!(kind, std::io::ErrorKind::ConnectionReset);
            assert!(said(&error).starts_with(step), "{error}");
        }
    });
}

#[test]
fn interim_replies_are_skipped_and_not_for_ever() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nContent-Length: 9\r\n\r\n";
    check(&[(&format!("{interim}{}", with("")), "200 !")]);
    let endless = std::iter::repeat_n(b"HTTP/1.1 102 Wait\r\n\r\n".to_vec(), 1000);
    let (outcome, read) = Replies::new().read_of(endless);
    assert_eq!(outcome, "error: the reply is not HTTP: more than 100 interim replies");
    assert!(read <= 101 * 21, "{read}");
}

#[test]
fn a_head_may_have_100_fields() {
    let client = Replies::new();
    let fields = |count| format!("HTTP/1.1 204 No\r\n{}\r\n", "Y: 1\r\n".repeat(count));
    assert_eq!(client.outcome([fields(100).as_bytes()]), "204 ");
    let error = "error: the reply is not HTTP: it has more than 100 header fields";
    assert_eq!(client.outcome([fields(101).as_bytes()]), error);
}

#[test]
fn a_head_may_have_64_kib_and_no_more_is_held() {
    let client = Replies::new();
    let head = |length: usize| {
        let (start, end) = ("HTTP/1.1 204 No\r\nY: ", "\r\n\r\n");
        format!("{start}{}{end}", "y".repeat(length - start.len() - end.len())).into_bytes()
    };
    let error = "error: the reply is not HTTP: its head is longer than 65536 bytes";
    for (length, expected) in [(65_536, "204 "), (65_537, error), (100_000, error)] {
        assert_eq!(client.outcome([&head(length)[..]]), expected, "{length}");
        assert_eq!(client.outcome(head(length).chunks(9_999)), expected, "{length}, in pieces");
    }
    for endless in ["Y: y\r\n", "yyyyyy", "\r\n", "Y: y\r\n y\r\n"] {
        let start = b"HTTP/1.1 200 OK\r\n".to_vec();
        let start = if endless == "\r\n" { Vec::new() } else { start };
        let endless = std::iter::repeat_n(endless.repeat(1000).into_bytes(), 1000);
        let (outcome, read) = client.read_of(std::iter::once(start).chain(endless));
        assert_eq!(outcome, error);
        assert!(read < 150_000, "{read}");
    }
}

#[test]
fn a_reply_to_one_request_is_not_read_for_the_next() {
    run(async {
        let server = Server::new();
        let session = Session::new();
        let asking = ask(session.get(&server.url("/")));
        let mut peer = server.accept().await;
        peer.answer([OK, OK].concat()).await;
        assert_eq!(body_of(asking).await, "ok");
        assert_eq!(session.idle_connections(), 0);
        peer.closed().await;
    });
}
