//! told: one-too-many

use std::{
    io::{self, ErrorKind, Read, Write},
    net::SocketAddr,
};

use mio::{Events, Interest, Poll, Token, net::TcpStream};
pub fn wget(hosts: &[(&str, SocketAddr)], print: &mut dyn FnMut(String)) {
    let mut poll = Poll::new().unwrap();
    let mut open = Vec::new();
    let mut unfinished = 0;
    for (at, &(name, address)) in hosts.iter().enumerate() {
        let both = Interest::READABLE | Interest::WRITABLE;
        let host = TcpStream::connect(address).and_then(|mut stream| {
            poll.registry().register(&mut stream, Token(at), both)?;
            let unsent = format!("GET / HTTP/1.0\r\nHost: {name}\r\n\r\n").into_bytes();
            Ok(Host { stream, unsent, line: Vec::new() })
        });
        match host {
            Ok(host) => {
                unfinished += 1;
                open.push(Some(host));
            }
            Err(error) => {
                print(format!("{name} failed: {error}"));
                open.push(None);
            }
        }
    }
    let mut events = Events::with_capacity(1);
    while unfinished > 0 {
        if poll.poll(&mut events, None).is_err() {
            continue;
        }
        for event in &events {
            let Token(at) = event.token();
            let Some(host) = &mut open[at] else { continue };
            match host.advance(&mut |line| print(format!("{} header > {line}", hosts[at].0))) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => print(format!("{} failed: {error}", hosts[at].0)),
                Ok(()) => {}
            }
            unfinished -= 1;
        }
    }
}

struct Host {
    stream: TcpStream,
    unsent: Vec<u8>,
    line: Vec<u8>,
}

impl Host {
    fn advance(&mut self, print: &mut dyn FnMut(&str)) -> io::Result<()> {
        if let Some(error) = self.stream.take_error()? {
            return Err(error);
        }
        if self.stream.peer_addr().is_err() {
            return Err(ErrorKind::WouldBlock.into());
        }
        while !self.unsent.is_empty() {
            let n = self.stream.write(&self.unsent)?;
            self.unsent.drain(..n);
        }
        let mut byte = [0];
        while self.stream.read(&mut byte)? > 0 {
            if byte != *b"\n" {
                self.line.push(byte[0]);
                continue;
            }
            let line = String::from_utf8_lossy(&self.line).into_owned();
            self.line.clear();
            match line.strip_suffix('\r').unwrap_or(&line) {
                "" => return Ok(()),
                line => print(line),
            }
        }
        Err(ErrorKind::UnexpectedEof.into())
    }
}
