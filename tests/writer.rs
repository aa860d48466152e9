//! What a `StreamWriter` promises: every byte arrives, in order, or somebody is told that it did not.

#[path = "writer/ending.rs"]
mod ending;

mod common;

use std::{
    cell::RefCell,
    io::{self, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    rc::Rc,
    sync::mpsc,
    task::Waker,
    thread::{self, JoinHandle},
    time::Duration,
};

use common::{assert_nothing_left, poll_with, with_records};
use glassloop::{
    EventLoop, StreamReader, StreamWriter, create_task, open_connection, to_thread,
    trace::{
        What,
        record::{Attempt, Operation},
    },
    yield_now,
};
use socket2::SockRef;

/// More than a connection takes whose other end does not read.
const TOO_MUCH: usize = 8 << 20;
const HIGH_WATER: usize = 64 * 1024;
const LOW_WATER: usize = 16 * 1024;

/// What a loop has reported, and what it says about writing.
#[derive(Clone)]
struct Records(Rc<RefCell<Vec<What>>>);

impl Records {
    /// How many bytes the operating system has taken.
    fn sent(&self) -> usize {
        let is_write = |what: &What| match what {
            What::Tried {
                operation: Operation::Write, outcome: Attempt::Done { bytes }, ..
            } => *bytes,
            _ => None,
        };
        self.0.borrow().iter().filter_map(is_write).sum()
    }

    fn unsent(&self) -> Vec<usize> {
        let unsent = |what: &What| match what {
            What::Unsent { bytes, .. } => Some(*bytes),
            _ => None,
        };
        self.0.borrow().iter().filter_map(unsent).collect()
    }

    fn tasks_created(&self) -> usize {
        self.0.borrow().iter().filter(|what| matches!(what, What::TaskCreated { .. })).count()
    }
}

/// A loop that reports. In real time: bytes that are on their way are no reason for time to stand still.
fn reporting() -> (EventLoop, Records) {
    let (event_loop, records) = with_records(EventLoop::builder().unwatched());
    (event_loop, Records(records))
}

/// Runs on a loop of its own, which must hold nothing afterwards.
fn run<F: Future>(body: impl FnOnce(Records) -> F) -> F::Output {
    let (event_loop, records) = reporting();
    let output = event_loop.run_until_complete(body(records));
    assert_nothing_left(&event_loop);
    output
}

/// A connection to a peer with little room for what it has not read yet. The test plays the peer itself.
async fn connection() -> (StreamReader, StreamWriter, TcpStream) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    SockRef::from(&listener).set_recv_buffer_size(4096).unwrap();
    let address = listener.local_addr().unwrap();
    let (reader, writer) = open_connection(address).await.unwrap();
    let (peer, _) = listener.accept().unwrap();
    (reader, writer, peer)
}

/// A peer's thread that reads all there is.
fn reading(mut peer: TcpStream) -> JoinHandle<(Vec<u8>, io::Result<usize>)> {
    thread::spawn(move || {
        let mut read = Vec::new();
        let end = peer.read_to_end(&mut read);
        (read, end)
    })
}

/// Waits for a peer while the loop goes on.
async fn end_of<T: Send + 'static>(peer: JoinHandle<T>) -> T {
    to_thread(|| peer.join().unwrap()).await
}

/// Bytes in which nothing can be missing or exchanged without being seen: the block's length is a prime.
fn pattern(length: usize) -> Vec<u8> {
    let block: Vec<u8> = (0..65_521_u32).map(|n| ((n * n) >> 7) as u8).collect();
    let mut bytes = block.repeat(length.div_ceil(block.len()));
    bytes.truncate(length);
    bytes
}

/// Writes, without letting the loop turn, until the connection takes no more. Returns how many bytes stay in
/// the buffer, at most 64 KiB of them.
fn fill(writer: &StreamWriter, records: &Records) -> usize {
    let before = records.sent();
    let mut written = 0;
    while records.sent() - before == written {
        writer.write(&[0; HIGH_WATER]).unwrap();
        written += HIGH_WATER;
    }
    written + before - records.sent()
}

fn reset(peer: TcpStream) {
    SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
}

fn drain_waits(writer: &StreamWriter) -> bool {
    poll_with(&mut writer.drain(), Waker::noop()).is_pending()
}

#[test]
fn what_is_sent_at_once_costs_no_task() {
    run(async |records: Records| {
        let (_reader, writer, mut peer) = connection().await;
        writer.writelines(["one ", "two ", "three"]).unwrap();
        writer.write(b"").unwrap();
        writer.drain().await.unwrap();
        drop(writer);
        let mut all = String::new();
        peer.read_to_string(&mut all).unwrap();
        assert_eq!(all, "one two three");
        assert_eq!(records.tasks_created(), 0);
    });
}

#[test]
fn what_cannot_be_sent_at_once_is_sent_by_one_task_of_its_own() {
    run(async |records: Records| {
        let (_reader, writer, peer) = connection().await;
        let bytes = pattern(TOO_MUCH);
        writer.write(&bytes).unwrap();
        writer.write(b"and").unwrap();
        writer.write(b" more").unwrap();
        assert_eq!(records.tasks_created(), 1);
        let reading = reading(peer);
        writer.close();
        writer.wait_closed().await.unwrap();
        let (read, _) = end_of(reading).await;
        assert!(read[..TOO_MUCH] == bytes);
        assert_eq!(&read[TOO_MUCH..], b"and more");
        assert_eq!(records.tasks_created(), 1);
    });
}

#[test]
fn drain_waits_only_when_more_than_64_kib_are_left() {
    run(async |records: Records| {
        let (_reader, writer, peer) = connection().await;
        let left = fill(&writer, &records);
        assert!(!drain_waits(&writer), "with {left} bytes in the buffer");
        writer.write(&vec![0; HIGH_WATER - left]).unwrap();
        assert!(!drain_waits(&writer), "with 64 KiB in the buffer");
        writer.write(&[0]).unwrap();
        assert!(drain_waits(&writer), "with one byte more");
        let reading = reading(peer);
        writer.drain().await.unwrap();
        drop(writer);
        end_of(reading).await.1.unwrap();
    });
}

#[test]
fn drain_resumes_only_when_16_kib_are_left() {
    run(async |records: Records| {
        let (_reader, writer, peer) = connection().await;
        let reading = reading(peer);
        let (mut written, mut waited) = (0, 0);
        // Over and over, since how much is left after each flush is the operating system's whim.
        for round in 0..100_usize {
            let bytes = vec![0; (round * 7919 + 1) * 104_729 % (4 << 20)];
            writer.write(&bytes).unwrap();
            written += bytes.len();
            let must_wait = written - records.sent() > HIGH_WATER;
            assert_eq!(drain_waits(&writer), must_wait);
            writer.drain().await.unwrap();
            if must_wait {
                waited += 1;
                let left = written - records.sent();
                assert!(left <= LOW_WATER, "drain resumed with {left} bytes left");
            }
        }
        assert!(waited > 0, "it never had to wait");
        drop(writer);
        assert_eq!(end_of(reading).await.0.len(), written);
    });
}

#[test]
fn ten_concurrent_drains_all_resume() {
    run(async |records: Records| {
        let (_reader, writer, peer) = connection().await;
        fill(&writer, &records);
        writer.write(&[0; HIGH_WATER + 1]).unwrap();
        let writer = Rc::new(writer);
        let drain = |_| {
            let writer = writer.clone();
            create_task(async move { writer.drain().await })
        };
        let drains: Vec<_> = (0..10).map(drain).collect();
        yield_now().await;
        assert!(drains.iter().all(|task| !task.done()), "all of them wait");
        let reading = reading(peer);
        for task in drains {
            task.await.unwrap().unwrap();
        }
        drop(writer);
        end_of(reading).await.1.unwrap();
    });
}

#[test]
fn megabytes_pass_through_a_slow_reader_unchanged_and_in_order() {
    run(async |_| {
        let (_reader, writer, mut peer) = connection().await;
        let bytes = pattern(6 << 20);
        let expected = bytes.clone();
        let reading = thread::spawn(move || {
            let (mut read, mut buffer) = (Vec::new(), vec![0; 50_000]);
            while let n @ 1.. = peer.read(&mut buffer[..(read.len() * 31) % 49_999 + 1]).unwrap() {
                read.extend_from_slice(&buffer[..n]);
            }
            read == expected
        });
        let (mut rest, mut size) = (&bytes[..], 1);
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(size));
            writer.write(piece).unwrap();
            (rest, size) = (after, (size * 5 + 3) % 400_000);
            writer.drain().await.unwrap();
        }
        writer.close();
        assert!(end_of(reading).await, "what came is not what was sent");
    });
}

#[test]
fn writing_to_a_closed_peer_ends_in_an_error_and_stays_one() {
    run(async |_| {
        let (_reader, writer, peer) = connection().await;
        drop(peer);
        let error = loop {
            if let Err(error) = writer.write(b"is anybody there?") {
                break error;
            }
            yield_now().await;
        };
        let gone = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
        assert!(gone.contains(&error.kind()), "{error:?}");
        assert_eq!(writer.write(b"x").unwrap_err().kind(), error.kind());
        assert_eq!(writer.drain().await.unwrap_err().kind(), error.kind());
        writer.close();
        assert_eq!(writer.wait_closed().await.unwrap_err().kind(), error.kind());
    });
}

#[test]
fn a_reset_while_bytes_wait_is_an_error_in_drain_and_wait_closed_and_in_the_trace() {
    run(async |records: Records| {
        let (_reader, writer, peer) = connection().await;
        writer.write(&pattern(TOO_MUCH)).unwrap();
        let left = TOO_MUCH - records.sent();
        assert!(drain_waits(&writer));
        reset(peer);
        assert_eq!(writer.drain().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert_eq!(records.unsent(), [left]);
        assert_eq!(writer.wait_closed().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert!(writer.write(b"x").is_err());
    });
}

#[test]
fn abort_lets_go_of_a_peer_that_never_reads_and_tells_it_and_whoever_waits() {
    let peer = run(async |records: Records| {
        let (reader, writer, peer) = connection().await;
        writer.write(&pattern(TOO_MUCH)).unwrap();
        let writer = Rc::new(writer);
        let waiting = writer.clone();
        let drain = create_task(async move { waiting.drain().await });
        yield_now().await;
        assert!(!drain.done());
        writer.abort();
        writer.abort();
        assert_eq!(drain.await.unwrap().unwrap_err().kind(), ErrorKind::ConnectionAborted);
        assert!(writer.is_closing());
        assert!(writer.write(b"x").is_err());
        assert!(writer.wait_closed().await.is_err());
        drop((reader, writer));
        assert_eq!(records.unsent(), [0_usize; 0], "it was lost on purpose");
        peer
    });
    // Not before: the loop must hold nothing though the peer has read nothing.
    let (read, end) = reading(peer).join().unwrap();
    assert!(read.len() < TOO_MUCH);
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn abort_of_a_closed_writer_takes_back_what_was_still_to_be_sent() {
    let peer = run(async |records: Records| {
        let (reader, writer, peer) = connection().await;
        fill(&writer, &records);
        writer.close();
        writer.abort();
        assert_eq!(writer.wait_closed().await.unwrap_err().kind(), ErrorKind::ConnectionAborted);
        drop((reader, writer));
        peer
    });
    let (_, end) = reading(peer).join().unwrap();
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_flusher_wakes_up_while_the_peer_dribbles_its_reads() {
    run(async |_| {
        let (_reader, writer, mut peer) = connection().await;
        writer.write(&pattern(TOO_MUCH)).unwrap();
        writer.close();
        let (order, orders) = mpsc::channel::<usize>();
        let reading = thread::spawn(move || {
            let mut total = 0;
            let mut buffer = vec![0; 1 << 20];
            for most in orders {
                total += peer.read(&mut buffer[..most]).unwrap();
            }
            total + peer.read_to_end(&mut Vec::new()).unwrap()
        });
        for most in [1, 10, 1000, 1, 100_000, 1 << 20, 3, 1 << 20] {
            order.send(most).unwrap();
            yield_now().await;
        }
        drop(order);
        assert_eq!(end_of(reading).await, TOO_MUCH);
        writer.wait_closed().await.unwrap();
    });
}

#[test]
fn a_peer_that_has_sent_what_nobody_reads_gets_all_that_was_written() {
    let (reading, written) = run(async |_| {
        let (_reader, writer, mut peer) = connection().await;
        peer.write_all(b"220 ready\n").unwrap();
        let written = pattern(TOO_MUCH);
        writer.write(&written).unwrap();
        let reading = reading(peer);
        writer.close();
        writer.wait_closed().await.unwrap();
        (reading, written)
    });
    let (read, end) = reading.join().unwrap();
    assert_eq!(end.unwrap(), TOO_MUCH);
    assert!(read == written);
}
