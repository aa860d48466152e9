//! Redirects: which are followed, by which method, how far, and what goes along.

use std::time::Duration;

use glassloop::{
    http::{Reason, Session, StatusCode},
    sleep,
};

use crate::peer::{OK, Server, ask, body_of, run, said};

fn to(status: u16, location: &str) -> String {
    format!("HTTP/1.1 {status} There\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

/// The first line of a request, without its version.
fn asked_for(request: &str) -> &str {
    request.lines().next().unwrap().strip_suffix(" HTTP/1.0").unwrap()
}

#[test]
fn redirects_are_followed_by_the_method_that_their_status_means() {
    run(async {
        let (session, server) = (Session::new(), Server::new());
        let mut peer = None;
        for (method, status, then) in [
            ("GET", 301, "GET"),
            ("GET", 302, "GET"),
            ("GET", 303, "GET"),
            ("HEAD", 303, "HEAD"),
            ("POST", 301, "GET"),
            ("POST", 302, "GET"),
            ("POST", 303, "GET"),
            ("POST", 307, "POST"),
            ("POST", 308, "POST"),
            ("PUT", 301, "PUT"),
            ("PUT", 303, "GET"),
            ("PUT", 308, "PUT"),
            ("DELETE", 302, "DELETE"),
        ] {
            let request = session.request(method.parse().unwrap(), &server.url("/old"));
            let has_body = method.starts_with('P');
            let request = if has_body { request.form([("a", "1")]) } else { request };
            let asking = ask(request);
            let mut here = match peer.take() {
                Some(peer) => peer,
                None => server.accept().await,
            };
            let first = here.answer(to(status, "/new")).await;
            assert_eq!(asked_for(&first), format!("{method} /old"));
            let reply = if method == "HEAD" { &OK[..OK.len() - 2] } else { OK };
            let second = here.answer(reply).await;
            assert_eq!(asked_for(&second), format!("{then} /new"), "after {status}");
            let keeps_body = has_body && then == method;
            assert_eq!(second.ends_with("\r\n\r\na=1"), keeps_body, "{second}");
            assert_eq!(second.contains("content-type"), keeps_body, "{second}");
            let response = asking.await.unwrap().unwrap();
            assert_eq!(response.url().as_str(), server.url("/new"));
            let old = (StatusCode::from_u16(status).unwrap(), server.url("/old"));
            let history: Vec<_> =
                response.history().iter().map(|(s, u)| (*s, u.to_string())).collect();
            assert_eq!(history, [old]);
            let mut response = response;
            response.bytes().await.unwrap();
            peer = Some(here);
        }
    });
}

#[test]
fn what_is_no_redirect_is_the_response() {
    run(async {
        for status in [201, 300, 304, 305, 404] {
            let reply = to(status, "/x");
            let (session, server) = (Session::new(), Server::new());
            let asking = ask(session.get(&server.url("/")));
            server.accept().await.answer(&reply).await;
            let response = asking.await.unwrap().unwrap();
            assert_eq!(response.status(), status);
        }
        let (session, server) = (Session::builder().redirects(0).build(), Server::new());
        for reply in [to(302, "/x"), "HTTP/1.1 302 Where\r\n\r\n".to_string()] {
            let asking = ask(session.get(&server.url("/")));
            server.accept().await.answer(reply).await;
            assert_eq!(asking.await.unwrap().unwrap().status(), 302);
        }
    });
}

#[test]
fn an_empty_location_leads_nowhere_and_its_redirect_is_the_response() {
    run(async {
        for location in ["", " \t"] {
            let (session, server) = (Session::new(), Server::new());
            let asking = ask(session.get(&server.url("/")));
            server.accept().await.answer(to(302, location)).await;
            assert_eq!(asking.await.unwrap().unwrap().status(), 302);
        }
    });
}

#[test]
fn a_location_may_be_relative_and_in_any_letters() {
    run(async {
        for (location, target) in [
            (&b"b?c#d"[..], "/a/b?c"),
            (b"../\xe7\x94\xbb", "/%E7%94%BB"),
            (b"/\xbb\xad?\xbb\xad", "/%BB%AD?%BB%AD"),
            (b"  ?q=a b ", "/a/0?q=a%20b"),
        ] {
            let (session, server) = (Session::new(), Server::new());
            let asking = ask(session.post(&server.url("/a/0?x")));
            let mut peer = server.accept().await;
            let start = b"HTTP/1.1 303 There\r\nContent-Length: 0\r\nLocation: ";
            peer.answer([start, location, b"\r\n\r\n"].concat()).await;
            assert_eq!(asked_for(&peer.answer(OK).await), format!("GET {target}"));
            assert_eq!(body_of(asking).await, "ok");
        }
    });
}

#[test]
fn a_location_that_cannot_be_followed_is_an_error_that_names_it() {
    run(async {
        for (location, why) in [
            ("mailto:x", "redirected to \"mailto:x\", which is neither http nor https"),
            ("http://", "redirected to \"http://\", which names no host"),
            (
                "http://a:0/",
                "redirected to \"http://a:0/\", which has a port that is not from 1 to 65535",
            ),
        ] {
            let (session, server) = (Session::new(), Server::new());
            let asking = ask(session.get(&server.url("/")));
            server.accept().await.answer(to(301, location)).await;
            assert_eq!(said(&asking.await.unwrap().unwrap_err()), why);
        }
    });
}

#[test]
fn ten_redirects_are_followed_and_no_more() {
    run(async {
        let (session, server) = (Session::new(), Server::new());
        let asking = ask(session.get(&server.url("/0")));
        let mut peer = server.accept().await;
        for n in 0..=10 {
            let request = peer.answer(to(302, &format!("/{}", n + 1))).await;
            assert_eq!(asked_for(&request), format!("GET /{n}"));
        }
        let error = asking.await.unwrap().unwrap_err();
        assert!(matches!(error.reason(), Reason::Redirect(_)));
        let why = format!("redirected more than 10 times, last by {}", server.url("/10"));
        assert_eq!(said(&error), why);
    });
}

#[test]
fn a_request_may_say_itself_how_many_redirects_are_followed() {
    run(async {
        let (session, server) = (Session::builder().redirects(0).build(), Server::new());
        let asking = ask(session.get(&server.url("/0")).redirects(1));
        let mut peer = server.accept().await;
        peer.answer(to(302, "/1")).await;
        assert_eq!(asked_for(&peer.answer(OK).await), "GET /1");
        assert_eq!(body_of(asking).await, "ok");
        let asking = ask(session.get(&server.url("/0")).redirects(1));
        peer.answer(to(302, "/1")).await;
        peer.answer(to(302, "/2")).await;
        let why = format!("redirected more than once, last by {}", server.url("/1"));
        assert_eq!(said(&asking.await.unwrap().unwrap_err()), why);

        let asking = ask(Session::new().get(&server.url("/0")).redirects(0));
        server.accept().await.answer(to(302, "/1")).await;
        assert_eq!(asking.await.unwrap().unwrap().status(), 302);
    });
}

#[test]
fn a_url_that_was_visited_is_asked_again_and_only_their_number_is_bounded() {
    run(async {
        let (session, server) = (Session::new(), Server::new());
        // A page that sends whoever has no cookie to the page that sets one, and back.
        let asking = ask(session.get(&server.url("/page")));
        let mut peer = server.accept().await;
        for (path, next) in [("/page", "/login"), ("/login", "/page#x"), ("/page", "/page")] {
            assert_eq!(asked_for(&peer.answer(to(302, next)).await), format!("GET {path}"));
        }
        assert_eq!(asked_for(&peer.answer(OK).await), "GET /page");
        assert_eq!(body_of(asking).await, "ok");

        let asking = ask(session.post(&server.url("/form")).body("x"));
        for method in ["POST", "GET", "GET", "GET", "GET", "GET", "GET", "GET", "GET", "GET", "GET"]
        {
            assert_eq!(asked_for(&peer.answer(to(303, "/form")).await), format!("{method} /form"));
        }
        let error = said(&asking.await.unwrap().unwrap_err());
        let why = format!("redirected more than 10 times, last by {}", server.url("/form"));
        assert_eq!(error, why);
    });
}

/// What the fields of the request are that follows these, from a server that redirects so.
async fn that_travel_on(fields: &[(&str, &str)], status: u16, elsewhere: bool) -> String {
    let (session, server, other) = (Session::new(), Server::new(), Server::new());
    let request = session.post(&server.url("/")).body("body");
    let request = fields.iter().fold(request, |request, (name, value)| request.header(name, value));
    let asking = ask(request);
    let mut peer = server.accept().await;
    let location = if elsewhere { other.url("/") } else { "/".to_string() };
    let first = peer.answer(to(status, &location)).await;
    for (name, value) in fields {
        assert!(has(&first, name, value), "{first}");
    }
    if elsewhere {
        peer = other.accept().await;
    }
    let second = peer.answer(OK).await;
    assert_eq!(body_of(asking).await, "ok");
    second
}

fn has(request: &str, name: &str, value: &str) -> bool {
    request.contains(&format!("\r\n{}: {value}\r\n", name.to_ascii_lowercase()))
}

#[test]
fn what_says_who_asks_does_not_go_to_another_origin() {
    let secret = [
        ("Authorization", "Basic x"),
        ("Cookie", "a=b"),
        ("Cookie2", "a=b"),
        ("Proxy-Authorization", "Basic x"),
        ("X-Api-Key", "x"),
        ("apikey", "x"),
        ("Private-Token", "x"),
        ("X-Amz-Security-Token", "x"),
        ("X-CSRF-Token", "x"),
        ("X-AccessToken", "x"),
        ("X-Jwt-Assertion", "x"),
        ("Client-Cert", "x"),
        ("X_SESSION_ID", "x"),
    ];
    let others = [("Accept", "x"), ("Referer", "x"), ("X-Keyboard", "x"), ("Pinned", "x")];
    let all = [&secret[..], &others].concat();
    run(async {
        for status in [302, 307] {
            let here = that_travel_on(&all, status, false).await;
            let elsewhere = that_travel_on(&all, status, true).await;
            for (name, value) in all.iter() {
                assert!(has(&here, name, value), "{name}: {here}");
                let is_secret = secret.contains(&(*name, *value));
                assert_eq!(has(&elsewhere, name, value), !is_secret, "{name}: {elsewhere}");
            }
        }
    });
}

#[test]
fn what_describes_a_body_goes_where_the_body_goes() {
    let of_body = [
        ("Content-Type", "text/plain"),
        ("Content-Encoding", "x"),
        ("Content-Language", "zh"),
        ("Content-Location", "/x"),
        ("Content-MD5", "x"),
        ("Content-Digest", "x"),
        ("Digest", "x"),
        ("Repr-Digest", "x"),
        ("Last-Modified", "x"),
        ("Expect", "x"),
        ("Trailer", "x"),
    ];
    run(async {
        for (status, keeps) in [(301, false), (302, false), (303, false), (307, true), (308, true)]
        {
            for elsewhere in [false, true] {
                let request = that_travel_on(&of_body, status, elsewhere).await;
                assert_eq!(request.ends_with("\r\n\r\nbody"), keeps, "{request}");
                for (name, value) in of_body {
                    assert_eq!(has(&request, name, value), keeps, "{name}: {request}");
                }
            }
        }
    });
}

#[test]
fn what_was_meant_for_one_server_does_not_go_to_another() {
    run(async {
        let builder = Session::builder().header("Authorization", "a").header("Accept", "b");
        let (session, server, other) = (builder.build(), Server::new(), Server::new());
        let request = session.get(&server.url("/")).header("Cookie", "c").header("Host", "d");
        let asking = ask(request);
        let mut peer = server.accept().await;
        for _ in 0..2 {
            let reply = to(302, "/again?");
            let request = peer.asked().await;
            for field in ["authorization: a", "cookie: c", "host: d", "accept: b"] {
                assert!(request.contains(&format!("\r\n{field}\r\n")), "{request}");
            }
            match request.starts_with("GET /again") {
                false => peer.say(reply).await,
                true => peer.say(to(302, &other.url("/"))).await,
            }
        }
        let request = other.accept().await.answer(OK).await;
        assert!(!request.contains("authorization") && !request.contains("cookie"), "{request}");
        assert!(request.contains(&format!("\r\nhost: {}\r\n", other.address)), "{request}");
        assert!(request.contains("\r\naccept: b\r\n"), "{request}");
        assert_eq!(body_of(asking).await, "ok");
    });
}

#[test]
fn the_small_body_of_a_redirect_is_read_and_a_large_one_costs_the_connection() {
    run(async {
        for (length, is_reused) in [(10, true), (100_000, false)] {
            let (session, server) = (Session::new(), Server::new());
            let asking = ask(session.get(&server.url("/")));
            let mut peer = server.accept().await;
            let head =
                format!("HTTP/1.1 302 There\r\nLocation: /x\r\nContent-Length: {length}\r\n\r\n");
            peer.asked().await;
            let _ = peer.try_say(&[head.as_bytes(), &vec![b'-'; length]].concat()).await;
            if is_reused {
                peer.answer(OK).await;
            } else {
                peer.closed().await;
                server.accept().await.answer(OK).await;
            }
            assert_eq!(body_of(asking).await, "ok");
        }
    });
}

#[test]
fn a_body_of_a_redirect_that_does_not_come_is_not_waited_for_long() {
    run(async {
        // The session itself would wait for five minutes.
        let (session, server) = (Session::new(), Server::new());
        let asking = ask(session.get(&server.url("/old")));
        let mut first = server.accept().await;
        first.answer(to(302, "/new").replace("Length: 0", "Length: 50")).await;
        sleep(Duration::from_secs(2)).await;
        let mut second = server.accept().await; // the one that never comes to its end is closed
        second.answer(OK).await;
        assert_eq!(body_of(asking).await, "ok");
        first.closed().await;
    });
}
