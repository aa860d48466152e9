//! What the sockets promise below the streams: a connection or an error that says why not, names that hold up
//! nobody, and no waiter forgotten.

#[path = "net/names.rs"]
mod names;
#[path = "net/source.rs"]
mod source;

mod common;

use std::{
    cell::RefCell,
    io::{self, ErrorKind, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    rc::Rc,
    sync::mpsc,
    task::Waker,
    thread,
    time::Duration,
};

use common::{assert_nothing_left, poll_with, recorded, virtual_and_recorded};
use glassloop::{
    Builder, EventLoop, create_task,
    net::{ConnectError, TcpListener, TcpStream, ToHost, connect, lookup_host},
    sleep, to_thread, yield_now,
};
use socket2::{Domain, SockRef, Socket, Type};

fn unwatched() -> Builder {
    EventLoop::builder().unwatched()
}

/// Runs on a loop of its own, which must hold nothing afterwards.
fn run_on<F: Future>(builder: Builder, future: F) -> F::Output {
    let event_loop = builder.build().unwrap();
    let output = event_loop.run_until_complete(future);
    assert_nothing_left(&event_loop);
    output
}

fn run<F: Future>(future: F) -> F::Output {
    run_on(unwatched(), future)
}

/// An address at which nobody listens, nor will while the socket lives: so it refuses.
fn refusing(address: IpAddr, port: u16) -> (Socket, SocketAddr) {
    let address = SocketAddr::new(address, port);
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
    socket.bind(&address.into()).unwrap();
    let bound = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, bound)
}

fn local(last: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 0, last).into()
}

fn listening(address: IpAddr, port: u16) -> (std::net::TcpListener, SocketAddr) {
    let listener = std::net::TcpListener::bind((address, port)).unwrap();
    let bound = listener.local_addr().unwrap();
    (listener, bound)
}

/// A connection whose other end the test plays itself.
async fn connection() -> (TcpStream, std::net::TcpStream) {
    let (listener, address) = listening(local(1), 0);
    let stream = TcpStream::connect(address).await.unwrap();
    (stream, listener.accept().unwrap().0)
}

/// Writes until the connection takes no more, then waits.
async fn write_for_ever(stream: Rc<TcpStream>) -> io::Error {
    loop {
        if let Err(error) = stream.write(&[0; 100_000]).await {
            return error;
        }
    }
}

/// Lets the others run until so many directions of sockets are waited for.
async fn until_waiting(event_loop: &EventLoop, directions: usize) {
    while event_loop.counters().waiting < directions {
        yield_now().await;
    }
}

#[test]
fn a_refused_connection_says_refused() {
    run(async {
        let (_socket, address) = refusing(local(1), 0);
        let error = TcpStream::connect(address).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let error = connect(address).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let said = error.to_string();
        assert!(said.starts_with(&format!("cannot connect to {address}: ")), "{said}");
    });
}

#[test]
fn two_readers_of_one_socket_are_refused_and_the_first_reads_on() {
    let event_loop = unwatched().build().unwrap();
    event_loop.run_until_complete(async {
        let (stream, mut peer) = connection().await;
        let stream = Rc::new(stream);
        let reading = stream.clone();
        let first = create_task(async move {
            let mut buffer = [0; 10];
            let n = reading.read(&mut buffer).await?;
            io::Result::Ok(buffer[..n].to_vec())
        });
        until_waiting(&event_loop, 1).await;
        let error = stream.read(&mut [0; 10]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ResourceBusy);
        let said =
            "another task is already reading from this socket: one at a time in each direction";
        assert_eq!(error.to_string(), said);
        peer.write_all(b"for one").unwrap();
        assert_eq!(first.await.unwrap().unwrap(), b"for one");
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn a_reader_and_a_writer_of_one_socket_do_not_hinder_each_other() {
    let (event_loop, lines) = recorded(unwatched());
    event_loop.run_until_complete(async {
        let (stream, mut peer) = connection().await;
        let stream = Rc::new(stream);
        let writing = create_task(write_for_ever(stream.clone()));
        let reading = stream.clone();
        let reader = create_task(async move { reading.read(&mut [0; 10]).await });
        until_waiting(&event_loop, 2).await;
        // First the peer writes: only the reader is to go on. Then it reads: the writer goes on.
        lines.take();
        peer.write_all(b"abc").unwrap();
        assert_eq!(reader.await.unwrap().unwrap(), 3);
        assert_eq!(lines.take_only(&["wake 1 "]), [""; 0], "the writer is not woken");
        let half = peer.try_clone().unwrap();
        let swallowing = create_task(to_thread(move || {
            (&half).read_exact(&mut vec![0; 32 << 20]).unwrap();
        }));
        swallowing.await.unwrap();
        writing.cancel();
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn a_reset_wakes_both_directions() {
    let event_loop = unwatched().build().unwrap();
    event_loop.run_until_complete(async {
        let (stream, peer) = connection().await;
        let stream = Rc::new(stream);
        let writing = create_task(write_for_ever(stream.clone()));
        let reading = stream.clone();
        let reader = create_task(async move { reading.read(&mut [0; 10]).await });
        until_waiting(&event_loop, 2).await;
        SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
        drop(peer);
        let error = reader.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        let gone = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
        assert!(gone.contains(&writing.await.unwrap().kind()));
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn a_socket_of_another_loop_is_refused() {
    let (first, second) = (unwatched().build().unwrap(), unwatched().build().unwrap());
    let (stream, mut peer) = first.run_until_complete(connection());
    let listener =
        first.run_until_complete(async { TcpListener::bind("127.0.0.1:0".parse().unwrap()) });
    let listener = listener.unwrap();
    peer.write_all(b"there is something to read").unwrap();
    let said = "this socket belongs to another event loop than the one that runs";
    second.run_until_complete(async {
        assert_eq!(stream.read(&mut [0; 10]).await.unwrap_err().to_string(), said);
        assert_eq!(stream.write(b"x").await.unwrap_err().to_string(), said);
        assert_eq!(listener.accept().await.err().unwrap().to_string(), said);
    });
    assert_eq!(first.run_until_complete(stream.read(&mut [0; 5])).unwrap(), 5);
    drop((stream, listener));
    assert_nothing_left(&first);
    assert_nothing_left(&second);
}

#[test]
fn without_a_loop_there_is_no_socket() {
    let error = TcpListener::bind("127.0.0.1:0".parse().unwrap()).err().unwrap();
    assert!(error.to_string().contains("no event loop is running on this thread"), "{error}");
}

#[test]
fn a_dropped_read_withdraws_its_wish() {
    let event_loop = unwatched().build().unwrap();
    event_loop.run_until_complete(async {
        let (stream, mut peer) = connection().await;
        let mut buffer = [0; 10];
        let mut read = stream.read(&mut buffer);
        assert!(poll_with(&mut read, Waker::noop()).is_pending());
        assert_eq!(event_loop.counters().waiting, 1);
        drop(read);
        assert_eq!(event_loop.counters().waiting, 0);
        peer.write_all(b"later").unwrap();
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 5);
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn a_socket_is_tried_first_and_waited_for_only_after_it_would_block() {
    let (event_loop, lines) = recorded(unwatched());
    event_loop.run_until_complete(async {
        let (stream, mut peer) = connection().await;
        lines.take();
        let mut buffer = [0; 10];
        let mut read = stream.read(&mut buffer);
        assert!(poll_with(&mut read, Waker::noop()).is_pending());
        assert_eq!(
            lines.take_only(&["try", "arm"]),
            ["try read socket 0: would block", "arm socket 0 readable",]
        );
        drop(read);
        peer.write_all(b"hello").unwrap();
        stream.read(&mut buffer).await.unwrap();
        let tries = lines.take_only(&["try", "arm"]);
        assert_eq!(tries.last().unwrap(), "try read socket 0: 5 bytes");
    });
}

#[test]
#[cfg(all(target_os = "linux", not(mio_unsupported_force_poll_poll)))] // with epoll alone
fn a_read_that_took_less_than_it_had_room_for_spares_the_try_in_vain() {
    let (event_loop, lines) = recorded(unwatched());
    event_loop.run_until_complete(async {
        let (stream, mut peer) = connection().await;
        peer.write_all(b"hello").unwrap();
        assert_eq!(stream.read(&mut [0; 64]).await.unwrap(), 5);
        // The event of those bytes may have come after them: it is worth a try, which is in vain.
        let mut buffer = [0; 64];
        let mut read = stream.read(&mut buffer);
        sleep(Duration::from_millis(2)).await;
        drop(poll_with(&mut read, Waker::noop()));
        drop(read);
        peer.write_all(b"again").unwrap();
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 5);
        lines.take();
        let mut read = stream.read(&mut buffer);
        assert!(poll_with(&mut read, Waker::noop()).is_pending());
        assert_eq!(
            lines.take_only(&["try", "arm"]),
            ["try read socket 0: drained", "arm socket 0 readable"]
        );
    });
}

#[test]
fn the_end_that_came_with_the_last_bytes_is_read_though_no_event_follows() {
    run(async {
        let (stream, mut peer) = connection().await;
        peer.write_all(b"last").unwrap();
        drop(peer);
        // The event for both is taken before anybody reads.
        sleep(Duration::from_millis(2)).await;
        assert_eq!(stream.read(&mut [0; 64]).await.unwrap(), 4);
        assert_eq!(stream.read(&mut [0; 64]).await.unwrap(), 0);
    });
}

#[test]
fn bytes_that_come_while_nobody_reads_are_read_though_no_event_follows() {
    run(async {
        let (stream, mut peer) = connection().await;
        peer.write_all(b"first").unwrap();
        assert_eq!(stream.read(&mut [0; 64]).await.unwrap(), 5);
        peer.write_all(b"then").unwrap();
        sleep(Duration::from_millis(2)).await;
        assert_eq!(stream.read(&mut [0; 64]).await.unwrap(), 4);
    });
}

#[test]
fn a_direction_that_we_have_ended_ourselves_reads_as_ended() {
    run(async {
        let (stream, mut peer) = connection().await;
        peer.write_all(b"first").unwrap();
        assert_eq!(stream.read(&mut [0; 64]).await.unwrap(), 5);
        stream.shutdown(std::net::Shutdown::Read).unwrap();
        assert_eq!(stream.read(&mut [0; 64]).await.unwrap(), 0);
    });
}

#[test]
fn a_read_into_no_room_waits_for_nothing() {
    run(async {
        let (stream, _peer) = connection().await;
        assert_eq!(stream.read(&mut []).await.unwrap(), 0);
    });
}

/// A read stops before an urgent byte, whatever has come behind it.
#[test]
fn what_has_come_behind_an_urgent_byte_is_read_though_no_event_follows() {
    run(async {
        let (stream, mut peer) = connection().await;
        peer.write_all(b"before").unwrap();
        socket2::SockRef::from(&peer).send_out_of_band(b"!").unwrap();
        peer.write_all(b"behind").unwrap();
        // The event for all of it is taken before anybody reads.
        sleep(Duration::from_millis(2)).await;
        let mut read = Vec::new();
        while read.len() < 12 {
            let mut bytes = [0; 64];
            let count = stream.read(&mut bytes).await.unwrap();
            read.extend_from_slice(&bytes[..count]);
        }
        assert_eq!(read, b"beforebehind");
    });
}

/// The next number of a sequence that looks random (Marsaglia's xorshift) and is the same each time.
fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state as usize
}

#[test]
fn no_edge_is_missed_in_bursts_of_any_size() {
    const ROUNDS: usize = 2000;
    /// A burst's size: now and then too much for one read, often a few bytes.
    fn burst(state: &mut u64) -> usize {
        let most = [3, 300, 30_000, 300_000][random(state) % 4];
        random(state) % most + 1
    }
    let event_loop = unwatched().build().unwrap();
    event_loop.run_until_complete(async {
        let (stream, mut peer) = connection().await;
        let peer = thread::spawn(move || {
            let (mut state, mut buffer) = (1, vec![0; 300_000]);
            for _ in 0..ROUNDS {
                let size = burst(&mut state);
                peer.read_exact(&mut buffer[..size]).unwrap();
                peer.write_all(&buffer[..size]).unwrap();
            }
        });
        let stream = Rc::new(stream);
        let writing = stream.clone();
        let sizes = Rc::new(RefCell::new(Vec::new()));
        let written = sizes.clone();
        let writer = create_task(async move {
            let (mut state, bytes) = (1, vec![7; 300_000]);
            for _ in 0..ROUNDS {
                let size = burst(&mut state);
                written.borrow_mut().push(size);
                let mut rest = &bytes[..size];
                while !rest.is_empty() {
                    rest = &rest[writing.write(rest).await.unwrap()..];
                }
            }
        });
        let (mut state, mut buffer, mut total) = (99, vec![0; 100_000], 0);
        loop {
            let most = burst(&mut state).min(buffer.len());
            match stream.read(&mut buffer[..most]).await.unwrap() {
                0 => break,
                n => total += n,
            }
        }
        writer.await.unwrap();
        assert_eq!(total, sizes.borrow().iter().sum::<usize>());
        peer.join().unwrap();
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn an_accept_that_is_given_up_loses_no_connection() {
    let event_loop = unwatched().build().unwrap();
    event_loop.run_until_complete(async {
        let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let mut accept = listener.accept();
        assert!(poll_with(&mut accept, Waker::noop()).is_pending());
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        drop(accept);
        let (stream, peer) = listener.accept().await.unwrap();
        assert_eq!(peer, client.local_addr().unwrap());
        assert_eq!(stream.peer_addr().unwrap(), peer);
    });
    assert_nothing_left(&event_loop);
}

/// Only what succeeds is taken from a task's budget. Were a try that would block, too, the first 128
/// sockets would use it up in each poll, the last one would never be tried, and the loop would spin.
#[test]
#[cfg(target_os = "linux")] // elsewhere a program may have as few as 256 descriptors
fn a_task_may_wait_for_more_sockets_than_its_budget_has_successes() {
    use std::{future::poll_fn, pin::Pin, task::Poll};

    use glassloop::net::ReadSome;

    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    event_loop.run_until_complete(async {
        let listener = TcpListener::bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (mut peers, mut streams) = (Vec::new(), Vec::new());
        for _ in 0..150 {
            peers.push(std::net::TcpStream::connect(address).unwrap());
            streams.push(listener.accept().await.unwrap().0);
        }
        let mut buffers = vec![[0]; streams.len()];
        let mut reads: Vec<_> = streams.iter().zip(&mut buffers).map(|(s, b)| s.read(b)).collect();
        let mut polls = 0;
        let winner = poll_fn(|context| {
            polls += 1;
            assert!(polls <= 10, "it is polled again and again: it spins");
            if polls == 1 {
                peers[149].write_all(b"x").unwrap();
            }
            let ready = |read: &mut ReadSome<'_>| Pin::new(read).poll(context).is_ready();
            match reads.iter_mut().position(ready) {
                Some(winner) => Poll::Ready(winner),
                None => Poll::Pending,
            }
        });
        assert_eq!(winner.await, 149);
    });
    assert_nothing_left(&event_loop);
}
