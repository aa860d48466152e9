//! A request as it goes over the wire, and what is refused before anything is sent.

use glassloop::{
    create_task,
    http::{Method, Reason, Request, Session, SessionBuilder},
};

use crate::peer::{OK, Server, ask, body_of, counters, run, said, until_waiting};

const AGENT: &str = concat!("user-agent: glassloop/", env!("CARGO_PKG_VERSION"), "\r\n");

/// The bytes of a request, with `HOST` for the server's address.
fn wire(builder: SessionBuilder, request: impl FnOnce(&Session, &str) -> Request) -> String {
    run(async {
        let (session, server) = (builder.build(), Server::new());
        let asking = ask(request(&session, &server.url("")));
        let wire = server.accept().await.answer(OK).await;
        assert_eq!(body_of(asking).await, "ok");
        // The feature `gzip` asks for codings; its own tests know how.
        let wire = wire.replace("accept-encoding: gzip, deflate\r\n", "");
        wire.replace(&server.address.to_string(), "HOST")
    })
}

#[test]
fn a_get_is_http_1_0_with_a_host_and_the_wish_to_keep_the_connection() {
    let start = "GET / HTTP/1.0\r\nhost: HOST\r\nconnection: keep-alive\r\naccept: */*\r\n";
    let expected = format!("{start}{AGENT}\r\n");
    assert_eq!(wire(Session::builder(), |session, url| session.get(url)), expected);
    let http11 = expected.replace("HTTP/1.0", "HTTP/1.1");
    assert_eq!(wire(Session::builder().http11(), |session, url| session.get(url)), http11);
    let closing = expected.replace("keep-alive", "close");
    let builder = Session::builder().without_keep_alive();
    assert_eq!(wire(builder, |session, url| session.get(url)), closing);
}

#[test]
fn a_post_says_how_long_its_body_is() {
    let start = "POST /x HTTP/1.0\r\nhost: HOST\r\nconnection: keep-alive\r\n";
    let post = |session: &Session, url: &str| session.post(&format!("{url}/x"));
    let expected = format!("{start}content-length: 4\r\naccept: */*\r\n{AGENT}\r\nbody");
    assert_eq!(wire(Session::builder(), |session, url| post(session, url).body("body")), expected);
    let empty = format!("{start}content-length: 0\r\naccept: */*\r\n{AGENT}\r\n");
    assert_eq!(wire(Session::builder(), post), empty);
    // Whatever the caller believes.
    let lies = |session: &Session, url: &str| {
        let request = post(session, url).header("Content-Length", "9").body("body");
        request.header("Transfer-Encoding", "chunked")
    };
    assert_eq!(wire(Session::builder(), lies), expected);
}

#[test]
fn forms_and_queries_are_encoded() {
    let pairs = [("word", "CG原画 &="), ("a+b", "~")];
    let encoded = "word=CG%E5%8E%9F%E7%94%BB+%26%3D&a%2Bb=%7E";
    let form = wire(Session::builder(), |session, url| session.put(url).form(pairs));
    assert!(form.contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"), "{form}");
    assert!(form.ends_with(&format!("\r\n\r\n{encoded}")), "{form}");
    let query = wire(Session::builder(), |session, url| {
        session.delete(&format!("{url}/画?x#y")).query(pairs).query([("last", "")])
    });
    let line = format!("DELETE /%E7%94%BB?x&{encoded}&last= HTTP/1.0\r\n");
    assert!(query.starts_with(&line), "{query}");
}

#[test]
fn what_browsers_send_of_a_url_is_sent() {
    for (path, pairs, line) in [
        ("/?ids[]=1", &[][..], "GET /?ids[]=1 HTTP/1.0"),
        ("/a[b]|c?{d}#e#f ", &[], "GET /a[b]|c?{d} HTTP/1.0"),
        ("/?", &[("ids[]", "1")], "GET /?ids%5B%5D=1 HTTP/1.0"),
        ("/?x&", &[("a", "b")], "GET /?x&a=b HTTP/1.0"),
    ] {
        let request = wire(Session::builder(), |session, url| {
            session.get(&format!("{url}{path}")).query(pairs.iter().copied())
        });
        assert_eq!(request.lines().next(), Some(line));
    }
}

#[test]
fn a_header_of_a_request_is_in_place_of_the_session_s() {
    let builder = Session::builder().header("X-A", "1").header("x-a", "2").user_agent("me");
    let request = wire(builder, |session, url| {
        session.get(url).header("User-Agent", "you").header("Host", "h").header("X-B", "\t é ")
    });
    let expected = "GET / HTTP/1.0\r\nconnection: keep-alive\r\naccept: */*\r\nuser-agent: you\r\n\
        x-a: 2\r\nhost: h\r\nx-b: \t é \r\n\r\n";
    assert_eq!(request, expected);
}

#[test]
fn a_header_that_a_request_is_given_several_times_is_sent_with_each_value() {
    let builder = Session::builder().header("X-A", "session's");
    let request = wire(builder, |session, url| {
        let request = session.get(url).header("X-A", "1").header("X-B", "2").header("x-a", "3");
        request.header("Accept", "a/a").header("Accept", "b/b").header("X-A", "1")
    });
    let fields = |name: &str| -> Vec<_> {
        request.lines().filter_map(|line| line.strip_prefix(name)).collect()
    };
    assert_eq!(fields("x-a: "), ["1", "3", "1"]);
    assert_eq!((fields("x-b: "), fields("accept: ")), (vec!["2"], vec!["a/a", "b/b"]));
}

#[test]
fn a_form_has_one_content_type_and_the_caller_s_if_there_is_one() {
    let form = |session: &Session, url: &str| session.post(url).form([("a", "1")]);
    let builder = || Session::builder().header("Content-Type", "text/plain");
    let usual = wire(builder(), form);
    let before = wire(builder(), |session, url| {
        session.post(url).header("Content-Type", "own/own").form([("a", "1")])
    });
    let behind =
        wire(builder(), |session, url| form(session, url).header("Content-Type", "own/own"));
    for (request, expected) in [
        (usual, "content-type: application/x-www-form-urlencoded"),
        (before, "content-type: own/own"),
        (behind, "content-type: own/own"),
    ] {
        let types: Vec<_> = request.lines().filter(|line| line.starts_with("content-t")).collect();
        assert_eq!(types, [expected]);
    }
}

#[test]
fn line_ends_in_a_header_or_a_url_are_errors_before_anything_is_sent() {
    run(async {
        let server = Server::new();
        let session = Session::new();
        let get = |path: &str| session.get(&server.url(path));
        for request in [
            get("/").header("X", "a\r\nY: b"),
            get("/").header("X", "a\n"),
            get("/").header("X", "a\0"),
            get("/").header("X\r\nY", "b"),
            get("/").header("X: ", "b"),
            get("/").header("", "b"),
            get("/").header("é", "b"),
            // What is wrong is not forgotten for what is right.
            get("/").header("X", "a\r").header("X", "a").header("Y", "b"),
        ] {
            let error = request.await.unwrap_err();
            assert!(matches!(error.reason(), Reason::Request(_)), "{error}");
            assert!(said(&error).contains("can't be sent"), "{error}");
        }
        for path in ["/\r\nX: y", "/\n", "/\0", "/a\rb", "/?\r\n", "/\u{7f}"] {
            let error = get(path).await.unwrap_err();
            assert!(matches!(error.reason(), Reason::Url(_)), "{error}");
        }
        let queried = get("/").query([("a\r\n", "b\0")]);
        let asking = ask(queried);
        let asked = server.accept().await.answer(OK).await;
        assert!(asked.starts_with("GET /?a%0D%0A=b%00 HTTP/1.0\r\n"), "{asked}");
        assert_eq!(body_of(asking).await, "ok");
        assert!(server.has_no_other());
    });
}

#[test]
fn what_is_wrong_with_a_builder_is_said_by_each_request() {
    run(async {
        let session = Session::builder().user_agent("a\r\nb").header("X", "fine").build();
        for _ in 0..2 {
            let error = session.get("http://127.0.0.1:1/").await.unwrap_err();
            let why = "the header \"user-agent\" can't be sent: its value has a line end or a control \
                character in it";
            assert_eq!(said(&error), why);
        }
        assert_eq!(counters().sockets, 0);
    });
}

#[test]
fn a_url_that_is_none_is_said_when_the_request_is_awaited() {
    run(async {
        let session = Session::new();
        let request = session.request(Method::GET, "example.com").header("X", "\n").body("x");
        let error = request.await.unwrap_err();
        let why = "\"example.com\" is no URL: it should begin with http:// or https://";
        assert_eq!(error.to_string(), why);
        let error = std::io::Error::from(error);
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    });
}

#[test]
fn a_refused_connection_names_the_url_and_the_address() {
    run(async {
        let free = Server::new().address;
        let url = format!("http://{free}/");
        let error = Session::new().get(&url).await.unwrap_err();
        assert!(matches!(error.reason(), Reason::Connect(_)), "{error:?}");
        assert!(
            error.to_string().starts_with(&format!("{url}: cannot connect to {free}: ")),
            "{error}"
        );
    });
}

#[test]
fn a_large_body_is_sent_whole_to_a_server_that_takes_its_time() {
    run(async {
        let (session, server) = (Session::new(), Server::new());
        let body = "0123456789".repeat(200_000);
        let asking = ask(session.post(&server.url("/")).body(body.clone()));
        let mut peer = server.accept().await;
        let asked = peer.answer(OK).await;
        assert!(asked.ends_with(&body));
        assert_eq!(body_of(asking).await, "ok");
        assert_eq!(session.idle_connections(), 1);
    });
}

#[test]
fn an_answer_that_comes_before_the_request_was_sent_ends_the_sending() {
    run(async {
        let (session, server) = (Session::new(), Server::new());
        let body = vec![b'-'; 20_000_000];
        let asking = ask(session.post(&server.url("/")).body(body));
        let mut peer = server.accept().await;
        peer.say("HTTP/1.1 413 Too much\r\nContent-Length: 5\r\n\r\nsorry").await;
        let mut response = asking.await.unwrap().unwrap();
        assert_eq!(response.status(), 413);
        assert_eq!(response.text().await.unwrap(), "sorry");
        assert_eq!(session.idle_connections(), 0, "half a request is still on its way there");
        peer.closed().await;
    });
}

#[test]
fn a_request_that_cannot_be_sent_whole_says_so() {
    run(async {
        let (session, server) = (Session::new(), Server::new());
        let asking = ask(session.post(&server.url("/")).body(vec![b'-'; 20_000_000]));
        let peer = server.accept().await;
        until_waiting(2).await;
        peer.reset();
        let error = said(&asking.await.unwrap().unwrap_err());
        assert!(error.starts_with("sending the request: "), "{error}");
    });
}

#[test]
fn a_server_may_answer_piece_by_piece_while_it_reads() {
    run(async {
        let (session, server) = (Session::new(), Server::new());
        let size = 10_000_000;
        let asking = ask(session.post(&server.url("/")).body(vec![b'-'; size]));
        let mut peer = server.accept().await;
        peer.say(format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n")).await;
        let mut response = asking.await.unwrap().unwrap();
        let echo = create_task(async move {
            peer.echo(size).await;
            peer
        });
        assert_eq!(response.bytes().await.unwrap().len(), size);
        drop(echo.await.unwrap());
    });
}
