//! A GET by hand, on mio alone: the reply ends where the connection does.

use std::{
    env,
    error::Error,
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
};

use httparse::{EMPTY_HEADER, Response};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    // That it is under way is what is wanted, and comes as an error.
    let _under_way = socket.connect(&SockAddr::from(address));
    Ok(TcpStream::from_std(socket.into()))
}

fn get(host: &str, path: &str) -> Result<String, Box<dyn Error>> {
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(8));
    let mut stream = connect(host.parse()?)?;
    poll.registry().register(&mut stream, Token(0), Interest::READABLE | Interest::WRITABLE)?;
    let request = format!("GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n");
    let (mut unsent, mut reply) = (request.as_bytes(), Vec::new());
    let done = loop {
        poll.poll(&mut events, None)?;
        if !unsent.is_empty() && events.iter().any(|event| event.is_writable()) {
            stream.take_error()?.map_or(Ok(()), Err)?;
            match stream.write(unsent) {
                Ok(sent) => unsent = &unsent[sent..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => break Err(error),
            }
        }
        match stream.read_to_end(&mut reply) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            other => break other,
        }
    };
    done?;

    let mut headers = [EMPTY_HEADER; 64];
    let mut head = Response::new(&mut headers);
    let length = head.parse(&reply)?;
    match (length.is_complete(), head.code) {
        (true, Some(200)) => Ok(String::from_utf8_lossy(&reply[length.unwrap()..]).into_owned()),
        (_, status) => Err(format!("status {status:?}").into()),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let url = env::args().nth(1).expect("a URL");
    let address = url.strip_prefix("http://").ok_or("only http")?;
    let (host, path) = address.split_once('/').ok_or("no path")?;
    print!("{}", get(host, path)?);
    Ok(())
}
