//! Replies from a generator: their heads, how their bodies are framed and coded, and what can be damaged.

use std::io::Write;

use flate2::{
    Compression, GzBuilder,
    write::{DeflateEncoder, ZlibEncoder},
};

use crate::random::Random;

/// What the grammar of HTTP is made of, and what has gone wrong with it elsewhere.
const WORDS: [&[u8]; 22] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"0\r\n\r\n",
    b"0",
    b":",
    b";",
    b",",
    b" ",
    b"\t",
    b"\0",
    b"\xff",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n",
    b"Content-Length: 3\r\n",
    b"Content-Length: 18446744073709551616\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"ffffffffffffffff\r\n",
    b"Content-Type: text/html; charset=utf-16le\r\n",
];

/// A reply that nothing is wrong with, and the body that it means.
pub fn reply(random: &mut Random) -> (Vec<u8>, Vec<u8>) {
    let interim = random.one_of(&["", "", "", "HTTP/1.1 100 Continue\r\n\r\n", "\r\n"]);
    let version = random.one_of(&["1.0", "1.1"]);
    let status = random.one_of(&["200 OK", "404 Not Found", "500", "302 Found", "299 \u{e9}"]);
    let mut head = format!("{interim}HTTP/{version} {status}\r\n");
    head += random.one_of(&["", "", "x: a\r\n", "X:a\r\n\tb\r\n", "x: a, b\r\nx:\r\n"]);
    head += random.one_of(&["", "", "Connection: close\r\n", "connection: Keep-Alive\r\n"]);
    head += random.one_of(&["", "Location: /there\r\n", "Set-Cookie: a=b\r\n"]);
    head += random.one_of(&[
        "",
        "",
        "Content-Type: text/html\r\n",
        "Content-Type: text/plain; charset=gbk\r\n",
        "Content-Type: text/html; charset=\"UTF-16\"\r\n",
        "Content-Type: ;;charset==\r\n",
    ]);
    let body = body(random);
    let (coding, coded) = coded(random, &body);
    head += coding;
    let (framing, framed) = framed(random, &coded);
    head += &framing;
    head += "\r\n";
    ([head.as_bytes(), &framed].concat(), body)
}

fn body(random: &mut Random) -> Vec<u8> {
    let words: [&[u8]; 9] = [
        b"0123456789",
        b"\r\n\r\n",
        b"\n",
        b"abc;",
        b"<meta charset=gbk>",
        b"\xc4\xe3\xba\xc3",
        b"\xff\xfe",
        "画".as_bytes(),
        b"HTTP/1.1 200 OK\r\n",
    ];
    match random.below(16) {
        0 => vec![b'x'; random.below(3_000)],
        1 => (0..random.below(3_000)).map(|_| random.number() as u8).collect(),
        _ => (0..random.below(12)).flat_map(|_| random.one_of(&words).to_vec()).collect(),
    }
}

/// The field of the coding, and the coded body.
fn coded(random: &mut Random, body: &[u8]) -> (&'static str, Vec<u8>) {
    let level = Compression::new(random.below(10) as u32);
    match random.below(8) {
        0 => ("Content-Encoding: gzip\r\n", gzip(random, body, level)),
        1 => {
            let (first, second) = body.split_at(random.below(body.len() + 1));
            let members = [gzip(random, first, level), gzip(random, second, level)].concat();
            ("content-encoding: X-GZIP\r\n", members)
        }
        2 => {
            let mut encoder = ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(body).expect("a vector takes all");
            ("Content-Encoding: deflate\r\n", encoder.finish().expect("a vector takes all"))
        }
        3 => {
            let mut encoder = DeflateEncoder::new(Vec::new(), level);
            encoder.write_all(body).expect("a vector takes all");
            ("Content-Encoding: Deflate\r\n", encoder.finish().expect("a vector takes all"))
        }
        4 => ("Content-Encoding: identity\r\n", body.to_vec()),
        5 => ("Content-Encoding: br\r\n", body.to_vec()),
        _ => ("", body.to_vec()),
    }
}

/// One member of gzip, at times with all that can be in its header.
fn gzip(random: &mut Random, body: &[u8], level: Compression) -> Vec<u8> {
    let header = match random.once_in(2) {
        true => GzBuilder::new().extra([1, 2, 3]).filename("name").comment("words"),
        false => GzBuilder::new(),
    };
    let mut encoder = header.write(Vec::new(), level);
    encoder.write_all(body).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

/// The fields of the framing, and the framed body.
fn framed(random: &mut Random, body: &[u8]) -> (String, Vec<u8>) {
    match random.below(4) {
        0 => (String::new(), body.to_vec()),
        1 => (format!("Content-Length: {}\r\n", body.len()), body.to_vec()),
        2 => (format!("content-length: {0}, {0}\r\n", body.len()), body.to_vec()),
        _ => {
            let (mut framed, mut rest) = (Vec::new(), body);
            while !rest.is_empty() {
                let most = if random.once_in(4) { rest.len() } else { rest.len().min(20) };
                let (chunk, behind) = rest.split_at(1 + random.below(most));
                let extension = random.one_of(&["", "", ";x", " ; y=\"\""]);
                framed.extend_from_slice(format!("{:x}{extension}\r\n", chunk.len()).as_bytes());
                framed.extend_from_slice(chunk);
                framed.extend_from_slice(b"\r\n");
                rest = behind;
            }
            let last = random.one_of(&["0\r\n\r\n", "000;z\r\n\r\n", "0\r\nX: trailer\r\n\r\n"]);
            framed.extend_from_slice(last.as_bytes());
            ("Transfer-Encoding: chunked\r\n".to_string(), framed)
        }
    }
}

/// Damages a reply in a few places, most often in its head.
pub fn damage(random: &mut Random, reply: &mut Vec<u8>) {
    for _ in 0..1 + random.below(3) {
        let within = if random.once_in(2) { reply.len().min(200) } else { reply.len() };
        let place = random.below(within.max(1)).min(reply.len());
        let end = (place + random.below(20)).min(reply.len());
        match random.below(6) {
            0 => reply.truncate(place),
            1 => drop(reply.drain(place..end)),
            2 if place < reply.len() => reply[place] = random.number() as u8,
            3 => {
                let again = reply[place..end].to_vec();
                reply.splice(place..place, again);
            }
            _ => {
                let word = random.one_of(&WORDS).to_vec();
                let end = if random.once_in(2) { place } else { end.min(place + word.len()) };
                reply.splice(place..end, word);
            }
        }
    }
}
