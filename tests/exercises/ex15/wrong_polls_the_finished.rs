//! told: panicked

use std::{
    cell::RefCell,
    future::{Future, poll_fn},
    io::{self, Error, ErrorKind, Read, Write},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use mio::{Events, Interest, Registry, Token, net::TcpStream};
pub fn wget(hosts: &[(&str, SocketAddr)], print: &mut dyn FnMut(String)) {
    let mut poll = mio::Poll::new().unwrap();
    let registry = poll.registry().try_clone().unwrap();
    let print = RefCell::new(print);
    let mut left: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = Vec::new();
    for &(name, address) in hosts {
        let (registry, print) = (&registry, &print);
        left.push(Box::pin(async move {
            if let Err(error) = head(name, address, registry, print).await {
                (print.borrow_mut())(format!("{name} failed: {error}"));
            }
        }));
    }
    let mut done = 0;
    let mut events = Events::with_capacity(16);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        for future in &mut left {
            if future.as_mut().poll(&mut context).is_ready() {
                done += 1;
            }
        }
        if done >= left.len() {
            return;
        }
        while let Err(error) = poll.poll(&mut events, None) {
            assert_eq!(error.kind(), ErrorKind::Interrupted);
        }
    }
}

async fn ready<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    poll_fn(|_| match attempt() {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Poll::Pending,
        Err(error) if error.kind() == ErrorKind::NotConnected => Poll::Pending,
        done => Poll::Ready(done),
    })
    .await
}

async fn head(
    name: &str,
    address: SocketAddr,
    registry: &Registry,
    print: &RefCell<&mut dyn FnMut(String)>,
) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    registry.register(&mut stream, Token(7), Interest::READABLE | Interest::WRITABLE)?;
    ready(|| stream.take_error()?.map_or_else(|| stream.peer_addr(), Err)).await?;
    let mut request: io::Cursor<String> = io::Cursor::new(request(name));
    while (request.position() as usize) < request.get_ref().len() {
        let rest = &request.get_ref().as_bytes()[request.position() as usize..];
        let n = ready(|| (&stream).write(rest)).await?;
        request.set_position(request.position() + n as u64);
    }
    let (mut text, mut buffer) = (Vec::new(), vec![0; 100_000]);
    loop {
        match ready(|| (&stream).read(&mut buffer)).await? {
            0 => return Err(Error::other("closed early")),
            n => text.extend_from_slice(&buffer[..n]),
        }
        while let Some(end) = text.iter().position(|&byte| byte == b'\n') {
            let rest = text.split_off(end + 1);
            text.truncate(end);
            let line = std::mem::replace(&mut text, rest);
            match line.strip_suffix(b"\r").unwrap_or(&line) {
                b"" => return Ok(()),
                line => {
                    let line = String::from_utf8_lossy(line);
                    (print.borrow_mut())(format!("{name} header > {line}"));
                }
            }
        }
    }
}

fn request(name: &str) -> String {
    ["GET / HTTP/1.0", &format!("Host: {name}"), "", ""].join("\r\n")
}
