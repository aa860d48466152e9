//! The frame that gzip puts around compressed data: a header before it, a check behind it (RFC 1952).

use flate2::Crc;

/// The check behind the data: a checksum of what it decodes to, and its length.
pub(super) const TRAILER: usize = 8;

/// The longest header. Only a name and a comment can make it longer than a few bytes.
const LONGEST_HEADER: usize = 16 * 1024;

/// The first bytes: the mark of gzip, and deflate, the only method that there is.
const BEGINNING: [u8; 3] = [0x1f, 0x8b, 8];

// The flags: what else is in the header.
const CHECKSUM: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;

/// How long the header is with which these bytes begin; `None`, if it is not whole yet. What it says, such as the
/// name of a file, does not matter here.
pub(super) fn header_length(bytes: &[u8]) -> Result<Option<usize>, &'static str> {
    if !bytes.iter().zip(BEGINNING).all(|(byte, expected)| *byte == expected) {
        return Err("no gzip where it should begin");
    }
    if bytes.get(3).is_some_and(|flags| flags & RESERVED != 0) {
        return Err("a header with unknown flags");
    }
    match end_of_header(bytes) {
        None if bytes.len() > LONGEST_HEADER => Err("a header too long"),
        end => Ok(end.filter(|end| *end <= bytes.len())),
    }
}

fn end_of_header(bytes: &[u8]) -> Option<usize> {
    let flags = *bytes.get(3)?;
    let mut end = 10;
    if flags & EXTRA != 0 {
        let length = bytes.get(end..)?.first_chunk()?;
        end += 2 + usize::from(u16::from_le_bytes(*length));
    }
    for flag in [NAME, COMMENT] {
        if flags & flag != 0 {
            end += 1 + bytes.get(end..)?.iter().position(|byte| *byte == 0)?;
        }
    }
    if flags & CHECKSUM != 0 {
        end += 2;
    }
    Some(end)
}

/// Does the trailer say what has been decoded?
pub(super) fn is_confirmed(trailer: [u8; TRAILER], decoded: &Crc) -> bool {
    let [sum, length] = [decoded.sum(), decoded.amount()].map(u32::to_le_bytes);
    trailer[..4] == sum && trailer[4..] == length
}
