//! A body, read in pieces, in lines, or all of it; and how much of it is held.

use std::time::Duration;

use glassloop::{
    create_task,
    http::{Error, Reason, Response, Session, SessionBuilder},
    timeout, yield_now,
};

use crate::peer::{Peer, Server, ask, run, said, until_waiting};

/// A response with this body, and its server; the body goes on until the server closes the connection.
async fn response(builder: SessionBuilder, body: &str) -> (Response, Peer) {
    let server = Server::new();
    let asking = ask(builder.build().get(&server.url("/")));
    let mut peer = server.accept().await;
    peer.answer(format!("HTTP/1.1 200 OK\r\n\r\n{body}")).await;
    (asking.await.unwrap().unwrap(), peer)
}

#[test]
fn read_gives_what_has_come_and_no_more_than_was_asked_for() {
    run(async {
        let (mut response, mut peer) = response(Session::builder(), "0123456789").await;
        assert_eq!(response.read(0).await.unwrap(), b"");
        assert_eq!(response.read(4).await.unwrap(), b"0123");
        assert_eq!(response.read(99).await.unwrap(), b"456789");
        peer.say("ab").await;
        assert_eq!(response.chunk().await.unwrap().unwrap(), b"ab");
        drop(peer);
        for _ in 0..2 {
            assert_eq!(response.chunk().await.unwrap(), None);
            assert_eq!(response.read(4).await.unwrap(), b"");
        }
    });
}

#[test]
fn lines_are_read_with_their_ends_and_the_last_one_as_it_is() {
    run(async {
        let (mut response, mut peer) = response(Session::builder(), "one\r\n\ntw").await;
        assert_eq!(response.next_line().await.unwrap().unwrap(), b"one\r\n");
        assert_eq!(response.next_line().await.unwrap().unwrap(), b"\n");
        peer.say("\nthree").await;
        assert_eq!(response.next_line().await.unwrap().unwrap(), b"tw\n");
        assert_eq!(response.read(2).await.unwrap(), b"th");
        drop(peer);
        assert_eq!(response.next_line().await.unwrap().unwrap(), b"ree");
        assert_eq!(response.next_line().await.unwrap(), None);
    });
}

const IN_PIECES: &str = "the body was handed out in pieces, and they are not kept";
const WHOLE: &str = "the body was read whole: `bytes` and `text` give it again";

#[track_caller]
fn assert_no_body<T: std::fmt::Debug>(result: Result<T, Error>, why: &str) {
    let error = result.expect_err("it has gone");
    assert!(matches!(error.reason(), Reason::NoBody(_)), "{error:?}");
    assert!(error.url().is_some() && said(&error) == why, "{error}");
}

#[test]
fn all_of_it_may_be_asked_for_again_and_is_the_same_bytes() {
    run(async {
        for body in ["one\ntwo", ""] {
            let (mut response, peer) = response(Session::builder(), body).await;
            drop(peer);
            let first = response.bytes().await.unwrap();
            for _ in 0..2 {
                let again = response.bytes().await.unwrap();
                assert_eq!((again.as_ptr(), &again[..]), (first.as_ptr(), body.as_bytes()));
                assert_eq!(response.text().await.unwrap(), body);
            }
        }
    });
}

#[test]
fn a_body_of_which_some_was_handed_out_is_not_taken_for_what_is_left() {
    run(async {
        for way in 0..3 {
            let (mut response, mut peer) = response(Session::builder(), "one\ntwo").await;
            match way {
                0 => assert_eq!(response.read(4).await.unwrap(), b"one\n"),
                1 => assert_eq!(response.next_line().await.unwrap().unwrap(), b"one\n"),
                _ => assert_eq!(response.chunk().await.unwrap().unwrap(), b"one\ntwo"),
            }
            assert_no_body(response.bytes().await, IN_PIECES);
            assert_no_body(response.text().await, IN_PIECES);
            peer.say("\nthree").await;
            drop(peer);
            let mut rest = Vec::new();
            while let Some(piece) = response.chunk().await.unwrap() {
                rest.extend(piece);
            }
            assert!("two\nthree".as_bytes().ends_with(&rest), "{rest:?}");
            assert_no_body(response.bytes().await, IN_PIECES);
        }
        // Of nothing, nothing is missing.
        let (mut response, peer) = response(Session::builder(), "").await;
        drop(peer);
        assert_eq!(response.chunk().await.unwrap(), None);
        assert_eq!(response.text().await.unwrap(), "");
        assert_eq!(response.next_line().await.unwrap(), None);
    });
}

#[test]
fn a_body_that_was_read_whole_is_not_an_empty_stream() {
    run(async {
        let (mut response, peer) = response(Session::builder(), "one\ntwo").await;
        drop(peer);
        assert_eq!(response.text().await.unwrap(), "one\ntwo");
        assert_no_body(response.read(4).await, WHOLE);
        assert_no_body(response.chunk().await, WHOLE);
        assert_no_body(response.next_line().await, WHOLE);
        assert_eq!(response.text().await.unwrap(), "one\ntwo");
    });
}

#[test]
fn a_read_that_is_dropped_loses_no_byte() {
    run(async {
        let (mut response, mut peer) = response(Session::builder(), "one").await;
        let moment = std::time::Duration::from_millis(1);
        assert!(timeout(moment, response.bytes()).await.is_err());
        peer.say(" two").await;
        assert!(timeout(moment, response.next_line()).await.is_err());
        peer.say(" three").await;
        drop(peer);
        assert_eq!(response.text().await.unwrap(), "one two three");
    });
}

/// What has come of it was read straight to its place.
#[test]
fn a_large_body_that_is_given_up_and_asked_for_again_loses_no_byte() {
    run(async {
        let body: Vec<u8> = (0..700_001_u32).map(|n| (n % 251) as u8).collect();
        let server = Server::new();
        let asking = ask(Session::new().get(&server.url("/")));
        let mut peer = server.accept().await;
        peer.answer(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len())).await;
        let mut response = asking.await.unwrap().unwrap();
        for part in body.chunks(30_011) {
            assert!(timeout(Duration::from_secs(1), response.bytes()).await.is_err());
            peer.say(part).await;
        }
        assert!(response.bytes().await.unwrap() == body);
    });
}

#[test]
fn what_is_not_utf_8_is_shown_so() {
    run(async {
        let server = Server::new();
        let asking = ask(Session::new().get(&server.url("/")));
        server.accept().await.answer(b"HTTP/1.1 200 OK\r\n\r\n\xe7\x94\xbb\xff!").await;
        assert_eq!(asking.await.unwrap().unwrap().text().await.unwrap(), "画\u{fffd}!");
    });
}

#[test]
fn a_body_or_a_line_that_is_too_large_is_an_error() {
    run(async {
        let builder = || Session::builder().max_body(5);
        for (body, is_fine) in [("12345", true), ("123456", false)] {
            let (mut response, peer) = response(builder(), body).await;
            drop(peer);
            let text = response.text().await;
            assert_eq!(text.is_ok(), is_fine);
            if let Err(error) = text {
                assert!(matches!(error.reason(), Reason::TooLarge { limit: 5 }));
                assert_eq!(said(&error), "the body is larger than 5 bytes");
                assert!(response.text().await.is_err(), "the rest is not all of it");
            }
        }
        for (body, is_fine) in [("1234\nmore", true), ("12345\n", false), ("123456", false)] {
            let (mut response, peer) = response(builder(), body).await;
            drop(peer);
            assert_eq!(response.next_line().await.is_ok(), is_fine, "{body:?}");
        }
        let server = Server::new();
        let asking = ask(builder().build().get(&server.url("/")).max_body(6));
        server.accept().await.answer("HTTP/1.1 200 OK\r\n\r\n123456").await;
        assert_eq!(asking.await.unwrap().unwrap().text().await.unwrap(), "123456");
        // Piece by piece it may be of any size.
        let (mut response, peer) = response(builder(), "1234567890").await;
        drop(peer);
        assert_eq!(response.chunk().await.unwrap().unwrap(), b"1234567890");
    });
}

#[test]
fn an_endless_body_is_given_up_at_the_limit() {
    run(async {
        let builder = Session::builder().max_body(1_000_000);
        let (mut response, mut peer) = response(builder, "").await;
        let server = create_task(async move {
            for _ in 0..1_000 {
                if peer.try_say(&[b'-'; 10_000]).await.is_err() {
                    break; // the client has heard enough
                }
                yield_now().await;
            }
        });
        let error = response.bytes().await.unwrap_err();
        assert!(matches!(error.reason(), Reason::TooLarge { .. }));
        drop(response);
        server.await.unwrap();
    });
}

#[test]
fn a_status_that_says_failed_is_an_error_if_one_asks() {
    run(async {
        for (status, is_fine) in
            [(200, true), (399, true), (400, false), (404, false), (599, false)]
        {
            let server = Server::new();
            let asking = ask(Session::builder().redirects(0).build().get(&server.url("/")));
            server.accept().await.answer(format!("HTTP/1.1 {status} So\r\n\r\n")).await;
            let response = asking.await.unwrap().unwrap();
            assert_eq!(
                format!("{response:?}"),
                format!("<Response({}) [{status} So]>", server.url("/"))
            );
            let checked = response.error_for_status();
            assert_eq!(checked.is_ok(), is_fine);
            let failed = checked.err().and_then(|error| error.status());
            assert_eq!(failed.map(|status| status.as_u16()), (!is_fine).then_some(status));
        }
    });
}

#[test]
fn a_body_waits_for_its_reader() {
    run(async {
        let (response, mut peer) = response(Session::builder(), "first").await;
        peer.say(" second").await;
        until_waiting(0).await;
        drop(response);
        peer.closed().await;
    });
}
