//! told: one-at-a-time

use std::{
    io::{self, BufRead, BufReader, ErrorKind, Write},
    net::{SocketAddr, TcpStream},
};

pub fn wget(hosts: &[(&str, SocketAddr)], print: &mut dyn FnMut(String)) {
    for (host, address) in hosts {
        if let Err(error) = print_head(host, *address, print) {
            print(format!("{host} failed: {error}"));
        }
    }
}

fn print_head(host: &str, address: SocketAddr, print: &mut dyn FnMut(String)) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(format!("GET / HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes())?;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        if line.is_empty() {
            return Ok(());
        }
        print(format!("{host} header > {line}"));
    }
    Err(ErrorKind::UnexpectedEof.into())
}
