//! The load on an echo server: a bare mio program, in a process and on a processor of its own, the same for all.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{self, SocketAddr},
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token, net::TcpStream};

use crate::{Result, measure};

pub const CONNECTIONS: usize = 64;

const MESSAGE: [u8; 64] = [b'.'; 64];

/// How long a server may keep silent. One that hangs is no reason to hang as well.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection, on which one message is under way.
struct Connection {
    stream: TcpStream,
    /// What has come back of it.
    answer: [u8; MESSAGE.len()],
    received: usize,
    trips: u64,
}

impl Connection {
    fn to(address: SocketAddr, trips: u64) -> io::Result<Connection> {
        let stream = net::TcpStream::connect(address)?;
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let stream = TcpStream::from_std(stream);
        Ok(Connection { stream, answer: MESSAGE, received: 0, trips })
    }

    fn send(&mut self) -> io::Result<()> {
        (self.answer, self.received) = ([0; MESSAGE.len()], 0);
        self.stream.write_all(&MESSAGE)
    }

    /// Takes what has come. After a whole answer the next message is sent, or this was the last: `true`.
    fn receive(&mut self) -> Result<bool> {
        match self.stream.read(&mut self.answer[self.received..]) {
            Ok(0) => return Err("the server closed a connection".into()),
            Ok(bytes) => self.received += bytes,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        if self.received < MESSAGE.len() {
            return Ok(false);
        }
        if self.answer != MESSAGE {
            return Err("the server sent something else back".into());
        }
        self.trips -= 1;
        if self.trips == 0 {
            return Ok(true);
        }
        self.send()?;
        Ok(false)
    }
}

/// So many trips, there and back, shared out among the connections. Prints how many seconds they took.
pub fn run(address: SocketAddr, trips: u64) -> Result<()> {
    measure::stay_on(1).map_err(|error| format!("a load needs a second processor: {error}"))?;
    let trips = trips / CONNECTIONS as u64;
    let mut poll = Poll::new()?;
    let mut connections = Vec::new();
    for number in 0..CONNECTIONS {
        let mut connection = Connection::to(address, trips)?;
        poll.registry().register(&mut connection.stream, Token(number), Interest::READABLE)?;
        connections.push(connection);
    }

    let start = Instant::now();
    for connection in &mut connections {
        connection.send()?;
    }
    let mut events = Events::with_capacity(CONNECTIONS);
    let mut unfinished = CONNECTIONS;
    while unfinished > 0 {
        poll.poll(&mut events, Some(PATIENCE))?;
        if events.is_empty() {
            return Err(format!("the server did not answer for {PATIENCE:?}").into());
        }
        for event in &events {
            unfinished -= usize::from(connections[event.token().0].receive()?);
        }
    }
    println!("{}", start.elapsed().as_secs_f64());
    Ok(())
}
