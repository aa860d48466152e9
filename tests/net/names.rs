//! From a name to a connection: lookups that hold up nobody, and one address after another.

use super::*;

fn connect_error(error: &io::Error) -> &ConnectError {
    error.get_ref().and_then(|inner| inner.downcast_ref()).expect("a ConnectError")
}

#[test]
fn when_the_first_address_refuses_the_next_is_tried() {
    let (_listener, address) = listening(local(1), 0);
    // Where there is no IPv6 this address fails for another reason, which is as good.
    let hosts = unwatched().host("two", Ipv6Addr::LOCALHOST.into()).host("two", local(1));
    run_on(hosts, async {
        let stream = connect(("two", address.port())).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), address);
    });
}

#[test]
fn when_all_addresses_fail_the_error_names_each_with_its_reason() {
    let (_socket, address) = refusing(local(1), 0);
    let six = SocketAddr::new(Ipv6Addr::LOCALHOST.into(), address.port());
    let hosts = unwatched().host("two", address.ip()).host("two", six.ip());
    run_on(hosts, async {
        let error = connect(("two", address.port())).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let ConnectError::Connect { host, failures } = connect_error(&error) else {
            panic!("{error:?}")
        };
        assert_eq!(*host, format!("two:{}", address.port()));
        let [(one, why), (other, why_not)] = &failures[..] else { panic!("{failures:?}") };
        assert_eq!((*one, *other), (address, six));
        let said = format!("cannot connect to {host}: {address}: {why}; {six}: {why_not}");
        assert_eq!(error.to_string(), said);
    });
}

#[test]
fn one_address_of_a_name_is_named_beside_it() {
    let (_socket, address) = refusing(local(1), 0);
    run_on(unwatched().host("one", address.ip()), async {
        let error = connect(("one", address.port())).await.err().unwrap().to_string();
        let said = format!("cannot connect to one:{} ({address}): ", address.port());
        assert!(error.starts_with(&said), "{error}");
    });
}

/// Only Linux has more than one IPv4 loopback address, and leaves a connection that meets a full
/// backlog hanging.
#[cfg(target_os = "linux")]
mod eyeballs {
    use std::future::poll_fn;

    use glassloop::sync::Semaphore;

    use super::*;

    /// An address that never answers: its backlog is full. The sockets that fill it are returned, too.
    fn black_hole(address: IpAddr, port: u16) -> (Vec<Socket>, SocketAddr) {
        let (listener, address) = refusing(address, port);
        listener.listen(0).unwrap();
        let mut sockets = vec![listener];
        for n in 0..4 {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            // The first one gets in for certain, and takes the only place.
            socket.set_nonblocking(n > 0).unwrap();
            let connected = socket.connect(&address.into());
            assert!(n > 0 || connected.is_ok());
            sockets.push(socket);
        }
        (sockets, address)
    }

    #[test]
    fn an_address_that_does_not_answer_is_joined_by_the_next_after_250_ms() {
        let (_full, dead) = black_hole(local(1), 0);
        let (_listener, alive) = listening(local(2), dead.port());
        let hosts = unwatched().virtual_time().host("two", dead.ip()).host("two", alive.ip());
        let (event_loop, lines) = recorded(hosts);
        // The future lives on, so that it is not its end that closes the loser.
        let mut connecting = connect(("two", dead.port()));
        let stream = event_loop.run_until_complete(&mut connecting).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), alive);
        assert_eq!(event_loop.time(), Duration::from_millis(250));
        assert_eq!(event_loop.counters().sockets, 1);
        assert_eq!(
            lines.take_only(&["register", "arm timer", "fire", "cancel timer", "deregister"]),
            [
                format!("register socket 0 {dead}"),
                "arm timer 0 for 250ms".into(),
                "fire timer 0".into(),
                format!("register socket 1 {alive}"),
                "deregister socket 0".into(),
            ]
        );
        drop(stream);
        assert_nothing_left(&event_loop);
    }

    /// The connection is there in the very poll in which the next address would have its turn, and that poll has no
    /// budget left to see it with. Under the real clock: a task that uses up its budget lets no other time go on.
    #[test]
    fn a_connection_that_is_there_wins_though_the_poll_after_250_ms_had_no_budget_left() {
        let (_listener, first) = listening(local(1), 0);
        let (_also, second) = listening(local(2), first.port());
        let hosts = unwatched().host("two", first.ip()).host("two", second.ip());
        let (event_loop, lines) = recorded(hosts);
        let (mut connecting, mut poll) = (connect(("two", first.port())), 0);
        let free = Semaphore::new(1);
        let stream = event_loop.run_until_complete(poll_fn(|context| {
            poll += 1;
            if poll == 2 {
                // Not for luck: after this the next address has its turn, however busy the machine is.
                thread::sleep(Duration::from_millis(260));
            }
            if poll <= 2 {
                while poll_with(&mut free.acquire(), Waker::noop()).is_ready() {}
            }
            poll_with(&mut connecting, context.waker())
        }));
        assert_eq!((stream.unwrap().peer_addr().unwrap(), poll), (first, 3));
        assert_eq!(lines.take_only(&["register"]), [format!("register socket 0 {first}")]);
        assert_nothing_left(&event_loop);
    }

    #[test]
    fn a_refusal_does_not_wait_for_250_ms() {
        let (_refuses, dead) = refusing(local(1), 0);
        let (_listener, alive) = listening(local(2), dead.port());
        // With such a grace, time would jump only if nothing came for a minute.
        let builder = unwatched().virtual_time().grace(Duration::from_secs(60));
        let hosts = builder.host("two", dead.ip()).host("two", alive.ip());
        let (event_loop, lines) = recorded(hosts);
        let stream = event_loop.run_until_complete(connect(("two", dead.port()))).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), alive);
        assert_eq!(lines.take_only(&["fire"]), [""; 0]);
        drop(stream);
        assert_nothing_left(&event_loop);
    }

    #[test]
    fn a_refusal_calls_the_next_address_at_once_while_another_does_not_answer() {
        let (_full, dead) = black_hole(local(1), 0);
        let (_refuses, _) = refusing(local(2), dead.port());
        let (_listener, alive) = listening(local(3), dead.port());
        // Long enough for a refusal to come before time jumps, however busy the machine is.
        let builder = unwatched().virtual_time().grace(Duration::from_millis(200));
        let hosts = (1..=3).fold(builder, |hosts, n| hosts.host("three", local(n)));
        let (event_loop, lines) = recorded(hosts);
        let stream = event_loop.run_until_complete(connect(("three", dead.port()))).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), alive);
        let timers = lines.take_only(&["arm timer", "fire"]);
        assert_eq!(timers[..2], ["arm timer 0 for 250ms", "fire timer 0"]);
        assert!(!timers.contains(&"fire timer 1".to_string()), "{timers:?}");
        drop(stream);
        assert_nothing_left(&event_loop);
    }

    #[test]
    fn a_connection_that_is_given_up_closes_all_attempts() {
        let (_full, first) = black_hole(local(1), 0);
        let (_also_full, second) = black_hole(local(2), first.port());
        let hosts = unwatched().virtual_time().host("dead", first.ip()).host("dead", second.ip());
        let event_loop = hosts.build().unwrap();
        event_loop.run_until_complete(async {
            let attempt = create_task(connect(("dead", first.port())));
            sleep(Duration::from_millis(249)).await;
            assert_eq!(event_loop.counters().sockets, 1, "the second has to wait");
            sleep(Duration::from_millis(351)).await;
            assert_eq!(event_loop.counters().sockets, 2, "both are being tried");
            attempt.cancel();
            assert_nothing_but_this(&event_loop);
        });
        assert_nothing_left(&event_loop);
    }

    fn assert_nothing_but_this(event_loop: &EventLoop) {
        let counters = event_loop.counters();
        assert_eq!((counters.sockets, counters.timers, counters.waiting), (0, 0, 0));
    }

    #[test]
    fn the_families_take_turns() {
        let (_one, four) = refusing(local(1), 0);
        let (_two, also_four) = refusing(local(2), four.port());
        let six = SocketAddr::new(Ipv6Addr::LOCALHOST.into(), four.port());
        let hosts =
            [four, also_four, six].iter().fold(unwatched(), |hosts, at| hosts.host("x", at.ip()));
        run_on(hosts, async {
            let error = connect(("x", four.port())).await.err().unwrap();
            let ConnectError::Connect { failures, .. } = connect_error(&error) else {
                panic!("{error:?}")
            };
            let tried: Vec<_> = failures.iter().map(|(address, _)| *address).collect();
            assert_eq!(tried, [four, six, also_four]);
        });
    }
}

#[test]
fn a_literal_address_asks_nobody() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let found = lookup_host(("127.0.0.1", 80)).await.unwrap();
        assert_eq!(found, ["127.0.0.1:80".parse().unwrap()]);
        let found = lookup_host("[::1]:80").await.unwrap();
        assert_eq!(found, ["[::1]:80".parse().unwrap()]);
    });
    let jobs = lines.take().into_iter().filter(|line| line.contains("job")).collect::<Vec<_>>();
    assert_eq!(jobs, [""; 0]);
}

#[test]
fn a_name_that_the_builder_was_told_asks_nobody_in_whatever_case() {
    let (event_loop, lines) = recorded(unwatched().host("Some.Where", local(9)));
    let found = event_loop.run_until_complete(lookup_host(("sOME.wHERE", 1))).unwrap();
    assert_eq!(found, [SocketAddr::new(local(9), 1)]);
    let jobs = lines.take().into_iter().filter(|line| line.contains("job")).collect::<Vec<_>>();
    assert_eq!(jobs, [""; 0]);
}

#[test]
fn a_name_that_does_not_exist_is_a_lookup_error_that_names_it() {
    run(async {
        let error = connect(("no.such.name.invalid", 80)).await.err().unwrap();
        let said = error.to_string();
        assert!(said.starts_with("cannot look up \"no.such.name.invalid\": "), "{said}");
        match connect_error(&error) {
            ConnectError::Lookup { host, .. } => assert_eq!(host, "no.such.name.invalid"),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_lookup_is_a_job_on_another_thread() {
    let (event_loop, lines) = recorded(unwatched());
    event_loop.run_until_complete(lookup_host(("localhost", 80))).unwrap();
    assert_eq!(lines.take_only(&["queue job", "done job"]), ["queue job 1", "done job 1"]);
}

#[test]
fn a_lookup_delays_no_other_task() {
    let look_up = || {
        let (event_loop, lines) = recorded(unwatched());
        event_loop.run_until_complete(async {
            let looking = create_task(lookup_host(("localhost", 80)));
            let other = create_task(async {});
            other.await.unwrap();
            looking.await.unwrap().unwrap();
        });
        lines.take_only(&["pending 1", "ready 2", "wake 1 ", "ready 1"])
    };
    // A thread may be so quick that it is done before the loop has left it its waker. That shows nothing.
    let lines = (0..1_000).map(|_| look_up()).find(|lines| *lines != ["ready 1", "ready 2"]);
    assert_eq!(lines.unwrap(), ["pending 1: job 1", "ready 2", "wake 1 by job 1", "ready 1"]);
}

#[test]
fn a_lookup_does_not_wait_for_other_work_on_threads() {
    let event_loop = unwatched().max_threads(1).build().unwrap();
    event_loop.run_until_complete(async {
        let (release, released) = mpsc::channel::<()>();
        let busy = create_task(to_thread(move || released.recv().unwrap()));
        yield_now().await;
        assert!(!lookup_host(("localhost", 80)).await.unwrap().is_empty());
        assert!(!busy.done());
        release.send(()).unwrap();
        busy.await.unwrap();
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn a_lookup_that_is_given_up_leaves_nothing() {
    let event_loop = unwatched().max_threads(1).build().unwrap();
    event_loop.run_until_complete(async {
        let given_up = create_task(connect(("localhost", 80)));
        yield_now().await;
        given_up.cancel();
        // The one thread for lookups does them in order, so by now it is done with the first, too.
        lookup_host(("localhost", 80)).await.unwrap();
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn a_host_may_be_written_in_many_ways() {
    let host = |text: &str| text.to_host().map_err(|error| error.to_string());
    assert_eq!(host("example.com:80"), Ok(("example.com".into(), 80)));
    assert_eq!(host("[::1]:80"), Ok(("::1".into(), 80)));
    for text in ["host", "", "h:99999", "h:", "h:-1"] {
        let error = host(text).unwrap_err();
        assert!(error.starts_with("expected HOST:PORT, as in \"example.com:80\""), "{error}");
        assert!(error.ends_with(&format!("not {text:?}")), "{error}");
    }
    assert_eq!(host(":80"), Err("the name of the host is empty".into()));
    assert_eq!(host("[]:80"), Err("the name of the host is empty".into()));
    assert_eq!(("", 80).to_host().unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(("[::1]", 80).to_host().unwrap(), ("::1".into(), 80));
    assert_eq!(("::1".to_string(), 80).to_host().unwrap(), ("::1".into(), 80));
    let address: SocketAddr = "[::1]:443".parse().unwrap();
    assert_eq!(address.to_host().unwrap(), ("::1".into(), 443));
    assert_eq!((address.ip(), 1).to_host().unwrap(), ("::1".into(), 1));
    assert_eq!("h:1".to_string().to_host().unwrap(), ("h".into(), 1));
}

#[test]
fn an_ipv6_address_without_brackets_has_no_port() {
    // Its last group might be meant as a port, or as a part of the address.
    assert!("::1".to_host().is_err(), "{:?}", "::1".to_host());
    assert!("2001:db8::1:80".to_host().is_err());
}
