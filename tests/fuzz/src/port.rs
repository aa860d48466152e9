//! A port of the loopback at which connections are made, and after a thousand of them another one: the system keeps
//! the ends of connections for a minute, and looks through all that it has of a port.

use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
};

use glassloop::yield_now;

const CONNECTIONS: usize = 1_000;

pub struct Port {
    listener: TcpListener,
    taken: usize,
}

impl Port {
    pub fn new() -> Port {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
        listener.set_nonblocking(true).expect("it is a socket");
        Port { listener, taken: 0 }
    }

    /// Where to connect to, once.
    pub fn address(&mut self) -> SocketAddr {
        self.taken += 1;
        if self.taken > CONNECTIONS {
            *self = Port::new();
        }
        self.listener.local_addr().expect("it is bound")
    }

    /// The peer of the next connection. What it says goes out at once.
    pub async fn accept(&self) -> io::Result<TcpStream> {
        loop {
            match self.listener.accept() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => yield_now().await,
                accepted => {
                    let (peer, _) = accepted?;
                    peer.set_nodelay(true)?;
                    return Ok(peer);
                }
            }
        }
    }
}
