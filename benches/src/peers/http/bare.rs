//! The floor: an HTTP client on mio alone, one state machine a connection.

use std::io::{self, Read, Write};

use mio::{Events, Interest, Poll, Token, event::Event, net::TcpStream};

use super::Load;
use crate::Result;

/// One buffer for all: a reply is counted while it is in there.
const ROOM: usize = 128 * 1024;

/// Gets the pages over connections that are kept.
pub fn get(load: &Load) -> Result<()> {
    all_at_once(load, load.request_to_keep(), true)
}

/// Gets each page over a connection of its own, which the server closes.
pub fn get_and_close(load: &Load) -> Result<()> {
    all_at_once(load, load.request_to_close(), false)
}

struct Connection {
    stream: TcpStream,
    is_connected: bool,
    /// How many pages are still to come over it, or over those that take its place.
    pages: u64,
    reply: Reply,
}

enum Reply {
    /// What has come of the head, as long as it is not whole.
    Head(Vec<u8>),
    /// How much of the body is still to come.
    Body(usize),
}

struct Client<'a> {
    load: &'a Load,
    request: Vec<u8>,
    is_kept: bool,
    poll: Poll,
    room: Vec<u8>,
}

fn all_at_once(load: &Load, request: Vec<u8>, is_kept: bool) -> Result<()> {
    let mut client = Client { load, request, is_kept, poll: Poll::new()?, room: vec![0; ROOM] };
    let mut connections = Vec::new();
    for token in 0..load.at_once as usize {
        connections.push(client.connect(Token(token), load.times_each())?);
    }
    let mut events = Events::with_capacity(1024);
    let mut busy = connections.len();
    while busy > 0 {
        client.poll.poll(&mut events, None)?;
        for event in &events {
            let connection = &mut connections[event.token().0];
            if connection.pages > 0 {
                client.go_on(connection, event)?;
                busy -= usize::from(connection.pages == 0);
            }
        }
    }
    Ok(())
}

impl Client<'_> {
    fn connect(&self, token: Token, pages: u64) -> io::Result<Connection> {
        let mut stream = TcpStream::connect(self.load.address)?;
        let both = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream, token, both)?;
        Ok(Connection { stream, is_connected: false, pages, reply: Reply::Head(Vec::new()) })
    }

    fn go_on(&mut self, connection: &mut Connection, event: &Event) -> io::Result<()> {
        if !connection.is_connected {
            if let Some(error) = connection.stream.take_error()? {
                return Err(error);
            }
            connection.is_connected = true;
            connection.stream.set_nodelay(true)?;
            return connection.stream.write_all(&self.request);
        }
        loop {
            let count = match connection.stream.read(&mut self.room) {
                Ok(0) if self.is_kept => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(0) => return self.next_connection(connection, event.token()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            let is_whole = connection.reply.take_in(&self.room[..count], self.load)?;
            if is_whole && self.is_kept {
                // Nothing else can come until the next request is sent: no need to try.
                return self.next_request(connection);
            }
            // All was read; what comes later is another event.
            if count < self.room.len() && !event.is_read_closed() {
                return Ok(());
            }
        }
    }

    fn next_request(&self, connection: &mut Connection) -> io::Result<()> {
        connection.pages -= 1;
        connection.reply = Reply::Head(Vec::new());
        match connection.pages {
            0 => Ok(()),
            _ => connection.stream.write_all(&self.request),
        }
    }

    fn next_connection(&self, connection: &mut Connection, token: Token) -> io::Result<()> {
        if !matches!(connection.reply, Reply::Body(0)) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        connection.pages -= 1;
        if connection.pages > 0 {
            *connection = self.connect(token, connection.pages)?;
        }
        Ok(())
    }
}

impl Reply {
    /// Takes in what has come. Is the reply whole?
    fn take_in(&mut self, bytes: &[u8], load: &Load) -> io::Result<bool> {
        let left = match self {
            Reply::Body(left) => left.checked_sub(bytes.len()),
            // As a rule the head comes whole, and need not be copied.
            Reply::Head(before) if before.is_empty() => match length_of_head(bytes, load)? {
                Some(head) => load.length.checked_sub(bytes.len() - head),
                None => {
                    before.extend_from_slice(bytes);
                    return Ok(false);
                }
            },
            Reply::Head(before) => {
                before.extend_from_slice(bytes);
                match length_of_head(before, load)? {
                    Some(head) => load.length.checked_sub(before.len() - head),
                    None => return Ok(false),
                }
            }
        };
        let left = left.ok_or_else(|| io::Error::other("more than the page"))?;
        *self = Reply::Body(left);
        Ok(left == 0)
    }
}

/// How long the head is, if it is whole; and it must be the one of the page.
fn length_of_head(bytes: &[u8], load: &Load) -> io::Result<Option<usize>> {
    let mut fields = [httparse::EMPTY_HEADER; 16];
    let mut reply = httparse::Response::new(&mut fields);
    let httparse::Status::Complete(length) = reply.parse(bytes).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let field = reply.headers.iter().find(|it| it.name.eq_ignore_ascii_case("content-length"));
    let said = field.and_then(|field| str::from_utf8(field.value).ok()?.parse().ok());
    load.check(said.unwrap_or(0))?;
    match reply.code {
        Some(200) => Ok(Some(length)),
        _ => Err(io::Error::other("a reply other than 200")),
    }
}
