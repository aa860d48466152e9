//! The head of a reply: its first line and its fields (RFC 9112).

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};

use super::{
    Error, Reason,
    connection::{Connection, Patience},
};

/// The longest head, in bytes, and the most fields in it.
const LONGEST: usize = 64 * 1024;
const MOST_FIELDS: usize = 100;

/// How many interim replies (1xx) may come before the one that counts.
const MOST_INTERIM: usize = 100;

/// What comes before the body.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) version: Version,
    pub(super) status: StatusCode,
    pub(super) reason: String,
    pub(super) headers: HeaderMap,
}

/// Reads the head of the reply that counts. The interim ones before it are skipped; but 101 is the last that is said in
/// HTTP on its connection, and no other reply would ever come.
pub(super) async fn read_head(
    connection: &mut Connection,
    patience: &Patience,
) -> Result<Head, Error> {
    for _ in 0..MOST_INTERIM {
        let head = read_one(connection, patience).await?;
        if !head.status.is_informational() || head.status == StatusCode::SWITCHING_PROTOCOLS {
            return Ok(head);
        }
    }
    Err(Error::protocol(format!("more than {MOST_INTERIM} interim replies")))
}

async fn read_one(connection: &mut Connection, patience: &Patience) -> Result<Head, Error> {
    // Where it begins, behind empty lines; and where the search for its end goes on: what was searched before
    // has none.
    let (mut begin, mut searched) = (0, 0);
    loop {
        let filled = connection.buffer.filled();
        begin += filled[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        // Another protocol's greeting has no end of a head that could be waited for.
        if !filled[begin..].iter().zip(b"HTTP/").all(|(byte, expected)| byte == expected) {
            return Err(Error::protocol("it does not begin with HTTP/"));
        }
        if let Some(end) = end_of_head(filled, searched.max(begin)) {
            let head = parse(&filled[..end.min(LONGEST + 1)]);
            connection.buffer.consume(end);
            return head;
        }
        if filled.len() > LONGEST {
            return Err(Error::protocol(format!("its head is longer than {LONGEST} bytes")));
        }
        searched = filled.len().saturating_sub(3);
        let came = match connection.fill(None, "reading the head of the reply", patience).await {
            Err(error) if error.is_cut() => 0,
            filled => filled?,
        };
        if came == 0 {
            return Err(match connection.buffer.is_empty() {
                true => Error::new(Reason::NoReply),
                false => Error::protocol("it ended in the middle of its head"),
            });
        }
    }
}

/// The place after the empty line, if it has come. A line end without `\r` is accepted, too.
fn end_of_head(bytes: &[u8], mut from: usize) -> Option<usize> {
    loop {
        from += bytes[from..].iter().position(|byte| *byte == b'\n')? + 1;
        match bytes[from..] {
            [b'\n', ..] => return Some(from + 1),
            [b'\r', b'\n', ..] => return Some(from + 2),
            _ => {}
        }
    }
}

fn parse(bytes: &[u8]) -> Result<Head, Error> {
    if bytes.len() > LONGEST {
        return Err(Error::protocol(format!("its head is longer than {LONGEST} bytes")));
    }
    // The values of the fields are pieces of this one copy.
    let bytes = Bytes::copy_from_slice(bytes);
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut reply = httparse::Response::new(&mut fields);
    let mut parser = httparse::ParserConfig::default();
    parser.allow_obsolete_multiline_headers_in_responses(true);
    // `Content-Length : 5`. Two programs that read it differently would be a danger, so a proxy has to take out the
    // blank (RFC 9112, section 5.1). But nobody reads a reply after its client.
    parser.allow_spaces_after_header_name_in_responses(true);
    match parser.parse_response(&mut reply, &bytes) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err(Error::protocol("its head is not whole")),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(Error::protocol(format!("it has more than {MOST_FIELDS} header fields")));
        }
        Err(error @ (httparse::Error::HeaderName | httparse::Error::HeaderValue)) => {
            return Err(Error::protocol(format!("{error} in its header fields")));
        }
        Err(error) => return Err(Error::protocol(format!("{error}: {}", first_line(&bytes)))),
    }
    let status = StatusCode::from_u16(reply.code.unwrap_or_default());
    let mut head = Head {
        version: if reply.version == Some(0) { Version::HTTP_10 } else { Version::HTTP_11 },
        status: status
            .map_err(|_| Error::protocol(format!("no status: {}", first_line(&bytes))))?,
        reason: reason(reply.reason, &bytes),
        headers: HeaderMap::with_capacity(reply.headers.len()),
    };
    for field in reply.headers.iter() {
        let wrong = || Error::protocol(format!("the header field {:?}", field.name));
        let name = HeaderName::from_bytes(field.name.as_bytes()).map_err(|_| wrong())?;
        let value = match unfold(field.value) {
            Cow::Borrowed(value) => HeaderValue::from_maybe_shared(bytes.slice_ref(value)),
            Cow::Owned(joined) => HeaderValue::try_from(joined),
        };
        head.headers.append(name, value.map_err(|_| wrong())?);
    }
    Ok(head)
}

/// What stands behind the status. httparse has it only where it is in ASCII.
fn reason(parsed: Option<&str>, bytes: &[u8]) -> String {
    if let Some(reason) = parsed.filter(|reason| !reason.is_empty()) {
        return reason.trim_ascii().to_string();
    }
    let behind_status = line_of(bytes).get("HTTP/1.1 200 ".len()..).unwrap_or_default();
    String::from_utf8_lossy(behind_status.trim_ascii()).into_owned()
}

/// Joins a value that was continued on further lines (obs-fold, RFC 9112, section 5.2) by one space each.
fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.contains(&b'\n') {
        return value.trim_ascii().into();
    }
    let lines = value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(&b' ').into()
}

/// Some of it, for readers.
fn first_line(bytes: &[u8]) -> String {
    let line = line_of(bytes);
    let line = &line[..line.len().min(60)];
    format!("\"{}\"", line.trim_ascii_end().escape_ascii())
}

fn line_of(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_start().split(|byte| *byte == b'\n').next().unwrap_or_default()
}
