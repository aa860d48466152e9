//! The pool: connections are used again, never more than was allowed, and who waits is served in turn.

use std::time::Duration;

use glassloop::{
    EventLoop, create_task, get_event_loop,
    http::{Reason, Session},
    sleep, yield_now,
};

use crate::{
    common::assert_nothing_left,
    peer::{Asking, OK, Peer, Server, ask, body_of, counters, run, said, until_waiting},
};

/// A server that has answered one request; the connection is kept.
async fn kept(session: &Session, server: &Server) -> Peer {
    let asking = ask(session.get(&server.url("/first")));
    let mut peer = server.accept().await;
    peer.answer(OK).await;
    assert_eq!(body_of(asking).await, "ok");
    peer
}

#[test]
fn a_connection_is_used_again_and_the_last_one_first() {
    run(async {
        let (session, server) = (Session::new(), Server::new());
        let [first, second] = [(); 2].map(|()| ask(session.get(&server.url("/"))));
        let (mut one, mut two) = (server.accept().await, server.accept().await);
        two.answer(OK).await;
        one.answer(OK).await;
        assert_eq!(body_of(second).await, "ok");
        assert_eq!(body_of(first).await, "ok");
        assert_eq!((session.idle_connections(), counters().sockets), (2, 2));
        for _ in 0..3 {
            let asking = ask(session.get(&server.url("/")));
            one.answer(OK).await;
            assert_eq!(body_of(asking).await, "ok");
        }
        assert!(two.is_quiet() && server.has_no_other());
    });
}

#[test]
fn a_connection_serves_its_own_origin_alone() {
    run(async {
        let (session, server, other) = (Session::new(), Server::new(), Server::new());
        let _one = kept(&session, &server).await;
        let _two = kept(&session, &other).await;
        assert_eq!(session.idle_connections(), 2);
    });
}

#[test]
fn who_finds_the_pool_full_waits_and_is_served_in_turn() {
    run(async {
        let (session, server) = (Session::builder().connections(2).build(), Server::new());
        let mut texts = [0, 1, 2, 3, 4].map(|n| {
            let asking = ask(session.get(&server.url(&format!("/{n}"))));
            create_task(body_of(asking))
        });
        let mut peers = [server.accept().await, server.accept().await];
        for (n, text) in texts.iter_mut().enumerate() {
            assert_eq!(counters().sockets, 2);
            let request = peers[n % 2].answer(OK).await;
            assert!(request.starts_with(&format!("GET /{n} ")), "{request}");
            assert_eq!(text.await.unwrap(), "ok");
        }
        assert!(server.has_no_other());
    });
}

#[test]
fn a_response_holds_its_place_until_its_body_is_read_or_dropped() {
    run(async {
        let (session, server) = (Session::builder().connections(1).build(), Server::new());
        let first = ask(session.get(&server.url("/1")));
        let second = ask(session.get(&server.url("/2")));
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        let response = first.await.unwrap().unwrap();
        until_waiting(0).await;
        assert!(!second.done() && server.has_no_other());
        drop(response);
        let mut next = server.accept().await;
        peer.closed().await;
        next.answer(OK).await;
        assert_eq!(body_of(second).await, "ok");
    });
}

#[test]
fn a_host_s_own_limit_leaves_the_others_alone() {
    run(async {
        let builder = Session::builder().connections(3).connections_per_host(1);
        let (session, server, other) = (builder.build(), Server::new(), Server::new());
        let asking = [0, 1, 2].map(|n| ask(session.get(&server.url(&format!("/{n}")))));
        let elsewhere = ask(session.get(&other.url("/")));
        other.accept().await.answer(OK).await;
        assert_eq!(body_of(elsewhere).await, "ok");
        let mut peer = server.accept().await;
        for (n, one) in asking.into_iter().enumerate() {
            assert!(server.has_no_other());
            assert!(peer.answer(OK).await.starts_with(&format!("GET /{n} ")));
            assert_eq!(body_of(one).await, "ok");
        }
    });
}

#[test]
fn idle_connections_count_and_the_oldest_makes_room() {
    run(async {
        let (session, servers) = (
            Session::builder().connections(2).build(),
            [Server::new(), Server::new(), Server::new()],
        );
        let one = kept(&session, &servers[0]).await;
        let two = kept(&session, &servers[1]).await;
        assert_eq!(counters().sockets, 2);
        let asking = ask(session.get(&servers[2].url("/")));
        let mut three = servers[2].accept().await;
        one.closed().await;
        assert_eq!((counters().sockets, session.idle_connections()), (2, 1));
        assert!(two.is_quiet());
        three.answer(OK).await;
        assert_eq!(body_of(asking).await, "ok");
    });
}

#[test]
fn a_connection_is_kept_for_a_while_and_no_longer() {
    run(async {
        let (session, server) = (Session::new(), Server::new());
        let mut peer = kept(&session, &server).await;
        sleep(Duration::from_secs(14)).await;
        let asking = ask(session.get(&server.url("/")));
        peer.answer(OK).await;
        assert_eq!(body_of(asking).await, "ok");
        sleep(Duration::from_secs(16)).await;
        let asking = ask(session.get(&server.url("/")));
        peer.closed().await;
        server.accept().await.answer(OK).await;
        assert_eq!(body_of(asking).await, "ok");
    });
}

#[test]
fn a_connection_that_nobody_uses_is_closed_by_itself() {
    run(async {
        let (session, servers) = (Session::new(), [Server::new(), Server::new(), Server::new()]);
        let start = get_event_loop().time();
        let mut peers = Vec::new();
        for server in &servers {
            peers.push(kept(&session, server).await);
            sleep(Duration::from_secs(5)).await;
        }
        assert_eq!((session.idle_connections(), counters().sockets), (2, 2), "after 15 s");
        // The second is used once more, and so lives longer than the third.
        let asking = ask(session.get(&servers[1].url("/")));
        peers[1].answer(OK).await;
        assert_eq!(body_of(asking).await, "ok");
        for (after, left) in [(25, 1), (30, 0)] {
            let until = start + Duration::from_secs(after);
            let so_long = until.saturating_sub(get_event_loop().time());
            sleep(so_long.saturating_sub(Duration::from_millis(1))).await;
            assert_eq!(session.idle_connections(), left + 1, "before {after} s");
            sleep(Duration::from_millis(1)).await;
            assert_eq!((session.idle_connections(), counters().sockets), (left, left));
        }
        for peer in peers {
            peer.closed().await;
        }
        assert_eq!(counters().timers, 1, "the test's own; none rings for nothing");
    });
}

#[test]
fn a_timer_is_there_only_while_a_connection_is_kept() {
    run(async {
        let (session, server) = (Session::builder().connections(1).build(), Server::new());
        let other = Server::new();
        yield_now().await; // the test's own timer is there only then
        let before = counters().timers;
        let mut peer = kept(&session, &server).await;
        assert_eq!(counters().timers, before + 1);
        let asking = ask(session.get(&server.url("/")).timeout(None));
        peer.asked().await;
        assert_eq!(counters().timers, before, "it is in use");
        peer.say(OK).await;
        assert_eq!(body_of(asking).await, "ok");
        assert_eq!(counters().timers, before + 1);
        let asking = ask(session.get(&other.url("/")).timeout(None));
        let mut next = other.accept().await;
        next.asked().await;
        assert_eq!(counters().timers, before, "it made room");
        next.say(OK).await;
        assert_eq!(body_of(asking).await, "ok");
        drop(session);
        assert_eq!((counters().timers, counters().sockets), (before, 0));
        peer.closed().await;
        next.closed().await;
    });
}

#[test]
fn a_kept_connection_hides_no_deadlock_and_keeps_no_loop_alive() {
    let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
    let (session, server) = (Session::new(), Server::new());
    let peer = event_loop.run_until_complete(kept(&session, &server));
    assert_eq!(event_loop.time(), Duration::ZERO);
    let stuck = std::panic::AssertUnwindSafe(|| {
        event_loop.run_until_complete(glassloop::sync::Event::new().wait());
    });
    let payload = std::panic::catch_unwind(stuck).unwrap_err();
    let said = payload.downcast_ref::<String>().unwrap();
    assert!(said.starts_with("deadlock: "), "{said}");
    assert_eq!(event_loop.time(), Duration::from_secs(15));
    assert_nothing_left(&event_loop);
    run(peer.closed());
}

#[test]
fn a_loop_that_closes_takes_its_connections_with_it_whoever_has_the_session() {
    let (session, server) = (Session::new(), Server::new());
    let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
    let peer = event_loop.run_until_complete(kept(&session, &server));
    assert_eq!(session.idle_connections(), 1);
    event_loop.close();
    assert_eq!(session.idle_connections(), 0);
    assert_nothing_left(&event_loop);
    run(peer.closed());
    // And a loop that is left, but open, loses them to the next.
    let first = EventLoop::builder().unwatched().virtual_time().build().unwrap();
    let left = first.run_until_complete(kept(&session, &server));
    run(async {
        let session = session.clone();
        let peer = kept(&session, &server).await;
        left.closed().await;
        assert_eq!((session.idle_connections(), counters().sockets), (1, 1));
        sleep(Duration::from_secs(15)).await;
        peer.closed().await;
        assert_eq!(session.idle_connections(), 0);
    });
    assert_nothing_left(&first);
}

#[test]
fn a_session_that_is_told_so_keeps_nothing() {
    run(async {
        let (session, server) = (Session::builder().without_keep_alive().build(), Server::new());
        kept(&session, &server).await.closed().await;
        assert_eq!(counters().sockets, 0);
    });
}

#[test]
fn a_connection_that_the_server_has_closed_meanwhile_is_replaced_for_any_request() {
    run(async {
        let (session, server) = (Session::new(), Server::new());
        drop(kept(&session, &server).await);
        let asking = ask(session.post(&server.url("/")));
        server.accept().await.answer(OK).await;
        assert_eq!(body_of(asking).await, "ok");
        assert!(server.has_no_other());
    });
}

#[test]
fn a_connection_on_which_something_came_unasked_is_replaced() {
    run(async {
        let (session, server) = (Session::new(), Server::new());
        let mut peer = kept(&session, &server).await;
        peer.say(OK).await;
        let asking = ask(session.get(&server.url("/")));
        peer.closed().await;
        server.accept().await.answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfresh").await;
        assert_eq!(body_of(asking).await, "fresh");
    });
}

/// The server closes a kept connection just when a request is on its way.
async fn closed_under(session: &Session, server: &Server, method: &str, reset: bool) -> Asking {
    let mut peer = kept(session, server).await;
    let asking = ask(session.request(method.parse().unwrap(), &server.url("/again")));
    peer.asked().await;
    match reset {
        true => peer.reset(),
        false => drop(peer),
    }
    asking
}

#[test]
fn only_what_may_be_done_twice_is_sent_again() {
    run(async {
        for reset in [false, true] {
            for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
                let (session, server) = (Session::new(), Server::new());
                let asking = closed_under(&session, &server, method, reset).await;
                let again = server.accept().await.answer(OK).await;
                assert!(again.starts_with(&format!("{method} /again ")), "{again}");
                assert_eq!(body_of(asking).await, "ok");
            }
            for method in ["POST", "PATCH"] {
                let (session, server) = (Session::new(), Server::new());
                let asking = closed_under(&session, &server, method, reset).await;
                let error = asking.await.unwrap().unwrap_err();
                assert_eq!(matches!(error.reason(), Reason::NoReply), !reset, "{error}");
                assert_eq!(matches!(error.reason(), Reason::Io(..)), reset, "{error}");
                assert!(server.has_no_other());
            }
        }
    });
}

#[test]
fn a_request_is_sent_twice_at_the_most_and_only_after_silence() {
    run(async {
        let (session, server) = (Session::new(), Server::new());
        let asking = closed_under(&session, &server, "GET", false).await;
        server.accept().await.asked().await;
        let error = asking.await.unwrap().unwrap_err();
        assert!(matches!(error.reason(), Reason::NoReply), "{error}");

        // On a connection of its own the server's silence is its answer.
        let asking = ask(session.get(&server.url("/")));
        server.accept().await.asked().await;
        assert!(matches!(asking.await.unwrap().unwrap_err().reason(), Reason::NoReply));

        let mut peer = kept(&session, &server).await;
        let asking = ask(session.get(&server.url("/")));
        peer.answer("HTTP/1.1 ").await;
        drop(peer);
        let error = asking.await.unwrap().unwrap_err();
        assert!(matches!(error.reason(), Reason::Protocol(_)), "{error}");
        assert!(server.has_no_other());
    });
}

#[test]
fn who_asks_again_keeps_its_place_before_those_who_wait() {
    run(async {
        let (session, server) = (Session::builder().connections(1).build(), Server::new());
        let mut peer = kept(&session, &server).await;
        let first = ask(session.get(&server.url("/1")));
        let second = ask(session.get(&server.url("/2")));
        peer.asked().await;
        drop(peer);
        let mut peer = server.accept().await;
        for (path, asking) in [("/1", first), ("/2", second)] {
            let request = peer.answer(OK).await;
            assert!(request.starts_with(&format!("GET {path} ")), "{request}");
            assert_eq!(body_of(asking).await, "ok");
        }
    });
}

#[test]
fn what_fails_gives_its_place_back() {
    run(async {
        let builder = Session::builder().connections(1).connections_per_host(1);
        let (session, server) = (builder.timeout(Duration::from_secs(9)).build(), Server::new());
        let refused = format!("http://{}/", Server::new().address);
        for _ in 0..3 {
            session.get(&refused).await.unwrap_err();
            session.get("https://127.0.0.1/").await.unwrap_err();
            let asking = ask(session.get(&server.url("/")));
            server.accept().await.answer("nonsense").await;
            asking.await.unwrap().unwrap_err();
            let silent = session.get(&server.url("/")).await.unwrap_err();
            assert_eq!(said(&silent), "the request took longer than 9s");
            drop(server.accept().await);
            assert_eq!(counters().sockets, 0);
        }
        kept(&session, &server).await;
    });
}

#[test]
fn who_gives_up_waiting_lets_the_next_in() {
    run(async {
        let (session, server) = (Session::builder().connections(1).build(), Server::new());
        let first = ask(session.get(&server.url("/1")));
        let second = ask(session.get(&server.url("/2")));
        let third = ask(session.get(&server.url("/3")));
        let mut peer = server.accept().await;
        peer.asked().await;
        second.cancel();
        first.cancel();
        let mut next = server.accept().await;
        peer.closed().await;
        assert!(next.answer(OK).await.starts_with("GET /3 "));
        assert_eq!(body_of(third).await, "ok");
    });
}

#[test]
fn a_session_may_outlive_a_loop() {
    let (session, server) = (Session::new(), Server::new());
    let mut peers = Vec::new();
    for _ in 0..2 {
        let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
        event_loop.run(async {
            let asking = ask(session.post(&server.url("/")));
            let mut peer = server.accept().await;
            peer.answer(OK).await;
            assert_eq!(body_of(asking).await, "ok");
            peers.push(peer);
        });
    }
}
