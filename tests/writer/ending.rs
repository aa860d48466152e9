//! How a writer ends: closed, dropped, half-closed, or left behind by its loop.

use super::*;

#[test]
fn close_flushes_then_ends_the_stream_and_the_reader_lives_on() {
    run(async |_| {
        let (mut reader, writer, mut peer) = connection().await;
        writer.write(&pattern(TOO_MUCH)).unwrap();
        assert!(!writer.is_closing());
        writer.close();
        writer.close();
        assert!(writer.is_closing());
        let mut closed = writer.wait_closed();
        assert!(poll_with(&mut closed, Waker::noop()).is_pending(), "nothing has been read yet");
        let answering = thread::spawn(move || {
            let mut read = Vec::new();
            peer.read_to_end(&mut read).unwrap();
            peer.write_all(b"got it").unwrap();
            read.len()
        });
        closed.await.unwrap();
        assert_eq!(reader.read_to_end().await.unwrap(), b"got it");
        assert_eq!(end_of(answering).await, TOO_MUCH);
    });
}

#[test]
fn dropping_both_halves_loses_nothing() {
    run(async |_| {
        let (reader, writer, peer) = connection().await;
        let bytes = pattern(TOO_MUCH);
        writer.write(&bytes).unwrap();
        drop((reader, writer));
        let (read, end) = end_of(reading(peer)).await;
        assert_eq!(end.unwrap(), TOO_MUCH);
        assert!(read == bytes);
    });
}

#[test]
fn write_and_drain_after_close_are_errors() {
    run(async |_| {
        let (_reader, writer, _peer) = connection().await;
        writer.close();
        let error = writer.write(b"x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        assert_eq!(error.to_string(), "this writer is closed");
        assert_eq!(writer.drain().await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert!(writer.writelines(["x"]).is_err());
        writer.writelines([""; 0]).unwrap(); // nothing is written, so nothing fails
        writer.write_eof().unwrap();
        writer.wait_closed().await.unwrap();
        writer.wait_closed().await.unwrap();
    });
}

/// A drain waits while another task does this with the writer. What becomes of the drain?
fn drain_while(act: fn(&StreamWriter)) -> io::Result<()> {
    run(async |records: Records| {
        let (_reader, writer, peer) = connection().await;
        let left = fill(&writer, &records);
        writer.write(&[0; HIGH_WATER + 1]).unwrap();
        let all = records.sent() + left + HIGH_WATER + 1;
        let mut drain = writer.drain();
        assert!(poll_with(&mut drain, Waker::noop()).is_pending());
        act(&writer);
        assert!(poll_with(&mut drain, Waker::noop()).is_pending(), "there is still too much");
        let reading = reading(peer);
        let drained = drain.await;
        writer.close();
        writer.wait_closed().await.unwrap();
        let (read, end) = end_of(reading).await;
        assert_eq!((read.len(), end.unwrap()), (all, all));
        drained
    })
}

#[test]
fn a_drain_that_waits_is_not_disturbed_by_the_end_that_another_task_announces() {
    let ends: [fn(&StreamWriter); 2] = [|writer| writer.write_eof().unwrap(), StreamWriter::close];
    for end in ends {
        drain_while(end).unwrap();
    }
}

#[test]
fn drain_after_write_eof_waits_as_ever() {
    run(async |records: Records| {
        let (_reader, writer, peer) = connection().await;
        writer.write_eof().unwrap();
        writer.drain().await.unwrap();

        let (_reader, full, other) = connection().await;
        fill(&full, &records);
        full.write(&[0; HIGH_WATER + 1]).unwrap();
        full.write_eof().unwrap();
        assert!(drain_waits(&full));
        let reading = [reading(peer), reading(other)];
        full.drain().await.unwrap();
        full.wait_closed().await.unwrap();
        drop((writer, full));
        for reading in reading {
            end_of(reading).await.1.unwrap();
        }
    });
}

#[test]
fn what_ends_a_writer_may_be_said_again_and_waited_for_again() {
    run(async |_| {
        let (_reader, writer, peer) = connection().await;
        writer.write(&pattern(TOO_MUCH)).unwrap();
        writer.write_eof().unwrap();
        writer.write_eof().unwrap();
        let reading = reading(peer);
        writer.wait_closed().await.unwrap();
        writer.write_eof().unwrap();
        assert!(!writer.is_closing());
        for _ in 0..2 {
            writer.close();
            writer.wait_closed().await.unwrap();
            writer.write_eof().unwrap();
        }
        assert_eq!(end_of(reading).await.1.unwrap(), TOO_MUCH);
    });
}

/// Writes as much as `drain` lets pass, and closes. Returns also how much was written, and how much of it is left.
async fn written_drained_and_closed(
    records: &Records,
) -> (StreamReader, StreamWriter, TcpStream, usize, usize) {
    let (reader, writer, peer) = connection().await;
    let left = fill(&writer, records);
    writer.drain().await.unwrap();
    writer.close();
    (reader, writer, peer, records.sent() + left, left)
}

#[test]
fn what_was_drained_and_closed_is_lost_with_the_loop_and_what_was_waited_for_is_not() {
    let (event_loop, records) = reporting();
    let (peer, left) = event_loop.run_until_complete(async {
        let (_reader, _writer, peer, _, left) = written_drained_and_closed(&records).await;
        (peer, left)
    });
    event_loop.close();
    assert!(left > 0);
    assert_eq!(records.unsent(), [left]);
    let (_, end) = reading(peer).join().unwrap();
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);

    let (event_loop, records) = reporting();
    let (reading, written) = event_loop.run_until_complete(async {
        let (_reader, writer, peer, written, _) = written_drained_and_closed(&records).await;
        let reading = reading(peer);
        writer.wait_closed().await.unwrap();
        (reading, written)
    });
    event_loop.close();
    assert_eq!(records.unsent(), [0_usize; 0]);
    assert_eq!(reading.join().unwrap().1.unwrap(), written);
}

#[test]
fn write_eof_ends_our_half_and_the_answer_is_read() {
    run(async |_| {
        let (mut reader, writer, mut peer) = connection().await;
        writer.write(b"question").unwrap();
        writer.write_eof().unwrap();
        let mut question = String::new();
        peer.read_to_string(&mut question).unwrap();
        assert_eq!(question, "question");
        peer.write_all(b"answer").unwrap();
        assert_eq!(reader.readexactly(6).await.unwrap(), b"answer");
        let error = writer.write(b"x").unwrap_err();
        assert_eq!(error.to_string(), "write_eof was called on this writer");
        assert!(!writer.is_closing());
        writer.wait_closed().await.unwrap();
    });
}

#[test]
fn write_eof_comes_after_what_was_written_before_it() {
    run(async |_| {
        let (_reader, writer, peer) = connection().await;
        writer.write(&pattern(TOO_MUCH)).unwrap();
        writer.write_eof().unwrap();
        let (read, end) = end_of(reading(peer)).await;
        assert_eq!(end.unwrap(), TOO_MUCH);
        assert!(read == pattern(TOO_MUCH));
    });
}

#[test]
fn wait_closed_completes_with_unread_data() {
    run(async |_| {
        let (_reader, writer, mut peer) = connection().await;
        peer.write_all(b"nobody reads this").unwrap();
        writer.close();
        writer.wait_closed().await.unwrap();
    });
}

#[test]
fn when_the_loop_ends_first_it_sends_once_more_what_now_has_room() {
    let (event_loop, records) = reporting();
    let (mut peer, left) = event_loop.run_until_complete(async {
        let (_reader, writer, peer) = connection().await;
        (peer, fill(&writer, &records))
    });
    let taken = records.sent();
    assert!(left > 0);
    peer.read_exact(&mut vec![0; taken]).unwrap();
    event_loop.close();
    assert_eq!(records.unsent(), [0_usize; 0]);
    assert_eq!(records.sent(), taken + left);
    // Its own end is in order, too.
    assert_eq!(peer.read_to_end(&mut Vec::new()).unwrap(), left);
    assert_nothing_left(&event_loop);
}

#[test]
fn when_the_loop_ends_and_bytes_are_left_the_peer_sees_a_reset_and_no_end() {
    let (event_loop, records) = reporting();
    let (writer, peer) = event_loop.run_until_complete(async {
        let (_reader, writer, peer) = connection().await;
        writer.write(&pattern(TOO_MUCH)).unwrap();
        (writer, peer)
    });
    event_loop.close();
    assert_eq!(records.unsent(), [TOO_MUCH - records.sent()]);
    let error = writer.write(b"x").unwrap_err();
    assert_eq!(error.to_string(), "the event loop ended before all was sent");
    drop(writer);
    assert_nothing_left(&event_loop);
    let (read, end) = reading(peer).join().unwrap();
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert!(read.len() < TOO_MUCH);
}

#[test]
fn a_writer_that_was_dropped_before_the_loop_ends_is_reset_all_the_same() {
    let (event_loop, records) = reporting();
    let peer = event_loop.run_until_complete(async {
        let (_reader, writer, peer) = connection().await;
        writer.write(&pattern(TOO_MUCH)).unwrap();
        peer
    });
    drop(event_loop);
    assert_eq!(records.unsent().len(), 1);
    let (_, end) = reading(peer).join().unwrap();
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn on_a_closed_loop_what_cannot_be_sent_at_once_is_an_error() {
    let (event_loop, _) = reporting();
    let (writer, _peer) = event_loop.run_until_complete(async {
        let (_reader, writer, peer) = connection().await;
        (writer, peer)
    });
    event_loop.close();
    writer.write(b"this has room").unwrap();
    let error = writer.write(&pattern(TOO_MUCH)).unwrap_err();
    assert_eq!(error.to_string(), "event loop is closed: there is nobody to send the rest");
}
