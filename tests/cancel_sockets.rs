//! Cancelling is dropping, and dropping undoes what was registered: here for sockets and streams.

#![cfg_attr(
    not(target_os = "linux"),
    allow(unused_imports, dead_code, reason = "a part of the tests is for Linux alone")
)]

mod cancelling;
mod common;

use std::{
    cell::Cell,
    io::{Write, copy, sink},
    net::{Ipv4Addr, SocketAddr},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use cancelling::drop_after;
use common::{CountingWaker, assert_nothing_left, poll_with};
use glassloop::{
    EventLoop, StreamReader, StreamWriter, create_task,
    net::{TcpListener, TcpStream},
    open_connection, sleep, start_server, to_thread, yield_now,
};
use socket2::{Domain, Socket, Type};

const LOOPBACK: (&str, u16) = ("127.0.0.1", 0);

/// Runs a test in a loop under virtual time, and looks at what is left of it.
fn in_a_loop<F: Future<Output = ()>>(test: impl FnOnce(EventLoop) -> F) {
    let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
    event_loop.run_until_complete(test(event_loop.clone()));
    event_loop.close();
    assert_nothing_left(&event_loop);
}

/// Two ends of one connection.
async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = create_task(async move { listener.accept().await.unwrap().0 });
    (TcpStream::connect(address).await.unwrap(), accepted.await.unwrap())
}

/// The two halves of a connection, and its other end, which is a plain blocking socket.
async fn streams() -> (StreamReader, StreamWriter, std::net::TcpStream) {
    let listener = std::net::TcpListener::bind(LOOPBACK).unwrap();
    let (reader, writer) = open_connection(listener.local_addr().unwrap()).await.unwrap();
    (reader, writer, listener.accept().unwrap().0)
}

/// Fills a connection until it takes no more.
async fn fill(stream: &TcpStream) {
    while drop_after(1, stream.write(&[0; 64 * 1024])).await {
        yield_now().await; // a budget that is spent would look like a full connection
    }
}

/// An address at which somebody listens, takes no connection and has no room left for one that waits.
#[cfg(target_os = "linux")]
struct Silent {
    address: SocketAddr,
    _listener: Socket,
    _waiting: Vec<std::net::TcpStream>,
}

#[cfg(target_os = "linux")]
fn silent(address: SocketAddr) -> Silent {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&address.into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let waiting = vec![std::net::TcpStream::connect(address).unwrap()];
    Silent { address, _listener: listener, _waiting: waiting }
}

#[test]
fn a_dropped_read_withdraws_its_wish_and_loses_no_byte() {
    in_a_loop(|event_loop| async move {
        let (here, there) = pair().await;
        let mut buffer = [0; 8];
        assert!(!drop_after(1, here.read(&mut buffer)).await);
        assert_eq!(event_loop.counters().waiting, 0);
        there.write(b"kept").await.unwrap();
        assert_eq!(here.read(&mut buffer).await.unwrap(), 4);
        assert_eq!(&buffer[..4], b"kept");
    });
}

#[test]
fn a_dropped_write_withdraws_its_wish() {
    in_a_loop(|event_loop| async move {
        let (here, _there) = pair().await;
        fill(&here).await;
        assert_eq!(event_loop.counters().waiting, 0);
    });
}

#[test]
fn a_dropped_accept_withdraws_its_wish_and_loses_no_connection() {
    in_a_loop(|event_loop| async move {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        assert!(!drop_after(1, listener.accept()).await);
        assert_eq!(event_loop.counters().waiting, 0);
        let mut peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        peer.write_all(b"!").unwrap();
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 1);
    });
}

#[test]
fn a_dropped_readline_keeps_the_part_of_the_line_that_has_come() {
    in_a_loop(|event_loop| async move {
        let (mut reader, _writer, mut peer) = streams().await;
        peer.write_all(b"half a li").unwrap();
        assert!(!drop_after(1, reader.readline()).await);
        assert_eq!(event_loop.counters().waiting, 0);
        assert!(!drop_after(1, reader.readexactly(100)).await);
        assert!(!drop_after(1, reader.readuntil(b"\n")).await);
        assert!(!drop_after(1, reader.read_to_end()).await);
        assert_eq!(event_loop.counters().waiting, 0);
        peer.write_all(b"ne\n").unwrap();
        assert_eq!(reader.readline().await.unwrap(), b"half a line\n");
    });
}

#[test]
fn a_read_that_is_dropped_between_its_wake_and_its_poll_loses_no_byte() {
    in_a_loop(|event_loop| async move {
        let (mut reader, _writer, mut peer) = streams().await;
        let (count, waker) = CountingWaker::new();
        let mut read = reader.read(8);
        assert!(poll_with(&mut read, &waker).is_pending());
        peer.write_all(b"kept").unwrap();
        while count.wakes() == 0 {
            yield_now().await;
        }
        assert_eq!(event_loop.counters().waiting, 0, "a wish is good for one wake");
        drop(read);
        assert_eq!(reader.read(8).await.unwrap(), b"kept");
    });
}

#[test]
fn a_dropped_drain_or_wait_closed_is_woken_no_more_and_the_bytes_go_out_all_the_same() {
    in_a_loop(|_| async move {
        let (_reader, writer, peer) = streams().await;
        let (drained, drain_waker) = CountingWaker::new();
        let (closed, close_waker) = CountingWaker::new();
        const MUCH: usize = 16 * 1024 * 1024;
        writer.write(&vec![7; MUCH]).unwrap();
        let mut drain = writer.drain();
        assert!(poll_with(&mut drain, &drain_waker).is_pending());
        drop(drain);
        writer.close();
        let mut wait_closed = writer.wait_closed();
        assert!(poll_with(&mut wait_closed, &close_waker).is_pending());
        drop(wait_closed);
        drop((drain_waker, close_waker));
        assert_eq!((Arc::strong_count(&drained), Arc::strong_count(&closed)), (1, 1));

        let received = create_task(to_thread(move || copy(&mut { peer }, &mut sink()).unwrap()));
        writer.wait_closed().await.unwrap();
        assert_eq!(received.await.unwrap(), MUCH as u64);
        assert_eq!((drained.wakes(), closed.wakes()), (0, 0));
    });
}

#[test]
#[cfg(target_os = "linux")]
fn a_dropped_connect_gives_the_connection_up() {
    in_a_loop(|event_loop| async move {
        let silent = silent((Ipv4Addr::LOCALHOST, 0).into());
        assert!(!drop_after(1, TcpStream::connect(silent.address)).await);
        let left = event_loop.counters();
        assert_eq!((left.sockets, left.waiting), (0, 0));
    });
}

#[test]
#[cfg(target_os = "linux")]
fn an_open_connection_that_is_dropped_gives_all_of_its_attempts_up() {
    let first = silent((Ipv4Addr::LOCALHOST, 0).into());
    let port = first.address.port();
    let second = silent((Ipv4Addr::new(127, 0, 0, 2), port).into());
    let event_loop = EventLoop::builder()
        .unwatched()
        .virtual_time()
        .host("two.test", first.address.ip())
        .host("two.test", second.address.ip())
        .build()
        .unwrap();
    event_loop.run_until_complete(async {
        let host = ("two.test", port);
        assert!(!drop_after(1, open_connection(host)).await);
        let left = event_loop.counters();
        assert_eq!((left.sockets, left.waiting, left.timers), (0, 0, 0));

        let task = create_task(open_connection(host));
        sleep(Duration::from_millis(251)).await;
        let both = event_loop.counters();
        assert_eq!((both.sockets, both.waiting, both.timers), (2, 2, 0));
        task.cancel();
        let left = event_loop.counters();
        assert_eq!((left.sockets, left.waiting, left.timers), (0, 0, 0));
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn a_dropped_start_server_listens_nowhere() {
    in_a_loop(|event_loop| async move {
        for (address, polls) in [(LOOPBACK, 0), (LOOPBACK, 1), (("localhost", 0), 1)] {
            drop_after(polls, start_server(address, |_, _| async {})).await;
            assert_eq!((event_loop.counters().sockets, event_loop.counters().tasks), (0, 1));
        }
        while event_loop.counters().jobs > 0 {
            yield_now().await; // until nobody looks up the name any more
        }
    });
}

#[test]
fn a_dropped_server_accepts_no_more_and_its_connections_live_on() {
    in_a_loop(|event_loop| async move {
        let server = start_server(LOOPBACK, |mut reader, writer| async move {
            let line = reader.readline().await.unwrap();
            writer.write(&line).unwrap();
        });
        let server = server.await.unwrap();
        let address = server.local_addrs()[0];
        let (mut reader, writer) = open_connection(address).await.unwrap();
        while event_loop.counters().tasks < 3 {
            yield_now().await; // until the server has made a task of its own for the connection
        }
        drop(server);
        assert_eq!(event_loop.counters().tasks, 2, "the main future and the connection's");
        assert!(open_connection(address).await.is_err());
        writer.write(b"echo\n").unwrap();
        assert_eq!(reader.readline().await.unwrap(), b"echo\n");
    });
}

/// A client and a server that talk to each other, and both wait in every way that they can.
async fn conversation() {
    let serve = |mut reader: StreamReader, writer: StreamWriter| async move {
        let head = reader.readexactly(4).await.unwrap_or_default();
        sleep(Duration::from_millis(1)).await;
        let _ = writer.write(&head);
        let _ = writer.write(&vec![0; 4 * 1024 * 1024]);
        let _ = writer.drain().await;
        writer.close();
        let _ = writer.wait_closed().await;
    };
    let server = start_server(LOOPBACK, serve).await.unwrap();
    let (mut reader, writer) = open_connection(server.local_addrs()[0]).await.unwrap();
    writer.write(b"ab").unwrap();
    sleep(Duration::from_millis(1)).await;
    writer.write(b"c\n").unwrap();
    assert_eq!(reader.readline().await.unwrap(), b"abc\n");
    assert_eq!(reader.read_to_end().await.unwrap().len(), 4 * 1024 * 1024);
}

#[test]
fn a_conversation_can_be_dropped_after_any_number_of_polls() {
    let mut ended = false;
    for polls in 0.. {
        let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
        ended = event_loop.run_until_complete(drop_after(polls, conversation()));
        event_loop.close();
        assert_nothing_left(&event_loop);
        if ended {
            assert!(polls >= 3, "it has waited at several places: {polls}");
            break;
        }
    }
    assert!(ended);
}

/// Counts, so it is run by itself: in a process of its own, where no other test opens anything.
#[test]
#[cfg(target_os = "linux")]
fn whatever_is_dropped_closes_its_descriptors() {
    const ALONE: &str = "GLASSLOOP_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let test = "whatever_is_dropped_closes_its_descriptors";
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(ALONE, "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let before = open();
    for polls in 0..20 {
        let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
        let dropped = Rc::new(Cell::new(false));
        let told = dropped.clone();
        let task = event_loop.create_task(async move {
            told.set(!drop_after(polls, conversation()).await);
        });
        event_loop.run_until_complete(task).unwrap();
        let silent = silent((Ipv4Addr::LOCALHOST, 0).into());
        event_loop.run_until_complete(drop_after(1, TcpStream::connect(silent.address)));
    }
    assert_eq!(open(), before);
}
