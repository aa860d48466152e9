//! The floor of sockets: mio's selector and a loop around it, without tasks.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::SocketAddr,
};

use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};

use super::{BUFFER, Echoes};
use crate::Result;

pub struct Mio;

/// The listener's token; connections have the numbers from 0.
const LISTENER: Token = Token(usize::MAX);

impl Echoes for Mio {
    fn echo(started: impl FnOnce(SocketAddr) + 'static) -> Result<()> {
        let mut poll = Poll::new()?;
        let mut listener = TcpListener::bind("127.0.0.1:0".parse()?)?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        started(listener.local_addr()?);

        let mut events = Events::with_capacity(1024);
        let mut connections: Vec<Option<TcpStream>> = Vec::new();
        let mut buffer = [0; BUFFER];
        loop {
            poll.poll(&mut events, None)?;
            for event in &events {
                if event.token() == LISTENER {
                    accept_all(&listener, &poll, &mut connections)?;
                } else if let Some(stream) = &mut connections[event.token().0]
                    && echo_once(stream, &mut buffer).is_err()
                {
                    connections[event.token().0] = None;
                }
            }
        }
    }
}

fn accept_all(
    listener: &TcpListener,
    poll: &Poll,
    connections: &mut Vec<Option<TcpStream>>,
) -> io::Result<()> {
    loop {
        match listener.accept() {
            Ok((mut stream, _)) => {
                stream.set_nodelay(true)?;
                let token = Token(connections.len());
                poll.registry().register(&mut stream, token, Interest::READABLE)?;
                connections.push(Some(stream));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// One read for each event: a message is smaller than the buffer, and the next one comes with an event of its own.
fn echo_once(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<()> {
    match stream.read(buffer) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(bytes) => stream.write_all(&buffer[..bytes]),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(error),
    }
}
