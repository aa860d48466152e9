//! Timeouts: connecting, each read, and all of it. What timed out is never used again.

use std::time::Duration;

use glassloop::{
    create_task, get_event_loop,
    http::{Error, Session, SessionBuilder},
    sleep, yield_now,
};
use socket2::{Domain, Socket, Type};

use crate::peer::{OK, Server, ask, body_of, counters, run, said};

const SECOND: Duration = Duration::from_secs(1);

/// Nothing may be left of the request that failed so.
#[track_caller]
fn assert_timed_out(session: &Session, error: &Error, expected: &str) {
    assert_eq!(said(error), expected);
    assert!(error.is_timeout());
    assert_eq!(std::io::Error::from(error.clone()).kind(), std::io::ErrorKind::TimedOut);
    assert_eq!((counters().sockets, session.idle_connections()), (0, 0));
}

#[test]
fn a_server_that_takes_no_connections_is_not_waited_for_longer_than_was_said() {
    run(async {
        // One that listens and never accepts, once its line is full, lets nobody in.
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
        socket.listen(0).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let session = Session::builder().connect_timeout(SECOND).read_timeout(SECOND).build();
        let mut asking: Vec<_> =
            (0..8).map(|_| ask(session.get(&format!("http://{address}/")))).collect();
        let mut errors = Vec::new();
        for one in asking.drain(..) {
            errors.push(one.await.unwrap().unwrap_err());
        }
        let steps: Vec<_> = errors.iter().map(said).collect();
        assert!(steps.contains(&"connecting took longer than 1s".to_string()), "{steps:?}");
        assert_timed_out(&session, errors.last().unwrap(), steps.last().unwrap());
    });
}

#[test]
fn each_read_may_take_so_long_and_all_of_them_longer() {
    run(async {
        let session = Session::builder().read_timeout(2 * SECOND).build();
        let server = Server::new();
        let asking = ask(session.get(&server.url("/")));
        let mut peer = server.accept().await;
        peer.asked().await;
        for piece in ["HTTP/1.1 200 OK\r\n", "Content-Length: 4\r\n\r\n", "1", "2", "3"] {
            sleep(SECOND).await;
            peer.say(piece).await;
        }
        let mut response = asking.await.unwrap().unwrap();
        assert_eq!(response.read(9).await.unwrap(), b"123");
        let error = response.read(9).await.unwrap_err();
        assert_timed_out(&session, &error, "reading the body took longer than 2s");
        let again = response.chunk().await.unwrap_err();
        assert_eq!(said(&again), said(&error), "what failed once fails again");
        peer.closed().await;
    });
}

#[test]
fn a_server_that_does_not_answer_is_waited_for_as_long_as_a_read_may_take() {
    run(async {
        let session = Session::builder().read_timeout(2 * SECOND).build();
        let server = Server::new();
        for (body, step) in
            [(10, "reading the head of the reply"), (20_000_000, "sending the request")]
        {
            let asking = ask(session.post(&server.url("/")).body(vec![b'-'; body]));
            let _peer = server.accept().await;
            let error = asking.await.unwrap().unwrap_err();
            assert_timed_out(&session, &error, &format!("{step} took longer than 2s"));
        }
    });
}

/// How the request ends to whose server this happens, and after how long.
async fn all_of_it(
    builder: SessionBuilder,
    in_all: Option<Duration>,
) -> (Session, Error, Duration) {
    let (session, server) = (builder.build(), Server::new());
    let start = get_event_loop().time();
    let request = session.get(&server.url("/"));
    let request = if let Some(in_all) = in_all { request.timeout(in_all) } else { request };
    let asking = ask(request);
    let mut peer = server.accept().await;
    peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n").await;
    let mut response = asking.await.unwrap().unwrap();
    let reading = glassloop::create_task(async move { response.bytes().await.unwrap_err() });
    for _ in 0..3 {
        sleep(SECOND).await;
        peer.say("!").await;
    }
    let error = reading.await.unwrap();
    (session, error, get_event_loop().time() - start)
}

#[test]
fn all_of_it_may_take_so_long_however_often_something_comes() {
    run(async {
        let builder = || Session::builder().read_timeout(7 * SECOND);
        let (session, error, took) = all_of_it(builder().timeout(5 * SECOND), None).await;
        assert_timed_out(&session, &error, "the request took longer than 5s");
        assert_eq!(took, 5 * SECOND);
        let (session, error, took) =
            all_of_it(builder().timeout(5 * SECOND), Some(4 * SECOND)).await;
        assert_timed_out(&session, &error, "the request took longer than 4s");
        assert_eq!(took, 4 * SECOND);
        let (session, error, took) = all_of_it(builder().timeout(None), None).await;
        assert_timed_out(&session, &error, "reading the body took longer than 7s");
        assert_eq!(took, 10 * SECOND);
        let (.., took) = all_of_it(builder().timeout(Duration::MAX), None).await;
        assert_eq!(took, 10 * SECOND);
    });
}

#[test]
fn the_time_for_all_of_it_includes_waiting_for_a_connection_and_redirects() {
    run(async {
        let session = Session::builder().connections(1).timeout(5 * SECOND).build();
        let server = Server::new();
        let first = ask(session.get(&server.url("/")).timeout(None));
        let mut peer = server.accept().await;
        peer.asked().await;
        let error = session.get(&server.url("/")).await.unwrap_err();
        assert_eq!(said(&error), "waiting for a connection of the pool took longer than 5s");
        assert!(error.is_timeout());
        peer.say(OK).await;
        assert_eq!(body_of(first).await, "ok");

        let asking = ask(session.get(&server.url("/")));
        let redirect = "HTTP/1.1 302 There\r\nLocation: ?x\r\nContent-Length: 0\r\n\r\n";
        peer.asked().await;
        sleep(3 * SECOND).await;
        peer.say(redirect).await;
        let start = get_event_loop().time();
        let error = asking.await.unwrap().unwrap_err();
        assert_timed_out(&session, &error, "the request took longer than 5s");
        assert_eq!(get_event_loop().time() - start, 2 * SECOND);
        assert!(error.url().is_some_and(|url| url.as_str().ends_with("?x")), "{error}");
    });
}

#[test]
fn all_of_it_ends_also_where_nothing_has_to_be_waited_for() {
    run(async {
        let session = Session::builder().timeout(SECOND).build();
        let server = Server::new();
        let asking = ask(session.get(&server.url("/")));
        let mut peer = server.accept().await;
        peer.asked().await;
        peer.say("HTTP/1.1 200 OK\r\n\r\nmuch that has come").await;
        let mut response = asking.await.unwrap().unwrap();
        assert_eq!(response.read(4).await.unwrap(), b"much");
        sleep(2 * SECOND).await;
        let error = response.read(4).await.unwrap_err();
        assert_timed_out(&session, &error, "the request took longer than 1s");
    });
}

#[test]
fn chunks_that_came_all_at_once_leave_others_their_turn() {
    run(async {
        let session = Session::new();
        let server = Server::new();
        let asking = ask(session.get(&server.url("/")));
        let mut peer = server.accept().await;
        peer.asked().await;
        let chunks = "1\r\nx\r\n".repeat(1000);
        peer.say(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}")).await;
        let mut response = asking.await.unwrap().unwrap();
        sleep(SECOND).await;
        let other = create_task(yield_now());
        for _ in 0..1000 {
            assert_eq!(response.chunk().await.unwrap().unwrap(), b"x");
        }
        assert!(other.done());
    });
}
