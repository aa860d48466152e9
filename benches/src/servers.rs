//! The servers of the HTTP workloads: each in a process of its own, on a processor of its own.

#[path = "../../tests/real/src/server.rs"]
mod server;

use std::{
    collections::VecDeque,
    env,
    io::{self, Read, Write},
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};
use slab::Slab;

pub use self::server::Server;
use self::server::{Folder, own_address, program};
use crate::{Result, measure};

/// The pages of [`nginx`], and how long they are.
pub const SMALL: (&str, usize) = ("small", 1024);
pub const LARGE: (&str, usize) = ("large", 1024 * 1024);

/// What [`late`] answers, after so long.
pub const LATE: (&str, usize) = ("late", 64);
const DELAY: Duration = Duration::from_secs(1);

const LISTENER: Token = Token(usize::MAX);

/// nginx, with two pages to give away, as often as one likes over one connection.
pub fn nginx() -> Result<Server> {
    let lines = "keepalive_requests 1000000000; open_file_cache max=10;
                 location = /large { sendfile on; tcp_nopush on; }";
    let files = [SMALL, LARGE].map(|(name, length)| (name, "x".repeat(length)));
    on_its_own_processor(|| {
        server::nginx(lines, &files).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "nginx is not installed: apt install nginx".into(),
            _ => format!("nginx can't be started: {error}").into(),
        })
    })
}

/// A server that answers each request one second later, and closes the connection: [`serve_late`] in a process of
/// its own.
pub fn late() -> Result<Server> {
    let address = own_address();
    let mut command = program(env::current_exe()?);
    command.args(["--serve-late", &address.to_string()]);
    on_its_own_processor(|| Ok(Server::start(&mut command, address, Folder::new(address)?)?))
}

/// Who is started here stays on the second processor; this process is on the first one from now on.
fn on_its_own_processor(start: impl FnOnce() -> Result<Server>) -> Result<Server> {
    measure::stay_on(1).map_err(|error| format!("no second processor for the server: {error}"))?;
    let server = start();
    measure::stay_on(0)?;
    server
}

/// Never returns, unless it fails.
pub fn serve_late(address: SocketAddr) -> Result<()> {
    let listener = std::net::TcpListener::bind(address)?;
    // Ten thousand come at once.
    rustix::net::listen(&listener, 16 * 1024)?;
    listener.set_nonblocking(true)?;
    let mut listener = TcpListener::from_std(listener);
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(1024);
    let mut connections = Slab::new();
    // All wait equally long: who has asked first is answered first.
    let mut due: VecDeque<(Instant, usize)> = VecDeque::new();
    loop {
        let wait = due.front().map(|(when, _)| when.saturating_duration_since(Instant::now()));
        poll.poll(&mut events, wait)?;
        for event in &events {
            if event.token() == LISTENER {
                accept_all(&listener, &poll, &mut connections)?;
                continue;
            }
            let key = event.token().0;
            match connections.get_mut(key).map(request_is_whole) {
                Some(Ok(true)) => due.push_back((Instant::now() + DELAY, key)),
                Some(Err(_)) => drop(connections.try_remove(key)),
                Some(Ok(false)) | None => {}
            }
        }
        while due.front().is_some_and(|(when, _)| *when <= Instant::now()) {
            let (_, key) = due.pop_front().expect("the one that was looked at");
            answer(connections.remove(key));
        }
    }
}

fn accept_all(
    listener: &TcpListener,
    poll: &Poll,
    connections: &mut Slab<TcpStream>,
) -> Result<()> {
    loop {
        match listener.accept() {
            Ok((mut stream, _)) => {
                let entry = connections.vacant_entry();
                let token = Token(entry.key());
                poll.registry().register(&mut stream, token, Interest::READABLE)?;
                entry.insert(stream);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// A request that is sent at once is also received at once, on loopback.
fn request_is_whole(stream: &mut TcpStream) -> io::Result<bool> {
    let mut request = [0; 1024];
    match stream.read(&mut request) {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(length) if request[..length].ends_with(b"\r\n\r\n") => Ok(true),
        Ok(_) => Err(io::ErrorKind::InvalidData.into()),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(error),
    }
}

fn answer(mut stream: TcpStream) {
    let length = LATE.1;
    let reply = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{}",
        "x".repeat(length)
    );
    // Whoever has gone meanwhile misses it.
    let _ = stream.write_all(reply.as_bytes());
}
