//! How a server ends: closed, its connections waited for, and what takes too long cut off.

mod common;

#[cfg(unix)]
use std::io::ErrorKind;
use std::{cell::RefCell, net::SocketAddr, rc::Rc, time::Duration};

use common::assert_nothing_left;
use glassloop::{
    EventLoop, Server, StreamReader, StreamWriter, all_tasks, create_task, open_connection,
    start_server, timeout, to_thread,
};

/// Runs on a loop of its own, after which nothing may be left.
fn run<F: Future>(future: F) -> F::Output {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    let output = event_loop.run_until_complete(future);
    assert_nothing_left(&event_loop);
    output
}

/// Answers "hello", then waits for the client to part.
async fn greet(mut reader: StreamReader, writer: StreamWriter) {
    writer.write(b"hello\n").unwrap();
    reader.read_to_end().await.unwrap();
}

async fn greeted(address: SocketAddr) -> (StreamReader, StreamWriter) {
    let (mut reader, writer) = open_connection(address).await.unwrap();
    assert_eq!(reader.readline().await.unwrap(), b"hello\n");
    (reader, writer)
}

async fn server() -> Server {
    start_server(("127.0.0.1", 0), greet).await.unwrap()
}

#[test]
fn serve_forever_ends_when_the_server_is_closed() {
    run(async {
        let server = Rc::new(server().await);
        let serving = server.clone();
        let task = create_task(async move { serving.serve_forever().await });
        assert!(server.is_serving() && !task.done());
        server.close();
        task.await.unwrap();
        assert!(!server.is_serving());
        server.serve_forever().await;
    });
}

#[test]
fn wait_closed_waits_for_the_last_connection() {
    run(async {
        let server = Rc::new(server().await);
        let (mut reader, writer) = greeted(server.local_addrs()[0]).await;
        assert_eq!(server.connections(), 1);
        server.close();
        assert!(timeout(Duration::ZERO, server.wait_closed()).await.is_err());

        let order = Rc::new(RefCell::new(Vec::new()));
        let (waiting, told) = (server.clone(), order.clone());
        let closed = create_task(async move {
            waiting.wait_closed().await;
            told.borrow_mut().push("closed");
        });
        order.borrow_mut().push("client parts");
        writer.close();
        assert_eq!(reader.read_to_end().await.unwrap(), b"");
        closed.await.unwrap();
        assert_eq!(*order.borrow(), ["client parts", "closed"]);
        assert_eq!(server.connections(), 0);
    });
}

#[test]
fn wait_closed_of_a_server_without_connections_is_over_with_its_closing() {
    run(async {
        let server = server().await;
        assert!(timeout(Duration::ZERO, server.wait_closed()).await.is_err(), "it is not closed");
        server.close();
        assert_eq!(timeout(Duration::ZERO, server.wait_closed()).await, Ok(()));
    });
}

#[test]
fn clients_that_are_closed_get_what_was_written_and_then_the_end() {
    run(async {
        let server = server().await;
        let (mut reader, _writer) = greeted(server.local_addrs()[0]).await;
        let (mut other, _other_writer) = greeted(server.local_addrs()[0]).await;
        server.close();
        server.close_clients();
        server.wait_closed().await;
        assert_eq!(reader.read_to_end().await.unwrap(), b"");
        assert_eq!(other.read_to_end().await.unwrap(), b"");
    });
}

#[test]
fn a_handler_that_panics_is_a_connection_that_has_ended() {
    run(async {
        let server = start_server(("127.0.0.1", 0), async |_, _| panic!("a handler's own")).await;
        let server = server.unwrap();
        let (mut reader, _writer) = open_connection(server.local_addrs()[0]).await.unwrap();
        assert_eq!(reader.read_to_end().await.unwrap(), b"");
        server.close();
        server.wait_closed().await;
        assert_eq!(server.connections(), 0);
    });
}

#[test]
#[cfg(unix)]
fn two_servers_share_a_port_only_if_both_say_so() {
    run(async {
        let one = start_server(("127.0.0.1", 0), greet).reuse_port(true).await.unwrap();
        let address = one.local_addrs()[0];
        let error = start_server(address, greet).await.err().expect("it is taken");
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        let other = start_server(address, greet).reuse_port(true).await.unwrap();
        assert_eq!(other.local_addrs(), one.local_addrs());
        let (mut reader, writer) = greeted(address).await;
        writer.close();
        assert_eq!(reader.read_to_end().await.unwrap(), b"");
    });
}

#[test]
fn who_cancels_all_tasks_ends_neither_the_server_nor_what_sends_the_rest() {
    const MUCH: usize = 8 << 20;
    run(async {
        let server = server().await;
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let (_reader, writer) = open_connection(listener.local_addr().unwrap()).await.unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        writer.write(&vec![7; MUCH]).unwrap();
        writer.close();
        for task in all_tasks() {
            task.cancel();
        }
        let read = to_thread(move || std::io::copy(&mut peer, &mut std::io::sink()));
        assert_eq!(read.await.unwrap(), MUCH as u64);
        drop(greeted(server.local_addrs()[0]).await);
        server.close();
        server.wait_closed().await;
    });
}

#[test]
fn a_server_whose_loop_was_closed_does_not_serve_any_more() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    let server = event_loop.run_until_complete(server());
    assert!(server.is_serving());
    event_loop.close();
    assert!(!server.is_serving());
    run(async { server.wait_closed().await });
}
