//! What a `StreamReader` promises: the same result however the peer cuts its bytes, a clear error
//! where there is no result, and not a byte lost to a read that was given up.

mod common;

use std::{
    cell::Cell,
    future::poll_fn,
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    pin::Pin,
    rc::Rc,
    task::Poll,
    thread,
    time::Duration,
};

use common::assert_nothing_left;
use glassloop::{
    EventLoop, ReadError, StreamReader, StreamWriter, open_connection, start_server,
    trace::{
        Record, What,
        record::{Attempt, Operation},
    },
    yield_now,
};
use socket2::SockRef;

/// Runs on a loop of its own, which must hold nothing afterwards.
fn run<F: Future>(future: F) -> F::Output {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    let output = event_loop.run_until_complete(future);
    assert_nothing_left(&event_loop);
    output
}

/// A connection whose other end the test plays itself: on loopback a few bytes are sent without waiting.
async fn connection(limit: usize) -> (StreamReader, StreamWriter, TcpStream) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (reader, writer) = open_connection(address).limit(limit).await.unwrap();
    let (peer, _) = listener.accept().unwrap();
    (reader, writer, peer)
}

/// A reader of what a peer sends in one piece before it ends the stream.
async fn reader_of(bytes: &[u8], limit: usize) -> StreamReader {
    let (reader, _, mut peer) = connection(limit).await;
    peer.write_all(bytes).unwrap();
    reader
}

fn reset(peer: TcpStream) {
    SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
}

fn kind(result: Result<Vec<u8>, ReadError>) -> ErrorKind {
    std::io::Error::from(result.expect_err("an error")).kind()
}

#[test]
fn a_read_of_0_bytes_is_empty_and_keeps_the_buffer() {
    run(async {
        let mut reader = reader_of(b"line1\n", 100).await;
        assert_eq!(reader.read(1).await.unwrap(), b"l");
        assert_eq!(reader.read(0).await.unwrap(), b"");
        assert!(!reader.at_eof());
        assert_eq!(reader.read_to_end().await.unwrap(), b"ine1\n");
    });
}

#[test]
fn a_read_of_0_bytes_waits_for_nothing() {
    run(async {
        let (mut reader, _writer, _silent) = connection(100).await;
        assert_eq!(reader.read(0).await.unwrap(), b"");
    });
}

#[test]
fn a_read_brings_at_most_as_much_as_it_asks_for() {
    run(async {
        let mut reader = reader_of(b"line1\nline2", 100).await;
        assert_eq!(reader.read(5).await.unwrap(), b"line1");
        assert_eq!(reader.read(1000).await.unwrap(), b"\nline2");
        assert_eq!(reader.read(1000).await.unwrap(), b"");
    });
}

#[test]
fn a_read_does_not_wait_for_more_than_has_come() {
    run(async {
        let (mut reader, _writer, mut peer) = connection(100).await;
        peer.write_all(b"some").unwrap();
        assert_eq!(reader.read(1000).await.unwrap(), b"some");
    });
}

#[test]
fn to_read_all_is_to_read_to_the_end_of_the_stream() {
    run(async {
        let (mut reader, _writer, mut peer) = connection(100).await;
        let sent: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        let bytes = sent.clone();
        let sending = thread::spawn(move || {
            bytes.chunks(777).for_each(|chunk| peer.write_all(chunk).unwrap());
        });
        assert!(reader.read_to_end().await.unwrap() == sent);
        assert_eq!(reader.read_to_end().await.unwrap(), b"");
        sending.join().unwrap();
    });
}

#[test]
fn a_limit_of_0_is_an_error() {
    run(async {
        let error = open_connection(("127.0.0.1", 1)).limit(0).await.err().unwrap();
        assert_eq!(error.to_string(), "a limit of 0 lets no line through");
        let server = start_server(("127.0.0.1", 0), async |_, _| ()).limit(0).await;
        assert_eq!(server.err().unwrap().kind(), ErrorKind::InvalidInput);
    });
}

#[test]
fn the_limit_bounds_neither_read_nor_readexactly() {
    run(async {
        let mut reader = reader_of(b"0123456789abcdefghij", 3).await;
        assert_eq!(reader.read(7).await.unwrap(), b"0123456");
        assert_eq!(reader.readexactly(7).await.unwrap(), b"789abcd");
        assert_eq!(reader.read_to_end().await.unwrap(), b"efghij");
    });
}

#[test]
fn a_line_as_long_as_the_limit_passes_and_one_longer_does_not() {
    run(async {
        let mut reader = reader_of(b"1234\n12345\n", 4).await;
        assert_eq!(reader.readline().await.unwrap(), b"1234\n");
        let error = reader.readline().await.unwrap_err();
        assert!(matches!(error, ReadError::LimitOverrun { limit: 4, consumed: 5 }), "{error:?}");
    });
}

#[test]
fn of_a_line_over_the_limit_that_has_come_whole_only_the_line_is_dropped() {
    run(async {
        let mut reader = reader_of(b"much too long\nnext\n", 6).await;
        assert_eq!(kind(reader.readline().await), ErrorKind::InvalidData);
        assert_eq!(reader.readline().await.unwrap(), b"next\n");
    });
}

#[test]
fn of_a_line_over_the_limit_without_its_end_all_that_has_come_is_dropped() {
    run(async {
        let (mut reader, _writer, mut peer) = connection(6).await;
        peer.write_all(b"much too long").unwrap();
        let error = reader.readline().await.unwrap_err();
        assert_eq!(error.to_string(), "no separator within the limit of 6 bytes, 13 have come");
        peer.write_all(b"next\n").unwrap();
        assert_eq!(reader.readline().await.unwrap(), b"next\n");
    });
}

#[test]
fn readline_at_the_end_gives_the_rest_and_then_nothing() {
    run(async {
        let mut reader = reader_of(b"whole\nrest", 100).await;
        assert_eq!(reader.readline().await.unwrap(), b"whole\n");
        assert_eq!(reader.readline().await.unwrap(), b"rest");
        assert_eq!(reader.readline().await.unwrap(), b"");
    });
}

#[test]
fn readuntil_over_the_limit_keeps_what_has_come() {
    run(async {
        let mut reader = reader_of(b"0123456789--rest", 5).await;
        let error = reader.readuntil(b"--").await.unwrap_err();
        assert!(matches!(error, ReadError::LimitOverrun { limit: 5, consumed: 10 }), "{error:?}");
        assert_eq!(reader.readexactly(12).await.unwrap(), b"0123456789--");
    });
}

#[test]
fn readuntil_at_the_end_is_an_error_with_what_has_come() {
    run(async {
        let mut reader = reader_of(b"no separator", 100).await;
        match reader.readuntil(b"--").await.unwrap_err() {
            ReadError::Incomplete { partial, expected: None } => {
                assert_eq!(partial, b"no separator");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(kind(reader.readuntil(b"--").await), ErrorKind::UnexpectedEof);
    });
}

#[test]
fn readuntil_an_empty_separator_is_an_error() {
    run(async {
        let mut reader = reader_of(b"line\n", 100).await;
        assert_eq!(kind(reader.readuntil(b"").await), ErrorKind::InvalidInput);
        assert_eq!(reader.readline().await.unwrap(), b"line\n");
    });
}

#[test]
fn readexactly_at_the_end_is_an_error_that_says_how_much_has_come() {
    run(async {
        let mut reader = reader_of(&[7; 18], 100).await;
        let error = reader.readexactly(36).await.unwrap_err();
        assert_eq!(error.to_string(), "18 bytes read on a total of 36 expected bytes");
        match error {
            ReadError::Incomplete { partial, expected: Some(36) } => assert_eq!(partial, [7; 18]),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn readexactly_of_0_bytes_is_empty_even_at_the_end() {
    run(async {
        let mut reader = reader_of(b"", 100).await;
        assert_eq!(reader.read(1).await.unwrap(), b"");
        assert_eq!(reader.readexactly(0).await.unwrap(), b"");
    });
}

#[test]
fn at_eof_is_false_until_the_buffer_is_empty() {
    run(async {
        let mut reader = reader_of(b"ab", 100).await;
        assert!(!reader.at_eof());
        assert_eq!(reader.readuntil(b"b").await.unwrap(), b"ab");
        assert!(!reader.at_eof(), "the end has not been seen yet");
        assert_eq!(reader.read(1).await.unwrap(), b"");
        assert!(reader.at_eof());
    });
    run(async {
        let (mut reader, _writer, mut peer) = connection(2).await;
        peer.write_all(b"abcdef").unwrap();
        drop(peer);
        let error = reader.readexactly(7).await.unwrap_err();
        assert!(matches!(error, ReadError::Incomplete { .. }), "{error:?}");
        assert!(reader.at_eof(), "an incomplete read takes what there is");
    });
}

/// A loop that counts the bytes that it has read.
fn counting() -> (EventLoop, Rc<Cell<usize>>) {
    let count = Rc::new(Cell::new(0));
    let read = count.clone();
    let observer = move |record: &Record| {
        if let What::Tried { operation: Operation::Read, outcome, .. } = record.what
            && let Attempt::Done { bytes: Some(bytes) } = outcome
        {
            read.set(read.get() + bytes);
        }
    };
    (EventLoop::builder().unwatched().observer(observer).build().unwrap(), count)
}

/// Polls a read until it has taken in so many bytes, and waits for more.
async fn take_in(mut read: glassloop::Read<'_>, bytes: usize, count: &Cell<usize>) {
    poll_fn(|context| {
        assert!(
            Pin::new(&mut read).poll(context).is_pending(),
            "it ended with {} bytes",
            count.get()
        );
        if count.get() >= bytes { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// What is read in all, when `begin` is given up after every number of bytes.
fn give_up_at_every_byte(
    bytes: &[u8],
    begin: impl for<'a> Fn(&'a mut StreamReader) -> glassloop::Read<'a>,
) {
    for split in 0..bytes.len() {
        let (event_loop, count) = counting();
        event_loop.run_until_complete(async {
            let (mut reader, _writer, mut peer) = connection(100).await;
            peer.write_all(&bytes[..split]).unwrap();
            take_in(begin(&mut reader), split, &count).await;
            peer.write_all(&bytes[split..]).unwrap();
            drop(peer);
            assert_eq!(reader.read_to_end().await.unwrap(), bytes, "given up after {split} bytes");
        });
        assert_nothing_left(&event_loop);
    }
}

#[test]
fn a_read_that_is_cancelled_loses_no_byte() {
    let bytes = b"one two three\r\n";
    give_up_at_every_byte(bytes, |reader| reader.readexactly(15));
    give_up_at_every_byte(bytes, |reader| reader.readline());
    give_up_at_every_byte(bytes, |reader| reader.readuntil(b"\r\n"));
    give_up_at_every_byte(bytes, |reader| reader.read_to_end());
}

#[test]
fn a_separator_may_straddle_chunks() {
    let bytes = b"head\r\n\r\nbody";
    for split in 0..8 {
        let (event_loop, count) = counting();
        event_loop.run_until_complete(async {
            let (mut reader, _writer, mut peer) = connection(100).await;
            peer.write_all(&bytes[..split]).unwrap();
            let mut read = reader.readuntil(b"\r\n\r\n");
            let head = poll_fn(|context| {
                let head = Pin::new(&mut read).poll(context);
                // Only once the first piece has been searched in vain comes the second.
                if count.get() == split && head.is_pending() {
                    peer.write_all(&bytes[split..]).unwrap();
                    count.set(usize::MAX / 2);
                }
                head
            });
            assert_eq!(head.await.unwrap(), b"head\r\n\r\n", "cut at {split}");
            assert_eq!(reader.read(100).await.unwrap(), b"body");
        });
    }
}

#[test]
fn bytes_that_dribble_in_make_the_same_lines() {
    run(async {
        let (mut reader, _writer, mut peer) = connection(100).await;
        peer.set_nodelay(true).unwrap();
        let dribbling = thread::spawn(move || {
            b"alpha\nbeta\ngam".iter().for_each(|byte| peer.write_all(&[*byte]).unwrap());
        });
        assert_eq!(reader.readline().await.unwrap(), b"alpha\n");
        assert_eq!(reader.readexactly(2).await.unwrap(), b"be");
        assert_eq!(reader.readline().await.unwrap(), b"ta\n");
        assert_eq!(reader.readline().await.unwrap(), b"gam");
        assert!(reader.at_eof());
        dribbling.join().unwrap();
    });
}

#[test]
fn a_reset_is_an_error_each_time() {
    run(async {
        let (mut reader, writer, peer) = connection(100).await;
        reset(peer);
        assert_eq!(kind(reader.read(1).await), ErrorKind::ConnectionReset);
        assert_eq!(kind(reader.read(1).await), ErrorKind::ConnectionReset);
        assert_eq!(kind(reader.readline().await), ErrorKind::ConnectionReset);
        assert_eq!(kind(reader.read_to_end().await), ErrorKind::ConnectionReset);
        assert_eq!(kind(reader.readexactly(1).await), ErrorKind::ConnectionReset);
        assert!(!reader.at_eof());
        assert!(writer.write(b"x").is_err());
    });
}

#[test]
fn a_reset_that_the_writer_met_first_is_no_orderly_end_to_the_reader() {
    run(async {
        let (mut reader, writer, peer) = connection(100).await;
        reset(peer);
        while writer.write(b"x").is_ok() {
            yield_now().await;
        }
        // The operating system has told its error, and would now report the end of the stream.
        let read = reader.read_to_end().await;
        assert!(read.is_err(), "a reset was taken for the end: {read:?}");
        assert!(!reader.at_eof());
    });
}

#[test]
fn a_reset_after_some_bytes_does_not_make_them_the_whole() {
    run(async {
        let (mut reader, _writer, mut peer) = connection(100).await;
        peer.write_all(b"half of it").unwrap();
        assert_eq!(reader.readexactly(4).await.unwrap(), b"half");
        reset(peer);
        assert_eq!(kind(reader.read_to_end().await), ErrorKind::ConnectionReset);
    });
}

#[test]
fn after_the_peer_has_ended_its_half_ours_goes_on() {
    run(async {
        let (mut reader, writer, mut peer) = connection(100).await;
        peer.write_all(b"question").unwrap();
        peer.shutdown(Shutdown::Write).unwrap();
        assert_eq!(reader.read_to_end().await.unwrap(), b"question");
        writer.write(b"answer").unwrap();
        drop(writer);
        let mut answer = String::new();
        peer.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "answer");
    });
}

#[test]
fn lines_that_are_in_the_buffer_leave_others_their_turn() {
    const LINES: usize = 1280;
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    event_loop.run_until_complete(async {
        let mut reader = reader_of(&[b'\n'; LINES], LINES).await;
        let before = event_loop.counters().polls;
        for _ in 0..LINES {
            assert_eq!(reader.readline().await.unwrap(), b"\n");
        }
        // The first line came with all the others, by a read from the socket.
        assert_eq!(event_loop.counters().polls - before, LINES as u64 / 128);
        assert_eq!(reader.readline().await.unwrap(), b"");
    });
}
