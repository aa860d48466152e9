//! Whoever drops a request or a response, at whatever stage, leaves nothing behind; and the trace shows each
//! wait at the caller's own line.

use std::{cell::Cell, rc::Rc, time::Duration};

use glassloop::{
    EventLoop, create_task,
    http::Session,
    trace::{
        Record, TaskId, What,
        record::{Place, WaitFor},
    },
    yield_now,
};

use crate::{
    common::{assert_nothing_left, kept, recorded},
    peer::{OK, Server, ask, body_of, counters, run, until_waiting},
};

/// What a server says, piece by piece, to a client that has it all or goes in the middle of it.
const PIECES: [&str; 7] = [
    "HTTP/1.1 302 There\r\nLocation: /x\r\nContent-",
    "Length: 2\r\n\r\n",
    "no",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "5\r\nhe",
    "llo\r\n0",
    "\r\n\r\n",
];

#[test]
fn who_goes_in_the_middle_leaves_no_socket_timer_or_half_read_connection() {
    for pieces in 0..PIECES.len() {
        run(async {
            let builder = Session::builder().connections(1).read_timeout(Duration::from_secs(9));
            let (session, server) = (builder.build(), Server::new());
            let request = session.get(&server.url("/")).send();
            let client = create_task(async move { request.await?.text().await });
            let mut peer = server.accept().await;
            let limits = 2; // each read's, all of it
            assert_eq!(counters().timers, 1 + limits);
            for piece in &PIECES[..pieces] {
                peer.say(piece).await;
                until_waiting(1).await;
            }
            assert!(client.cancel());
            yield_now().await;
            assert_eq!((counters().sockets, session.idle_connections()), (0, 0), "{pieces} pieces");
            assert_eq!(counters().timers, 1, "that of the test alone");
            peer.closed().await;

            let asking = ask(session.get(&server.url("/")));
            server.accept().await.answer(OK).await;
            assert_eq!(body_of(asking).await, "ok");
        });
    }
}

#[test]
fn a_response_that_is_dropped_unread_or_half_read_is_not_pooled() {
    run(async {
        let (session, server) = (Session::new(), Server::new());
        for count in [0, 1] {
            let asking = ask(session.get(&server.url("/")));
            let mut peer = server.accept().await;
            peer.answer(OK).await;
            let mut response = asking.await.unwrap().unwrap();
            response.read(count).await.unwrap();
            drop(response);
            assert_eq!((counters().sockets, session.idle_connections()), (0, 0));
            peer.closed().await;
        }
    });
}

#[test]
fn a_request_that_is_never_polled_asks_nobody() {
    run(async {
        let (session, server) = (Session::new(), Server::new());
        drop(session.get(&server.url("/")).send());
        drop(session.get(&server.url("/")));
        yield_now().await;
        assert!(server.has_no_other());
    });
}

#[test]
fn a_session_that_goes_closes_what_is_idle_and_a_response_lives_on() {
    run(async {
        let (session, server) = (Session::new(), Server::new());
        let [first, second] = [(); 2].map(|()| ask(session.get(&server.url("/"))));
        let (mut one, mut two) = (server.accept().await, server.accept().await);
        one.answer(OK).await;
        two.answer(OK).await;
        assert_eq!(body_of(first).await, "ok");
        let mut response = second.await.unwrap().unwrap();
        drop(session);
        one.closed().await;
        assert_eq!(counters().sockets, 1);
        assert_eq!(response.text().await.unwrap(), "ok");
        two.closed().await;
    });
}

#[test]
fn a_loop_that_ends_in_the_middle_of_a_request_has_nothing_left() {
    let (event_loop, _) = recorded(EventLoop::builder().unwatched());
    let server = Server::new();
    let session = Session::new();
    event_loop.run_until_complete(async {
        drop(create_task(session.get(&server.url("/")).send()));
        server.accept().await.asked().await;
    });
    event_loop.close();
    assert_nothing_left(&event_loop);
}

/// The lines at which the task with this id waited for sockets.
fn waits(records: &[Record], of: TaskId) -> Vec<Place> {
    let place = |record: &Record| match record.what {
        What::PollEnded { task, waits: Some(wait), .. } if task == of => {
            matches!(wait.what, WaitFor::Socket { .. }).then_some(wait.place)
        }
        _ => None,
    };
    records.iter().filter_map(place).collect()
}

#[test]
fn each_wait_of_a_request_shows_the_caller_s_own_line() {
    let (event_loop, records) = kept(EventLoop::builder().unwatched().virtual_time());
    let line = Rc::new(Cell::new(0));
    let asked_at = line.clone();
    event_loop.run_until_complete(async {
        let (session, server) = (Session::new(), Server::new());
        let url = server.url("/");
        let client = create_task(async move {
            asked_at.set(line!() + 1);
            let mut response = session.get(&url).await.unwrap();
            response.text().await.unwrap()
        });
        let mut peer = server.accept().await;
        for piece in PIECES {
            until_waiting(1).await;
            peer.say(piece).await;
        }
        assert_eq!(client.await.unwrap(), "hello");
    });
    let places = waits(&records.borrow(), TaskId(1));
    assert!(places.len() >= PIECES.len() - 1, "{places:?}");
    let mut lines: Vec<_> = places.iter().map(|place| place.line()).collect();
    lines.dedup();
    assert_eq!(lines, [line.get(), line.get() + 1]);
    assert!(places.iter().all(|place| place.file().ends_with("dropped.rs")), "{places:?}");
}
