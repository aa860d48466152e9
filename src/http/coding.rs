//! The coding of a body: what a server has compressed becomes again what it was, piece by piece.
//!
//! A little that comes may become much, a thousand times as much. So no more is decoded than is asked for, and
//! nothing is read before what has come is used up. And much may become nothing: an empty member of gzip costs as much
//! as a page, an empty block of deflate, ten bits, as much as a line. So what comes to nothing is an error, and before
//! it is one, others have their turns.

use std::mem;

use flate2::{Crc, Decompress, FlushDecompress, Status};
use http::{StatusCode, header::CONTENT_ENCODING};

use super::{
    Error, Reason,
    framing::tokens,
    gzip::{TRAILER, header_length, is_confirmed},
    head::Head,
};
use crate::streams::Buffer;

/// How much is decoded at once, at most: so much comes out, and so much goes in.
const PIECE: usize = 32 * 1024;
const SLICE: usize = 4 * 1024;

/// For each decoded byte so many may have come, and these besides. A server that sends each letter as it is typed needs
/// seven.
const MOST_A_BYTE: u64 = 16;
const MOST_FOR_NOTHING: u64 = 64 * 1024;

/// A body's coding, and how far it is undone.
pub(super) struct Decoder {
    coding: Coding,
    stage: Stage,
    /// What has come and is not decoded yet.
    input: Buffer,
    /// No more will come.
    has_all: bool,
    inflate: Decompress,
    /// Of what was decoded since the last header.
    decoded: Crc,
    piece: Vec<u8>,
    /// Of all of the body: how many bytes were decoded, and how many they have become.
    taken: u64,
    given: u64,
    /// The last step took more than it gave.
    was_costly: bool,
}

/// What a step of decoding has brought.
pub(super) enum Decoded {
    Bytes(Vec<u8>),
    /// Nothing yet; there is more to be decoded.
    Nothing,
    /// Nothing, before more has come.
    More,
    /// The body is whole.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Coding {
    Gzip,
    Deflate,
}

/// What comes next in the input.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// A header, or nothing at all: an empty body is an empty body in each coding.
    Beginning,
    Data,
    /// gzip's check. Another member may follow.
    Trailer,
    /// Nothing.
    End,
}

impl Decoder {
    /// The decoder for a reply's body; `None` if it stays as it comes, because it is not coded, in several codings
    /// or in one that nobody knows here.
    pub(super) fn of(head: &Head) -> Option<Decoder> {
        let codings = tokens(&head.headers, CONTENT_ENCODING.as_str());
        let codings: Vec<_> =
            codings.map(str::to_ascii_lowercase).filter(|coding| coding != "identity").collect();
        let coding = match codings.as_slice() {
            [only] if only == "gzip" || only == "x-gzip" => Coding::Gzip,
            [only] if only == "deflate" => Coding::Deflate,
            _ => return None,
        };
        // From the middle of compressed data nothing can be decoded.
        let is_part = head.status == StatusCode::PARTIAL_CONTENT;
        (!is_part).then(|| Decoder {
            coding,
            stage: Stage::Beginning,
            input: Buffer::default(),
            has_all: false,
            inflate: Decompress::new(false),
            decoded: Crc::new(),
            piece: vec![0; PIECE],
            taken: 0,
            given: 0,
            was_costly: false,
        })
    }

    /// Takes what has come; nothing means that no more will.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.has_all |= bytes.is_empty();
        self.input.extend(bytes);
    }

    /// Has the last step taken more than it gave? Then others should have their turn before the next. Each step is
    /// told of once: who gives up during that turn finds it taken when it tries again.
    pub(super) fn was_costly(&mut self) -> bool {
        mem::take(&mut self.was_costly)
    }

    /// The next bytes, at most so many.
    pub(super) fn next(&mut self, most: usize) -> Result<Decoded, Error> {
        loop {
            let (stage, taken) = (self.stage, self.taken);
            match stage {
                Stage::Beginning => self.begin()?,
                Stage::Data => {
                    let bytes = self.inflate(most)?;
                    if !bytes.is_empty() {
                        return Ok(Decoded::Bytes(bytes));
                    }
                    if self.taken > taken {
                        return Ok(Decoded::Nothing);
                    }
                }
                Stage::Trailer => self.check()?,
                Stage::End if self.input.is_empty() => {}
                Stage::End => return Err(self.wrong("goes on behind its end")),
            }
            if self.stage != stage {
                continue;
            }
            let may_end = matches!(stage, Stage::Beginning | Stage::End) && self.input.is_empty();
            return match self.has_all {
                false => Ok(Decoded::More),
                true if may_end => Ok(Decoded::End),
                true => Err(self.wrong("ends too early")),
            };
        }
    }

    /// So many bytes of the input have become so many.
    fn count(&mut self, taken: usize, given: usize) -> Result<(), Error> {
        self.input.consume(taken);
        self.taken += taken as u64;
        self.given += given as u64;
        let most = self.given.saturating_mul(MOST_A_BYTE).saturating_add(MOST_FOR_NOTHING);
        match self.taken > most {
            true => Err(self.wrong(&format!(
                "has almost nothing in it: {} bytes became {}",
                self.taken, self.given
            ))),
            false => Ok(()),
        }
    }

    /// Reads the header, if it has come.
    fn begin(&mut self) -> Result<(), Error> {
        let bytes = self.input.filled();
        match self.coding {
            Coding::Gzip => {
                let length = header_length(bytes)
                    .map_err(|why| self.wrong(&format!("is corrupt: {why}")))?;
                let Some(length) = length else { return Ok(()) };
                self.count(length, 0)?;
                self.inflate.reset(false);
                self.decoded.reset();
            }
            Coding::Deflate => {
                // By the standard deflate is data in zlib's frame. Some servers send the data bare.
                let Some(beginning) = bytes.first_chunk() else { return Ok(()) };
                self.inflate.reset(is_zlib(*beginning));
            }
        }
        self.stage = Stage::Data;
        Ok(())
    }

    /// Decodes at most so many bytes; none, if more has to come first, or at the end of the data. It also asks when
    /// no input is left: the end of what was compressed may be on the way out still.
    fn inflate(&mut self, most: usize) -> Result<Vec<u8>, Error> {
        let before = (self.inflate.total_in(), self.inflate.total_out());
        let (input, output) = (self.input.filled(), &mut self.piece[..most.min(PIECE)]);
        let input = &input[..input.len().min(SLICE)];
        let status = self.inflate.decompress(input, output, FlushDecompress::None);
        let consumed = (self.inflate.total_in() - before.0) as usize;
        let written = (self.inflate.total_out() - before.1) as usize;
        let status = status.map_err(|error| self.wrong(&format!("is corrupt: {error}")))?;
        self.count(consumed, written)?;
        self.was_costly = written < consumed;
        if status == Status::StreamEnd {
            self.stage = match self.coding {
                Coding::Gzip => Stage::Trailer,
                Coding::Deflate => Stage::End,
            };
        }
        let bytes = self.piece[..written].to_vec();
        self.decoded.update(&bytes);
        Ok(bytes)
    }

    /// Reads gzip's trailer, if it has come.
    fn check(&mut self) -> Result<(), Error> {
        let Some(trailer) = self.input.filled().first_chunk() else { return Ok(()) };
        if !is_confirmed(*trailer, &self.decoded) {
            return Err(self.wrong("is corrupt: its checksum is another"));
        }
        self.count(TRAILER, 0)?;
        self.stage = Stage::Beginning;
        Ok(())
    }

    fn wrong(&self, what: &str) -> Error {
        let coding = match self.coding {
            Coding::Gzip => "gzip",
            Coding::Deflate => "deflate",
        };
        Error::new(Reason::Coding(format!("the {coding} of the body {what}")))
    }
}

/// Does zlib's frame begin so (RFC 1950)? Bare data never does: it would be a block that is stored, with bits set
/// where it has padding.
fn is_zlib([method, flags]: [u8; 2]) -> bool {
    method & 0x0f == 8 && method >> 4 <= 7 && u16::from_be_bytes([method, flags]) % 31 == 0
}
