//! Thousands of replies, whole and damaged, from a generator: nothing panics, nothing hangs, and however one is
//! cut, the same comes out.

use glassloop::http::Method;

use crate::replies::Replies;

/// splitmix64: the same numbers for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// A body, how it is framed, and how it is written then.
fn framed_body(random: &mut Random) -> (String, String, String) {
    let body = "0123456789\r\n\r\nabc;".repeat(4)[..random.below(60)].to_string();
    match random.below(3) {
        0 => (body.clone(), format!("Content-Length: {}\r\n", body.len()), body),
        1 => (body.clone(), String::new(), body),
        _ => {
            let mut written = String::new();
            let mut rest = &body[..];
            while !rest.is_empty() {
                let (chunk, others) = rest.split_at(1 + random.below(rest.len()));
                let extension = random.one_of(&["", ";x", " ; y=\"\""]);
                written += &format!("{:x}{extension}\r\n{chunk}\r\n", chunk.len());
                rest = others;
            }
            written += random.one_of(&["0\r\n\r\n", "000;z\r\n\r\n", "0\r\nX: trailer\r\n\r\n"]);
            (body, "Transfer-Encoding: chunked\r\n".to_string(), written)
        }
    }
}

/// A reply that nothing is wrong with, and what it means.
fn reply(random: &mut Random) -> (Vec<u8>, String) {
    let interim = random.one_of(&["", "", "HTTP/1.1 100 Continue\r\n\r\n"]);
    let status = random.one_of(&["200 OK", "404 Not Found", "500", "299 "]);
    let (field, x) =
        [("", ""), ("x: a\r\n", " [a]"), ("X:a\r\n\tb\r\n", " [a b]")][random.below(3)];
    let (body, framing, written) = framed_body(random);
    let version = random.one_of(&["1.0", "1.1"]);
    let reply = format!("{interim}HTTP/{version} {status}\r\n{field}{framing}\r\n{written}");
    (reply.into_bytes(), format!("{}{x} {}", &status[..3], body.as_bytes().escape_ascii()))
}

/// Damages it in a place or two, most often where the grammar is.
fn damage(random: &mut Random, reply: &mut Vec<u8>) {
    for _ in 0..1 + random.below(2) {
        let place = random.below(reply.len());
        match random.below(5) {
            0 => reply.truncate(place.max(1)),
            1 => drop(reply.remove(place)),
            2 => reply.insert(place, *b"\r\n\0 :;0fF,\xff".get(random.below(11)).unwrap()),
            3 => reply[place] = b"\r\n\0 :;0fF,-"[random.below(11)],
            _ => {
                let again = reply[place..].to_vec();
                reply.extend(again);
            }
        }
        if reply.is_empty() {
            return;
        }
    }
}

/// The reply in up to eight pieces.
fn cut<'a>(random: &mut Random, mut reply: &'a [u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    while pieces.len() < 7 && !reply.is_empty() {
        let (piece, rest) = reply.split_at(1 + random.below(reply.len().min(40)));
        pieces.push(piece);
        reply = rest;
    }
    pieces.push(reply);
    pieces
}

#[test]
fn whatever_a_server_says_it_means_the_same_however_it_is_cut() {
    let mut client = Replies::new();
    let random = &mut Random(1996);
    for round in 0..2000 {
        let (mut reply, meaning) = reply(random);
        client.method = Method::GET;
        if round % 4 == 0 {
            assert_eq!(client.outcome(cut(random, &reply)), meaning, "{}", reply.escape_ascii());
            continue;
        }
        damage(random, &mut reply);
        client.method = if random.below(8) == 0 { Method::HEAD } else { Method::GET };
        let whole = client.outcome([&reply[..]]);
        assert!(!whole.contains("took longer"), "{whole}: {}", reply.escape_ascii());
        assert_eq!(client.outcome(cut(random, &reply)), whole, "{}", reply.escape_ascii());
    }
}
