//! The feature `gzip`: bodies come compressed, and the caller never notices.

#[path = "http/one_reply.rs"]
mod one_reply;

use std::{cell::Cell, io::Write, rc::Rc, sync::mpsc::channel, time::Duration};

use flate2::{
    Compression, GzBuilder,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use glassloop::{
    Task, create_task,
    http::{Bytes, Error, Reason, Session},
    run, timeout, yield_now,
};
use one_reply::{read_head, serve, serve_by, with_length};

const TEXT: &str = "Round goes the event loop, round, round and round.\nAnd round.\n";

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn bare(text: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Each coding, and a text in it.
fn each_coding() -> [(&'static str, Vec<u8>); 4] {
    let text = TEXT.as_bytes();
    let (first, second) = text.split_at(20);
    let members = [gzip(first), gzip(b""), gzip(second)].concat();
    [("gzip", gzip(text)), ("gzip", members), ("deflate", zlib(text)), ("deflate", bare(text))]
}

fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    with_length(&format!("Content-Encoding: {coding}\r\n"), body)
}

/// The same, in chunks that the client gets one by one.
fn in_chunks(coding: &str, chunks: &[&[u8]]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    let mut reply = head.into_bytes();
    for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
        reply.extend(format!("{:x}\r\n", chunk.len()).bytes().chain(chunk.iter().copied()));
        reply.extend(b"\r\n");
    }
    reply.extend(b"0\r\n\r\n");
    reply
}

/// What `bytes` makes of each of these replies.
fn bytes_of(replies: Vec<Vec<u8>>) -> Vec<Result<Bytes, Error>> {
    let count = replies.len();
    let (url, _requests) = serve(replies);
    run(async move {
        let session = Session::builder().without_keep_alive().build();
        let mut all = Vec::new();
        for _ in 0..count {
            all.push(session.get(&url).await.expect("a head").bytes().await);
        }
        all
    })
}

fn bytes(reply: Vec<u8>) -> Result<Bytes, Error> {
    bytes_of(vec![reply]).remove(0)
}

#[track_caller]
fn assert_coding_error(result: Result<Bytes, Error>, what: &str) {
    let error = result.expect_err(what);
    assert!(matches!(error.reason(), Reason::Coding(_)), "{error:?}");
    assert!(error.to_string().contains(what), "{error}");
}

#[test]
fn each_coding_is_undone_and_what_is_not_known_stays_as_it_is() {
    for (coding, body) in each_coding() {
        assert_eq!(bytes(coded(coding, &body)).unwrap(), TEXT.as_bytes(), "{coding}");
    }
    let body = gzip(TEXT.as_bytes());
    assert_eq!(bytes(coded("X-GZip", &body)).unwrap(), TEXT.as_bytes());
    assert_eq!(bytes(coded("identity, gzip", &body)).unwrap(), TEXT.as_bytes());
    for coding in ["identity", "br", "", "gzip, br", "gzip, gzip"] {
        assert_eq!(bytes(coded(coding, &body)).unwrap(), body, "{coding}");
    }
}

#[test]
fn all_that_gzip_may_have_in_its_header_is_skipped() {
    let builder = GzBuilder::new().extra("extra\0n").filename("name").comment("comment");
    let mut encoder = builder.write(Vec::new(), Compression::default());
    encoder.write_all(TEXT.as_bytes()).unwrap();
    let mut body = encoder.finish().unwrap();
    // The header's checksum, which flate2 reads but does not write: it stands behind all of that.
    let end = body.windows(8).position(|window| window == b"comment\0").unwrap() + 8;
    body[3] |= 1 << 1;
    body.splice(end..end, *b"..");
    assert_eq!(bytes(coded("gzip", &body)).unwrap(), TEXT.as_bytes());
    let one_by_one: Vec<&[u8]> = body.chunks(1).collect();
    assert_eq!(bytes(in_chunks("gzip", &one_by_one)).unwrap(), TEXT.as_bytes());
}

#[test]
fn a_body_may_be_cut_at_every_byte_with_the_same_result() {
    for (coding, body) in each_coding() {
        let cut = |at| in_chunks(coding, &[&body[..at], &body[at..]]);
        let replies = (0..body.len()).map(cut).collect();
        for (at, result) in bytes_of(replies).into_iter().enumerate() {
            assert_eq!(result.unwrap(), TEXT.as_bytes(), "{coding} cut at {at}");
        }
    }
}

#[test]
fn a_body_that_ends_before_its_coding_does_is_an_error_wherever_it_ends() {
    for (coding, body) in each_coding() {
        // Between members, or before the first, is an end.
        let is_end = |at: usize| at == 0 || body[at..].starts_with(&[0x1f, 0x8b]);
        let ends: Vec<_> = (0..body.len()).filter(|at| !is_end(*at)).collect();
        let replies = ends.iter().map(|at| coded(coding, &body[..*at])).collect();
        for result in bytes_of(replies) {
            assert_coding_error(result, "ends too early");
        }
    }
}

#[test]
fn what_is_corrupt_is_an_error_that_says_where() {
    let text = TEXT.as_bytes();
    let wrong_at = |mut body: Vec<u8>, from_end: usize| {
        let at = body.len() - from_end;
        body[at] ^= 1;
        body
    };
    let is_plain = coded("gzip", text);
    assert_coding_error(bytes(is_plain), "the gzip of the body is corrupt: no gzip");
    assert_coding_error(bytes(coded("gzip", &wrong_at(gzip(text), 1))), "checksum");
    assert_coding_error(bytes(coded("gzip", &wrong_at(gzip(text), 8))), "checksum");
    assert_coding_error(bytes(coded("gzip", &[0x1f, 0x8b, 8, 0xff])), "unknown flags");
    assert_coding_error(bytes(coded("gzip", &[&gzip(text)[..], b"!"].concat())), "no gzip");
    let name_without_end = [&[0x1f, 0x8b, 8, 8], &[b'x'; 20_000][..]].concat();
    assert_coding_error(bytes(coded("gzip", &name_without_end)), "too long");
    assert_coding_error(bytes(coded("deflate", &wrong_at(zlib(text), 1))), "corrupt");
    assert_coding_error(bytes(coded("deflate", b"\xff\xff\xff")), "the deflate of the body");
    assert_coding_error(
        bytes(coded("deflate", &[&zlib(text)[..], b"!"].concat())),
        "behind its end",
    );
}

#[test]
fn a_body_that_the_connection_cuts_short_is_truncated_whatever_its_coding() {
    let body = gzip(TEXT.as_bytes());
    let reply = coded("gzip", &body);
    let error = bytes(reply[..reply.len() - 1].to_vec()).expect_err("cut");
    let (length, came) = (body.len(), body.len() - 1);
    assert!(error.to_string().contains(&format!("received {came} of {length} bytes")), "{error}");
}

#[test]
fn where_there_is_no_body_nothing_is_decoded() {
    let fields = "Content-Encoding: gzip\r\nContent-Length: 10\r\n";
    assert_eq!(bytes(coded("gzip", b"")).unwrap(), "");
    assert_eq!(bytes(in_chunks("deflate", &[])).unwrap(), "");
    for status in ["204 No Content", "304 Not Modified"] {
        let reply = format!("HTTP/1.1 {status}\r\n{fields}\r\n").into_bytes();
        assert_eq!(bytes(reply).unwrap(), "", "{status}");
    }
    let reply = format!("HTTP/1.1 200 OK\r\n{fields}\r\n").into_bytes();
    let (url, _requests) = serve(vec![reply]);
    let body = run(async move { Session::new().head(&url).await?.bytes().await });
    assert_eq!(body.unwrap(), "");
    let part = format!("HTTP/1.1 206 Partial Content\r\n{fields}\r\n0123456789").into_bytes();
    assert_eq!(bytes(part).unwrap(), "0123456789");
}

#[test]
fn the_codings_are_asked_for_unless_the_caller_asks_for_others() {
    let plain = || with_length("", b"");
    let (url, requests) = serve(vec![plain(), plain()]);
    run(async move {
        let session = Session::builder().without_keep_alive().build();
        session.get(&url).await.unwrap().bytes().await.unwrap();
        let own = session.get(&url).header("Accept-Encoding", "br");
        own.await.unwrap().bytes().await.unwrap();
    });
    assert!(requests.recv().unwrap().contains("accept-encoding: gzip, deflate\r\n"));
    let own = requests.recv().unwrap();
    assert_eq!(own.matches("accept-encoding: ").count(), 1, "{own}");
    assert!(own.contains("accept-encoding: br\r\n"));
}

#[test]
fn lines_pieces_and_files_are_decoded_and_the_connection_is_kept() {
    let body = gzip(TEXT.as_bytes());
    let path = std::env::temp_dir().join(format!("glassloop-gzip-{}", std::process::id()));
    let reply = coded("gzip", &body);
    let (url, _requests) = serve_by(1, move |_, connection| {
        // The head of the first request has been read.
        for _ in 0..3 {
            connection.write_all(&reply).unwrap();
            read_head(connection);
        }
    });
    let file = path.clone();
    run(async move {
        let session = Session::new();
        let mut response = session.get(&url).await?;
        let (mut lines, mut wanted) = (Vec::new(), TEXT.split_inclusive('\n'));
        while let Some(line) = response.next_line().await? {
            assert_eq!(line, wanted.next().unwrap().as_bytes());
            lines.push(line);
        }
        assert_eq!((lines.len(), session.idle_connections()), (2, 1));
        let mut response = session.get(&url).await?;
        for wanted in TEXT.as_bytes().chunks(7) {
            let mut piece = response.read(7).await?;
            while piece.len() < wanted.len() {
                piece.extend(response.read(7 - piece.len()).await?);
            }
            assert_eq!(piece, wanted);
        }
        assert_eq!(response.chunk().await?, None);
        let saved = session.get(&url).await?.save(&file).await?;
        assert_eq!((saved, session.idle_connections()), (TEXT.len() as u64, 1));
        Ok::<(), Error>(())
    })
    .unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), TEXT);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn what_has_come_can_be_read_before_more_comes_however_little_is_asked_for() {
    let (done, wait) = channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let (url, _requests) = serve_by(1, move |_, connection| {
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n";
        connection.write_all(head.as_bytes()).unwrap();
        let mut encoder = GzEncoder::new(&mut *connection, Compression::default());
        encoder.write_all(TEXT.as_bytes()).unwrap();
        encoder.flush().unwrap();
        // It holds the connection, and says no more, until the client has seen it all.
        let _ = wait.lock().unwrap().recv();
    });
    run(async move {
        let mut response = Session::new().get(&url).await.unwrap();
        let mut all = Vec::new();
        while all.len() < TEXT.len() {
            let one = timeout(Duration::from_secs(20), response.read(1)).await;
            all.extend(one.expect("it has come").unwrap());
        }
        assert_eq!(all, TEXT.as_bytes());
    });
    drop(done);
}

/// 1 GiB of zeros in 1 MiB: members of 1 MiB each.
fn bomb() -> Vec<u8> {
    gzip(&vec![0; 1 << 20]).repeat(1 << 10)
}

#[test]
fn a_bomb_is_bounded_by_what_a_body_may_be() {
    let (url, _requests) = serve(vec![coded("gzip", &bomb()); 3]);
    run(async move {
        let session = Session::builder().max_body(1 << 20).build();
        for result in [
            session.get(&url).await.unwrap().bytes().await.map(|_| ()),
            session.get(&url).await.unwrap().text().await.map(|_| ()),
            session.get(&url).await.unwrap().next_line().await.map(|_| ()),
        ] {
            let error = result.expect_err("too large");
            assert!(matches!(error.reason(), Reason::TooLarge { limit: 0x10_0000 }), "{error}");
        }
    });
}

/// gzip's header, and so many blocks of deflate that hold nothing.
fn of_empty_blocks(count: usize, block: &[bool]) -> Vec<u8> {
    let bits: Vec<bool> = block.repeat(count);
    let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
    let header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0];
    header.into_iter().chain(bits.chunks(8).map(byte)).collect()
}

fn bits(text: &str) -> Vec<bool> {
    text.chars().filter(|c| !c.is_whitespace()).map(|bit| bit == '1').collect()
}

#[test]
fn what_comes_to_nothing_is_an_error_however_it_is_made() {
    // The end alone, in the code that is fixed.
    let fixed = bits("010 0000000");
    // Nothing, stored: the padding to a byte, no length, and its complement.
    let stored = bits("000 00000 0000000000000000 1111111111111111");
    // Nothing, in a code of its own: how many lengths (257, 1, 18), the code of the lengths, 256 times none and one of 1,
    // one of 1, the end.
    let lengths = "000 000 100 010 000 000 000 000 000 000 000 000 000 000 000 000 000 010";
    let dynamic = bits(&format!("001 00000 00000 0111 {lengths} 0 1111111 0 1101011 11 11 0"));
    let long_name =
        [&[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0][..], &[b'x'; 10_000], &[0], &gzip(b"")[10..]]
            .concat();
    for (what, body) in [
        ("members", gzip(b"").repeat(100_000)),
        ("members of one byte", gzip(b"x").repeat(100_000)),
        ("long names", long_name.repeat(100)),
        ("fixed blocks", of_empty_blocks(1_000_000, &fixed)),
        ("stored blocks", of_empty_blocks(100_000, &stored)),
        ("blocks", of_empty_blocks(100_000, &dynamic)),
        ("bare fixed blocks", of_empty_blocks(1_000_000, &fixed)[10..].to_vec()),
    ] {
        let coding = if what.starts_with("bare") { "deflate" } else { "gzip" };
        let error = bytes(coded(coding, &body)).expect_err(what).to_string();
        assert!(error.contains("of the body has almost nothing in it: "), "{what}: {error}");
    }
}

/// A task that counts its turns.
fn counting_turns() -> (Task<()>, Rc<Cell<usize>>) {
    let turns = Rc::new(Cell::new(0));
    let counted = turns.clone();
    let counting = create_task(async move {
        loop {
            yield_now().await;
            counted.set(counted.get() + 1);
        }
    });
    (counting, turns)
}

#[test]
fn who_decodes_what_comes_to_nothing_gives_others_their_turns() {
    let body = of_empty_blocks(50_000, &bits("010 0000000"));
    let (url, _requests) = serve(vec![coded("gzip", &body)]);
    run(async move {
        let (counting, turns) = counting_turns();
        let mut response = Session::new().get(&url).await.unwrap();
        let before = turns.get();
        assert!(response.bytes().await.unwrap_err().to_string().contains("ends too early"));
        let count = turns.get() - before;
        assert!(count >= body.len() / 4096, "{count} turns");
        counting.cancel();
    });
}

#[test]
fn who_gives_up_at_once_and_tries_again_comes_to_the_end_of_a_body_that_was_costly() {
    // So short, it takes more than it gives.
    let (url, _requests) = serve(vec![coded("gzip", &gzip(b"x").repeat(3))]);
    run(async move {
        let mut response = Session::new().get(&url).await.unwrap();
        let trying = async {
            let mut all = Vec::new();
            loop {
                match timeout(Duration::ZERO, response.chunk()).await {
                    Ok(Ok(Some(piece))) => all.extend(piece),
                    Ok(end) => return end.map(|_| all),
                    Err(_) => yield_now().await,
                }
            }
        };
        let all = timeout(Duration::from_secs(20), trying).await.expect("an end");
        assert_eq!(all.unwrap(), b"xxx");
    });
}

#[test]
fn a_server_may_send_each_letter_as_it_is_typed_and_each_line_as_a_member() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    for _ in 0..20_000 {
        encoder.write_all(b"x").unwrap();
        encoder.flush().unwrap();
    }
    let typed = encoder.finish().unwrap();
    assert!(typed.len() > 130_000, "{}", typed.len());
    assert_eq!(bytes(coded("gzip", &typed)).unwrap(), vec![b'x'; 20_000]);
    let lines = gzip(b"ok\n").repeat(5_000);
    assert_eq!(bytes(coded("gzip", &lines)).unwrap(), b"ok\n".repeat(5_000));
}

#[test]
fn of_a_bomb_no_more_is_decoded_than_is_asked_for_and_others_get_their_turns() {
    let (url, _requests) = serve(vec![coded("gzip", &bomb())]);
    run(async move {
        let (counting, turns) = counting_turns();
        let mut response = Session::new().get(&url).await.unwrap();
        assert_eq!(response.read(10).await.unwrap(), [0; 10]);
        assert!(response.read(usize::MAX).await.unwrap().len() <= 64 * 1024);
        // What came with the head holds many pieces: without a budget the whole of them would be one turn.
        let before = turns.get();
        for _ in 0..2_000 {
            let piece = response.read(1_000).await.unwrap();
            assert!((1..=1_000).contains(&piece.len()), "{}", piece.len());
        }
        assert!(turns.get() - before > 10, "{} turns", turns.get() - before);
        counting.cancel();
    });
}

#[test]
fn the_body_of_a_redirect_is_not_decoded_and_its_connection_serves_the_next_request() {
    let fields = "Location: /x\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n";
    let body = "2\r\nno\r\n5\r\n gzip\r\n0\r\n\r\n";
    let redirect = format!("HTTP/1.1 302 Found\r\n{fields}\r\n{body}");
    let (url, _requests) = serve_by(1, move |_, connection| {
        connection.write_all(redirect.as_bytes()).unwrap();
        read_head(connection);
        connection.write_all(&coded("gzip", &gzip(TEXT.as_bytes()))).unwrap();
        read_head(connection);
    });
    let text = run(async move { Session::new().get(&url).await?.text().await });
    assert_eq!(text.unwrap(), TEXT);
}
