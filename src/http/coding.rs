//! The coding of a body: what a server has compressed becomes again what it was, piece by piece.
//!
//! A little that comes may become much, a thousand times as much. So no more is decoded than is asked for, and
//! nothing is read before what has come is used up.

use flate2::{Crc, Decompress, FlushDecompress, Status};
use http::{StatusCode, header::CONTENT_ENCODING};

use super::{
    Error, Reason,
    framing::tokens,
    gzip::{TRAILER, header_length, is_confirmed},
    head::Head,
};
use crate::streams::Buffer;

/// How much is decoded at once, at most.
const PIECE: usize = 32 * 1024;

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
        })
    }

    /// Takes what has come; nothing means that no more will.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.has_all |= bytes.is_empty();
        self.input.extend(bytes);
    }

    /// The next bytes, at least one and at most so many; none at the end. `None`, if more has to come first.
    pub(super) fn next(&mut self, most: usize) -> Result<Option<Vec<u8>>, Error> {
        loop {
            let stage = self.stage;
            match stage {
                Stage::Beginning => self.begin()?,
                Stage::Data => {
                    let bytes = self.inflate(most)?;
                    if !bytes.is_empty() {
                        return Ok(Some(bytes));
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
                false => Ok(None),
                true if may_end => Ok(Some(Vec::new())),
                true => Err(self.wrong("ends too early")),
            };
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
                self.input.consume(length);
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
        let room = most.min(PIECE);
        loop {
            let before = (self.inflate.total_in(), self.inflate.total_out());
            let (input, output) = (self.input.filled(), &mut self.piece[..room]);
            let status = self.inflate.decompress(input, output, FlushDecompress::None);
            let consumed = (self.inflate.total_in() - before.0) as usize;
            let written = (self.inflate.total_out() - before.1) as usize;
            let status = status.map_err(|error| self.wrong(&format!("is corrupt: {error}")))?;
            self.input.consume(consumed);
            if status == Status::StreamEnd {
                self.stage = match self.coding {
                    Coding::Gzip => Stage::Trailer,
                    Coding::Deflate => Stage::End,
                };
            }
            if written > 0 || consumed == 0 || status == Status::StreamEnd {
                let bytes = self.piece[..written].to_vec();
                self.decoded.update(&bytes);
                return Ok(bytes);
            }
        }
    }

    /// Reads gzip's trailer, if it has come.
    fn check(&mut self) -> Result<(), Error> {
        let Some(trailer) = self.input.filled().first_chunk() else { return Ok(()) };
        if !is_confirmed(*trailer, &self.decoded) {
            return Err(self.wrong("is corrupt: its checksum is another"));
        }
        self.input.consume(TRAILER);
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
