//! told: waits-for-the-others

use std::{
    io::{self, BufRead, BufReader, ErrorKind, Write},
    net::{SocketAddr, TcpStream},
};

pub fn wget(hosts: &[(&str, SocketAddr)], print: &mut dyn FnMut(String)) {
    let asked: Vec<_> = hosts.iter().map(|&(host, address)| (host, ask(host, address))).collect();
    for (host, stream) in asked {
        let printed = stream.and_then(|stream| print_head(host, stream, print));
        if let Err(error) = printed {
            print(format!("{host} failed: {error}"));
        }
    }
}

fn ask(host: &str, address: SocketAddr) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(format!("GET / HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes())?;
    Ok(stream)
}

fn print_head(
    host: &str,
    stream: TcpStream,
    print: &mut dyn FnMut(String),
) -> io::Result<()> {
    for line in BufReader::new(stream).lines() {
        let line = line?;
        if line.is_empty() {
            return Ok(());
        }
        print(format!("{host} header > {line}"));
    }
    Err(ErrorKind::UnexpectedEof.into())
}
