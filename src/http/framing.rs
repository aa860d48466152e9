//! Where a body ends: by its length, by its last chunk, or with the connection (RFC 9112, section 6).

use http::{
    HeaderMap, Method, StatusCode,
    header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING},
};

use super::{Error, head::Head};
use crate::streams::Buffer;

/// The longest line of a chunk's size, with its extensions; and all trailers together.
const LONGEST_LINE: usize = 16 * 1024;

/// What is still to come of a body.
#[derive(Debug, PartialEq)]
pub(super) enum Framing {
    /// There is none, whatever the head says of one.
    Absent,
    /// This number of bytes.
    Length(u64),
    Chunked(Chunk),
    /// All that comes until the server closes the connection.
    ToEnd,
}

/// What comes next in a chunked body.
#[derive(Debug, PartialEq)]
pub(super) enum Chunk {
    Size,
    /// This number of bytes of the chunk, then the end of its line.
    Data(u64),
    EndOfData,
    /// Fields behind the last chunk, of which so many bytes have come. They are discarded.
    Trailers(usize),
    Done,
}

/// What a step through the buffer has brought.
pub(super) enum Step {
    /// So many bytes at the start of the buffer belong to the body.
    Bytes(usize),
    /// More has to be read.
    More,
    /// The body is whole.
    Done,
}

impl Framing {
    /// How the body of this reply is framed.
    pub(super) fn of(method: &Method, head: &Head) -> Result<Framing, Error> {
        let has_none = method == Method::HEAD
            || matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || is_last_in_http(method, head);
        if has_none {
            return Ok(Framing::Absent);
        }
        if is_chunked(&head.headers)? {
            return Ok(Framing::Chunked(Chunk::Size));
        }
        let mut lengths = head.headers.get_all(CONTENT_LENGTH).iter().map(content_length);
        let Some(length) = lengths.next().transpose()? else { return Ok(Framing::ToEnd) };
        for other in lengths {
            if other? != length {
                return Err(Error::protocol("several values of Content-Length"));
            }
        }
        Ok(Framing::Length(length))
    }

    /// Is all of the body there?
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Framing::Absent | Framing::Length(0) | Framing::Chunked(Chunk::Done))
    }

    /// How many bytes are still to come, where that is known.
    pub(super) fn remaining(&self) -> Option<u64> {
        match self {
            Framing::Absent => Some(0),
            Framing::Length(left) => Some(*left),
            Framing::Chunked(_) | Framing::ToEnd => None,
        }
    }

    /// So many bytes of the body, whose length is known, were read past the buffer.
    pub(super) fn take(&mut self, bytes: usize) {
        if let Framing::Length(left) = self {
            *left -= bytes as u64;
        }
    }

    /// Goes on with what is in the buffer, as far as at most `most` bytes of the body.
    pub(super) fn step(&mut self, buffer: &mut Buffer, most: usize) -> Result<Step, Error> {
        loop {
            let available = buffer.len().min(most);
            match self {
                Framing::Absent => return Ok(Step::Done),
                _ if self.is_done() => return Ok(Step::Done),
                Framing::ToEnd | Framing::Length(_) if available == 0 => return Ok(Step::More),
                Framing::ToEnd => return Ok(Step::Bytes(available)),
                Framing::Length(left) => {
                    let bytes = available.min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= bytes as u64;
                    return Ok(Step::Bytes(bytes));
                }
                Framing::Chunked(Chunk::Data(left)) => {
                    if available == 0 {
                        return Ok(Step::More);
                    }
                    let bytes = available.min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= bytes as u64;
                    if *left == 0 {
                        *self = Framing::Chunked(Chunk::EndOfData);
                    }
                    return Ok(Step::Bytes(bytes));
                }
                Framing::Chunked(chunk) => match chunk.next(buffer)? {
                    Some(next) => *chunk = next,
                    None => return Ok(Step::More),
                },
            }
        }
    }
}

impl Chunk {
    /// What comes after the line that is next in the buffer; `None`, if it is not whole yet.
    fn next(&self, buffer: &mut Buffer) -> Result<Option<Chunk>, Error> {
        // What should be an empty line need not come to its end to be wrong.
        let begins_empty =
            buffer.filled().iter().zip(b"\r\n").all(|(byte, expected)| byte == expected);
        if *self == Chunk::EndOfData && !begins_empty {
            return Err(Error::protocol("a chunk that is longer than its size"));
        }
        let within = &buffer.filled()[..buffer.len().min(LONGEST_LINE)];
        let Some(end) = within.iter().position(|byte| *byte == b'\n') else {
            return match within.len() == LONGEST_LINE {
                true => Err(Error::protocol("a chunk's line too long")),
                false => Ok(None),
            };
        };
        let Some(line) = buffer.filled()[..end].strip_suffix(b"\r") else {
            return Err(Error::protocol("a line of a chunk that does not end with CR LF"));
        };
        let next = match self {
            Chunk::Size => match size(line)? {
                0 => Chunk::Trailers(0),
                size => Chunk::Data(size),
            },
            Chunk::EndOfData => Chunk::Size,
            Chunk::Trailers(_) if line.is_empty() => Chunk::Done,
            Chunk::Trailers(before) if before + end > LONGEST_LINE => {
                return Err(Error::protocol("trailers too long"));
            }
            Chunk::Trailers(before) => Chunk::Trailers(before + end),
            Chunk::Data(_) | Chunk::Done => return Ok(None),
        };
        buffer.consume(end + 1);
        Ok(Some(next))
    }
}

/// A size in hexadecimal; extensions behind a `;` are ignored. (httparse has a function for this, to which
/// an empty line is a size of 0: it would end the body.)
fn size(line: &[u8]) -> Result<u64, Error> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii_end();
    let wrong = || Error::protocol(format!("a chunk's size of \"{}\"", shown(line)));
    let all_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(digits).ok().filter(|_| all_digits && digits.len() <= 16);
    text.and_then(|text| u64::from_str_radix(text, 16).ok()).ok_or_else(wrong)
}

/// Does the body come in chunks? `identity`, which old servers say, means that nothing was done to it.
fn is_chunked(headers: &HeaderMap) -> Result<bool, Error> {
    if !headers.contains_key(TRANSFER_ENCODING) {
        return Ok(false);
    }
    let said: Vec<_> = tokens(headers, TRANSFER_ENCODING.as_str()).collect();
    let is_any = |coding: &str| said.iter().any(|it| it.eq_ignore_ascii_case(coding));
    match said.len() {
        1 if is_any("chunked") => Ok(true),
        1 if is_any("identity") => Ok(false),
        _ => Err(Error::protocol(format!("a transfer coding of {said:?}"))),
    }
}

/// Is this the last that is said in HTTP on its connection? What follows is another protocol's, or another server's.
fn is_last_in_http(method: &Method, head: &Head) -> bool {
    head.status == StatusCode::SWITCHING_PROTOCOLS
        || (method == Method::CONNECT && head.status.is_success())
}

/// Digits and nothing else. The same length said twice (`5, 5`) is forgiven.
fn content_length(value: &http::HeaderValue) -> Result<u64, Error> {
    let wrong = || Error::protocol(format!("a Content-Length of \"{}\"", shown(value.as_bytes())));
    let mut lengths = value.as_bytes().split(|byte| *byte == b',').map(|length| {
        let digits = length.trim_ascii();
        let all_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        let text = std::str::from_utf8(digits).ok().filter(|_| all_digits);
        text.and_then(|text| text.parse::<u64>().ok())
    });
    let first = lengths.next().flatten().ok_or_else(wrong)?;
    match lengths.all(|length| length == Some(first)) {
        true => Ok(first),
        false => Err(wrong()),
    }
}

fn shown(bytes: &[u8]) -> String {
    bytes[..bytes.len().min(40)].escape_ascii().to_string()
}

/// May the connection be used again, once the body has been read?
pub(super) fn is_kept_alive(method: &Method, head: &Head, framing: &Framing) -> bool {
    let says = |word| connection_says(&head.headers, word);
    let ambiguous = head.headers.contains_key(TRANSFER_ENCODING)
        && (head.headers.contains_key(CONTENT_LENGTH) || head.version == http::Version::HTTP_10);
    let wished = match head.version {
        http::Version::HTTP_10 => says("keep-alive") && !says("close"),
        _ => !says("close"),
    };
    wished && !ambiguous && *framing != Framing::ToEnd && !is_last_in_http(method, head)
}

/// Is this word in the `Connection` header?
pub(super) fn connection_says(headers: &HeaderMap, word: &str) -> bool {
    tokens(headers, CONNECTION.as_str()).any(|token| token.eq_ignore_ascii_case(word))
}

/// The members of a list in a header: `a, b` in one field or in two.
pub(super) fn tokens<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|token| !token.is_empty())
}
