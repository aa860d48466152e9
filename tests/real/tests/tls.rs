//! The feature `tls`: the client against rustls as a server, with an authority of our own.

#[path = "tls/server.rs"]
mod server;

use std::{
    env, fs,
    io::{Read, Write},
    process::{self, Command},
    sync::{
        Mutex,
        mpsc::{channel, sync_channel},
    },
    time::Duration,
};

use glassloop::{
    EventLoop, create_task,
    http::{Error, Reason, Session},
    run, yield_now,
};
use rustls::{HandshakeKind, version};
use server::{Authority, Stream, read_head, reply, say_which, serve, serve_bare};

fn trusting(authority: &Authority) -> Session {
    Session::builder().root_certificate(authority.pem().as_bytes()).build()
}

async fn text(session: &Session, url: &str) -> Result<String, Error> {
    session.get(url).await?.text().await
}

/// What a session that trusts the authority gets from `localhost` at this port.
fn get(authority: &Authority, port: u16) -> Result<String, Error> {
    let session = trusting(authority);
    run(async move { text(&session, &format!("https://localhost:{port}/")).await })
}

#[track_caller]
fn assert_tls_error(result: Result<String, Error>, what: &str) {
    let error = result.expect_err(what);
    assert!(matches!(error.reason(), Reason::Tls(_)), "{error:?}");
    assert!(error.to_string().contains(what), "{error}");
}

#[test]
fn a_trusted_server_is_read_by_name_and_by_address_in_both_versions_of_tls() {
    let authority = Authority::new("ours");
    for tls in [&version::TLS12, &version::TLS13] {
        let names = ["localhost", "127.0.0.1"];
        let port = serve(authority.server_of(&names, &[tls], 4000), say_which);
        for root in [authority.pem().as_bytes(), authority.der()] {
            let session = Session::builder().root_certificate(root).build();
            run(async {
                for host in names {
                    let url = format!("https://{host}:{port}/");
                    text(&session, &url).await.expect(host);
                }
            });
        }
    }
}

#[test]
fn of_the_protocols_that_a_server_offers_it_is_http_1() {
    let authority = Authority::new("ours");
    let (sender, protocols) = channel();
    let offering = |protocols: &[&str]| {
        let mut config = authority.server(&["localhost"]);
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    };
    let port = serve(offering(&["h2", "http/1.1"]), move |nth, mut stream| {
        read_head(&mut stream);
        sender.send(stream.conn.alpn_protocol().map(<[u8]>::to_vec)).unwrap();
        reply(&mut stream, &nth.to_string()).unwrap();
    });
    get(&authority, port).unwrap();
    assert_eq!(protocols.recv().unwrap().as_deref(), Some(&b"http/1.1"[..]));

    let only_h2 = serve(offering(&["h2"]), say_which);
    assert_tls_error(get(&authority, only_h2), "the TLS handshake with localhost failed");
}

#[test]
fn a_certificate_that_is_not_trusted_is_an_error_that_says_why_and_nothing_is_asked() {
    let authority = Authority::new("ours");
    let (sender, heads) = sync_channel(4);
    let refused = |config| {
        let sender = sender.clone();
        serve(config, move |_, mut stream| sender.send(read_head(&mut stream)).unwrap())
    };
    let begin = "the certificate of localhost is not trusted: ";

    let unknown = refused(Authority::new("theirs").server(&["localhost"]));
    assert_tls_error(get(&authority, unknown), &format!("{begin}nobody knows who issued it"));

    let forged = refused(Authority::new("ours").server(&["localhost"]));
    assert_tls_error(
        get(&authority, forged),
        &format!("{begin}the issuer that it names has not signed it"),
    );

    let another = refused(authority.server(&["glass.example", "*.loop.example"]));
    let error = get(&authority, another).expect_err("another's").to_string();
    assert!(error.contains(begin), "{error}");
    assert!(error.contains("glass.example") && error.contains("*.loop.example"), "{error}");

    let old = refused(authority.server_of(&["localhost"], rustls::ALL_VERSIONS, 2001));
    assert_tls_error(get(&authority, old), &format!("{begin}certificate expired"));

    let heads: Vec<_> = (0..4).map(|_| heads.recv().unwrap()).collect();
    assert_eq!(heads, [""; 4]);
}

/// Replies with these bytes, and ends the connection: with a `close_notify`, or without.
fn serve_and_end(authority: &Authority, reply: &'static str, is_announced: bool) -> u16 {
    serve(authority.server(&["localhost"]), move |_, mut stream| {
        read_head(&mut stream);
        stream.write_all(reply.as_bytes()).unwrap();
        if is_announced {
            stream.conn.send_close_notify();
        }
        stream.flush().unwrap();
    })
}

#[test]
fn a_body_that_ends_with_the_connection_is_whole_only_if_the_end_is_announced() {
    let authority = Authority::new("ours");
    let to_end = "HTTP/1.0 200 OK\r\n\r\nhello";
    assert_eq!(get(&authority, serve_and_end(&authority, to_end, true)).unwrap(), "hello");
    let error = get(&authority, serve_and_end(&authority, to_end, false)).expect_err("cut");
    let is_truncated = matches!(error.reason(), Reason::Truncated { received: 5, expected: None });
    assert!(is_truncated, "{error:?}");
}

#[test]
fn a_server_that_ends_the_connection_without_a_reply_has_said_none_announced_or_not() {
    let authority = Authority::new("ours");
    for is_announced in [true, false] {
        let error = get(&authority, serve_and_end(&authority, "", is_announced)).unwrap_err();
        assert!(matches!(error.reason(), Reason::NoReply), "{error:?}");
        let half = serve_and_end(&authority, "HTTP/1.1 200 OK\r\n", is_announced);
        let error = get(&authority, half).unwrap_err().to_string();
        assert!(error.ends_with("it ended in the middle of its head"), "{error}");
    }
}

/// Sends these bytes of a reply, and with them a record that nobody can decrypt; and holds the connection.
fn serve_and_spoil(authority: &Authority, reply: &'static str) -> u16 {
    serve(authority.server(&["localhost"]), move |_, mut stream| {
        read_head(&mut stream);
        stream.conn.writer().write_all(reply.as_bytes()).unwrap();
        let mut records = Vec::new();
        while stream.conn.wants_write() {
            stream.conn.write_tls(&mut records).unwrap();
        }
        records.extend(b"\x17\x03\x03\0\x20no secret, and long enough for it");
        stream.sock.write_all(&records).unwrap();
        let _ = stream.sock.read_to_end(&mut Vec::new());
    })
}

#[test]
fn what_came_before_a_record_that_is_nonsense_is_read_and_then_it_is_an_error() {
    let authority = Authority::new("ours");
    let whole = "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(get(&authority, serve_and_spoil(&authority, whole)).unwrap(), "hello");
    let to_end = "HTTP/1.0 200 OK\r\n\r\nhello";
    let error = get(&authority, serve_and_spoil(&authority, to_end)).expect_err("nonsense");
    assert!(matches!(error.reason(), Reason::Io("reading the body", _)), "{error:?}");
}

#[test]
fn a_body_that_says_its_length_needs_no_announced_end_and_all_of_its_bytes() {
    let authority = Authority::new("ours");
    let whole = "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(get(&authority, serve_and_end(&authority, whole, false)).unwrap(), "hello");
    let half = "HTTP/1.0 200 OK\r\nContent-Length: 50\r\n\r\nhello";
    for is_announced in [true, false] {
        let error =
            get(&authority, serve_and_end(&authority, half, is_announced)).expect_err("cut");
        assert!(error.to_string().contains("received 5 of 50 bytes"), "{error}");
    }
}

#[test]
fn large_bodies_go_both_ways() {
    const SIZE: usize = 8 << 20;
    let authority = Authority::new("ours");
    let port = serve(authority.server(&["localhost"]), |_, mut stream| {
        read_head(&mut stream);
        let mut body = vec![0; SIZE];
        stream.read_exact(&mut body).unwrap();
        write!(stream, "HTTP/1.0 200 OK\r\nContent-Length: {SIZE}\r\n\r\n").unwrap();
        stream.write_all(&body).unwrap();
        stream.flush().unwrap();
    });
    let body: Vec<u8> = (0..SIZE).map(|n| (n % 251) as u8).collect();
    let session = trusting(&authority);
    let sent = body.clone();
    let echo = run(async move {
        session.post(&format!("https://localhost:{port}/")).body(sent).await?.bytes().await
    });
    assert!(echo.unwrap() == body);
}

/// Makes a second request after something has happened to the connection of the first, which lies idle. Returns by
/// which connection each was served. The second is a POST: it is not sent again when the wrong one was chosen.
fn requests_after(
    authority: &Authority,
    meanwhile: impl Fn(&mut Stream) + Send + Sync + 'static,
) -> [String; 2] {
    let (let_it_happen, idle) = channel::<()>();
    let (idle, (sender, happened)) = (Mutex::new(idle), channel());
    let port = serve(authority.server(&["localhost"]), move |nth, mut stream| {
        read_head(&mut stream);
        reply(&mut stream, &nth.to_string()).unwrap();
        // A second connection does not wait: there is nobody left to tell it to go on.
        let _ = idle.lock().unwrap().recv();
        meanwhile(&mut stream);
        let _ = stream.conn.write_tls(&mut stream.sock);
        let _ = sender.send(());
        say_which(nth, stream);
    });
    let session = trusting(authority);
    let url = format!("https://localhost:{port}/");
    run(async move {
        let first = text(&session, &url).await.unwrap();
        let_it_happen.send(()).unwrap();
        happened.recv().unwrap();
        drop(let_it_happen);
        [first, session.post(&url).await.unwrap().text().await.unwrap()]
    })
}

#[test]
fn a_connection_is_kept_whatever_tls_says_on_it_meanwhile() {
    let authority = Authority::new("ours");
    assert_eq!(requests_after(&authority, |_| {}), ["0", "0"]);
    let new_keys = |stream: &mut Stream| stream.conn.refresh_traffic_keys().unwrap();
    assert_eq!(requests_after(&authority, new_keys), ["0", "0"]);
}

#[test]
fn a_connection_that_was_ended_or_spoken_on_meanwhile_is_replaced() {
    let authority = Authority::new("ours");
    let announced = |stream: &mut Stream| stream.conn.send_close_notify();
    assert_eq!(requests_after(&authority, announced), ["0", "1"]);
    let shut = |stream: &mut Stream| stream.sock.shutdown(std::net::Shutdown::Both).unwrap();
    assert_eq!(requests_after(&authority, shut), ["0", "1"]);
    let spoken = |stream: &mut Stream| {
        stream.conn.writer().write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
    };
    assert_eq!(requests_after(&authority, spoken), ["0", "1"]);
}

#[test]
fn a_server_knows_a_session_again_and_shakes_hands_briefly() {
    let authority = Authority::new("ours");
    let (sender, kinds) = channel();
    let port = serve(authority.server(&["localhost"]), move |_, mut stream| {
        read_head(&mut stream);
        sender.send(stream.conn.handshake_kind()).unwrap();
        reply(&mut stream, "").unwrap();
    });
    let root = authority.pem();
    let builder = Session::builder().without_keep_alive().root_certificate(root.as_bytes());
    let session = builder.build();
    let url = format!("https://localhost:{port}/");
    run(async move {
        text(&session, &url).await.unwrap();
        text(&session, &url).await.unwrap();
    });
    assert_ne!(kinds.recv().unwrap(), Some(HandshakeKind::Resumed));
    assert_eq!(kinds.recv().unwrap(), Some(HandshakeKind::Resumed));
}

#[test]
fn a_server_that_does_not_speak_tls_is_named() {
    let authority = Authority::new("ours");
    let port = serve_bare(|_, mut connection| {
        let _ = connection.read(&mut [0; 1000]);
        let _ = connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = connection.read_to_end(&mut Vec::new());
    });
    let what = format!("what localhost says at port {port} is not TLS");
    assert_tls_error(get(&authority, port), &what);
}

#[test]
fn a_server_that_goes_in_the_middle_of_the_handshake_is_an_error_of_that_step() {
    let authority = Authority::new("ours");
    let port = serve_bare(|_, mut connection| drop(connection.read(&mut [0; 10_000])));
    let error = get(&authority, port).expect_err("no handshake").to_string();
    assert!(error.contains("shaking hands (TLS): the server closed the connection"), "{error}");
}

#[test]
fn a_handshake_that_stalls_counts_to_the_time_for_connecting() {
    let authority = Authority::new("ours");
    // It reads for ever, and says nothing.
    let port = serve_bare(|_, mut connection| drop(connection.read_to_end(&mut Vec::new())));
    let patience = Duration::from_millis(50);
    let builder = Session::builder().root_certificate(authority.der());
    let session = builder.connect_timeout(patience).build();
    let url = format!("https://localhost:{port}/");
    let error = run(async move { text(&session, &url).await }).expect_err("it stalls");
    let is_connecting = matches!(error.reason(), Reason::Timeout { step: "connecting", after } if *after == patience);
    assert!(is_connecting, "{error:?}");
}

#[test]
fn a_request_that_is_cancelled_in_its_handshake_leaves_nothing() {
    let authority = Authority::new("ours");
    let (sender, said) = channel();
    let port = serve_bare(move |_, mut connection| {
        let _ = connection.read(&mut [0; 1]);
        sender.send(()).unwrap();
        let _ = connection.read_to_end(&mut Vec::new());
    });
    let session = trusting(&authority);
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    event_loop.run_until_complete(async {
        let url = format!("https://localhost:{port}/");
        let request = create_task(async move { text(&session, &url).await });
        while said.try_recv().is_err() {
            yield_now().await;
        }
        request.cancel();
        assert!(request.await.is_err());
    });
    let counters = event_loop.counters();
    assert_eq!((counters.sockets, counters.timers, counters.waiting), (0, 0, 0));
}

#[test]
fn a_root_certificate_that_is_none_is_said_by_the_first_request() {
    for (root, why) in [
        (&b"no certificate"[..], "can't be used"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "none in this PEM"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "can't be used"),
        (b"-----BEGIN CERTIFICATE-----\n", "can't be used"),
        (b"", "can't be used"),
    ] {
        let session = Session::builder().root_certificate(root).build();
        let error = run(async move { text(&session, "https://localhost:1/").await });
        let error = error.expect_err(why);
        assert!(matches!(error.reason(), Reason::Request(_)), "{error:?}");
        assert!(error.to_string().contains(why), "{error}");
    }
}

/// The system's certificates are asked for by a variable of the environment, so this asks in a child: this very test,
/// run again.
#[test]
fn the_roots_of_the_system_are_trusted_and_missed_if_there_are_none() {
    let name = "the_roots_of_the_system_are_trusted_and_missed_if_there_are_none";
    if let Ok(url) = env::var("GLASSLOOP_TEST_URL") {
        let session = Session::new();
        let text = run(async move { text(&session, &url).await });
        println!("<{}>", text.unwrap_or_else(|error| error.to_string()));
        return;
    }
    let authority = Authority::new("ours");
    let url = format!("https://localhost:{}/", serve(authority.server(&["localhost"]), say_which));
    let file = env::temp_dir().join(format!("glassloop-roots-{}.pem", process::id()));
    for (roots, wanted) in
        [(authority.pem(), "<0>"), (String::new(), "this system has no root certificates")]
    {
        fs::write(&file, roots).unwrap();
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", name, "--nocapture"]).env("GLASSLOOP_TEST_URL", &url);
        let output = child.env("SSL_CERT_FILE", &file).env_remove("SSL_CERT_DIR").output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(printed.contains(wanted), "{printed}");
    }
    fs::remove_file(file).unwrap();
}
