//! Target `replies`: what a server says, whole and damaged, means the same however it is cut and however it is read.

mod grammar;
mod play;

use std::ops::Range;

use glassloop::http::Method;

use self::play::{Client, Way};
use crate::{random::Random, target::Target};

/// A reply, and in which pieces it comes.
pub struct Reply {
    method: Method,
    bytes: Vec<u8>,
    /// The body that it means, where nothing was damaged.
    body: Option<Vec<u8>>,
    pieces: Vec<usize>,
    way: Way,
}

pub struct Replies(Client);

impl Target for Replies {
    const NAME: &'static str = "replies";
    const INPUTS: &'static str = "replies";
    type Input = Reply;

    fn new() -> Replies {
        Replies(Client::new())
    }

    fn random(&self, random: &mut Random) -> Reply {
        let method = if random.once_in(16) { Method::HEAD } else { Method::GET };
        let (mut bytes, body) = grammar::reply(random);
        let is_damaged = random.once_in(2);
        if is_damaged {
            grammar::damage(random, &mut bytes);
        }
        let body = (!is_damaged).then(|| if method == Method::HEAD { vec![] } else { body });
        // Of a large reply there are no more than some hundred pieces.
        let most = (if random.once_in(2) { 8 } else { 64 }).max(bytes.len() / 100);
        let pieces = (0..1 + random.below(8)).map(|_| 1 + random.below(most)).collect();
        Reply { method, bytes, body, pieces, way: Way::random(random) }
    }

    /// The bytes of a reply: cut once at each place, and each byte alone; and read in each way.
    fn read(&self, file: &[u8]) -> Result<Vec<Reply>, String> {
        let reply = |pieces: Vec<usize>, way| Reply {
            method: Method::GET,
            bytes: file.to_vec(),
            body: None,
            pieces,
            way,
        };
        let bytes = file.len();
        let cut_once = (1..bytes).map(|cut| reply(vec![cut, bytes], Way::Bytes));
        let ways = [Way::Bytes, Way::Text, Way::Read(1), Way::Read(7), Way::Chunks, Way::Lines];
        let each_byte = ways.map(|way| reply(vec![1], way));
        Ok(cut_once.chain(each_byte).collect())
    }

    fn check(&mut self, reply: &Reply) -> Result<(), String> {
        let Reply { method, bytes, body, pieces, way } = reply;
        let whole = self.0.ask(method, [&bytes[..]], Way::Bytes)?;
        let cut = self.0.ask(method, pieces_of(bytes, pieces), Way::Bytes)?;
        if whole != cut {
            return Err(format!("whole it means\n  {whole}\nand in pieces\n  {cut}"));
        }
        let read = match way {
            Way::Bytes => cut,
            _ => self.0.ask(method, pieces_of(bytes, pieces), *way)?,
        };
        if !whole.is_same_by(*way, &read) {
            return Err(format!("as bytes it means\n  {whole}\nand by {way:?}\n  {read}"));
        }
        match body {
            Some(body) if whole.body() != Some(body) => {
                Err(format!("it means\n  {whole}\nwhere nothing was damaged"))
            }
            _ => Ok(()),
        }
    }

    fn parts(&self, reply: &Reply) -> usize {
        reply.bytes.len()
    }

    fn without(&self, reply: &Reply, parts: Range<usize>) -> Reply {
        let (method, pieces, way) = (reply.method.clone(), reply.pieces.clone(), reply.way);
        let mut bytes = reply.bytes.clone();
        bytes.drain(parts);
        Reply { method, bytes, body: None, pieces, way }
    }

    fn show(&self, reply: &Reply) -> String {
        let pieces = pieces_of(&reply.bytes, &reply.pieces);
        let pieces: Vec<_> =
            pieces.take(100).map(|it| format!("  \"{}\"", it.escape_ascii())).collect();
        format!("{} is answered by\n{}", reply.method, pieces.join("\n"))
    }
}

/// The reply in pieces of these sizes, again and again.
fn pieces_of<'a>(bytes: &'a [u8], sizes: &[usize]) -> impl Iterator<Item = &'a [u8]> {
    let (mut rest, mut sizes) = (bytes, sizes.iter().cycle());
    std::iter::from_fn(move || {
        let size = (*sizes.next()?).min(rest.len());
        let (piece, behind) = rest.split_at(size);
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    })
}
