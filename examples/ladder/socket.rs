//! The operations on a socket, each counted. What can't be done now answers `WouldBlock`; only on the sockets
//! of step 1, which may block, does it wait.

use std::{
    io::{self, Read, Write},
    net::SocketAddr,
};

use mio::net::TcpStream;

use super::counters;

/// Begins to connect, and says nothing of the end: ask [`connected`].
pub fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    counters::tried(TcpStream::connect(address))
}

/// Is the connection made?
///
/// That the socket is writable does not say so: a refused one is writable, too. Hence first the error is
/// asked for, then the peer, since a socket without an error may still be on its way.
pub fn connected(stream: &TcpStream) -> io::Result<()> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    counters::tried(match stream.peer_addr() {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => {
            Err(io::ErrorKind::WouldBlock.into())
        }
        peer => peer.map(drop),
    })
}

/// Sends what the socket takes of this. Returns how much that was.
pub fn send(mut stream: impl Write, bytes: &[u8]) -> io::Result<usize> {
    counters::tried(stream.write(bytes))
}

/// Adds what has come to the answer. Returns how much that was; 0 is the end.
pub fn receive(mut stream: impl Read, answer: &mut Vec<u8>) -> io::Result<usize> {
    let mut buffer = [0; 4096];
    let length = counters::read(stream.read(&mut buffer))?;
    answer.extend_from_slice(&buffer[..length]);
    Ok(length)
}

pub fn would_block<T>(result: &io::Result<T>) -> bool {
    result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}
