//! A server that the test plays itself, on the client's thread, word by word.
//!
//! Its sockets are std's, and no business of the loop: what the loop counts is the client's alone. Where it waits
//! it lets the loop turn, so that virtual time stands still meanwhile.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use glassloop::{
    Counters, EventLoop, Task, create_task, get_event_loop, http::*, timeout, yield_now,
};
use socket2::SockRef;

use crate::common::assert_nothing_left;

/// A reply after which the connection may be used again.
pub const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// For so long a loop really waits for a byte that a busy machine has not delivered, before its time jumps.
const GRACE: Duration = Duration::from_millis(50);

/// Runs on a loop of its own, which must hold nothing afterwards. Time is virtual: what hangs is over at once.
pub fn run<F: Future>(future: F) -> F::Output {
    let builder = EventLoop::builder().unwatched().virtual_time().grace(GRACE);
    let event_loop = builder.build().unwrap();
    let limited = timeout(Duration::from_secs(3600), future);
    let output = event_loop.run_until_complete(limited).expect("it does not hang");
    assert_nothing_left(&event_loop);
    output
}

/// What the running loop holds of the client.
pub fn counters() -> Counters {
    get_event_loop().counters()
}

/// Lets the loop turn until something is there. On one thread, all that can come comes after some turns.
pub async fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..100_000 {
        match look() {
            Some(found) => return found,
            None => yield_now().await,
        }
    }
    panic!("it never came");
}

/// Lets the client go on as far as it gets by itself; then it must wait for so many directions of sockets.
pub async fn until_waiting(directions: usize) {
    // The loop looks at its sockets after 64 polls at the latest, and these are some more.
    for _ in 0..200 {
        yield_now().await;
    }
    assert_eq!(counters().waiting, directions);
}

pub type Asking = Task<Result<Response, Error>>;

/// Has a request under way.
pub fn ask(request: Request) -> Asking {
    create_task(request.send())
}

/// The body of a response that must come.
pub async fn body_of(asking: Asking) -> String {
    asking.await.unwrap().unwrap().text().await.unwrap()
}

/// What went wrong, without the URL, in which there is a port.
pub fn said(error: &Error) -> String {
    let text = error.to_string();
    match error.url() {
        Some(url) => text.replacen(&format!("{url}: "), "", 1),
        None => text,
    }
}

/// A server at an address of its own.
pub struct Server {
    listener: TcpListener,
    pub address: SocketAddr,
}

impl Server {
    pub fn new() -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        Server { listener, address }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next connection.
    pub async fn accept(&self) -> Peer {
        let (stream, _) = until(|| ready(self.listener.accept())).await.unwrap();
        stream.set_nonblocking(true).unwrap();
        stream.set_nodelay(true).unwrap(); // what is said goes out at once, by itself
        Peer { stream }
    }

    /// Has nobody else connected?
    pub fn has_no_other(&self) -> bool {
        self.listener.accept().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }
}

fn ready<T>(result: io::Result<T>) -> Option<io::Result<T>> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => None,
        result => Some(result),
    }
}

/// The server's end of a connection. Dropping it closes it.
pub struct Peer {
    stream: TcpStream,
}

impl Peer {
    /// The next request, with its body.
    pub async fn asked(&mut self) -> String {
        let (mut request, mut length) = (Vec::new(), None);
        while length.is_none_or(|length| request.len() < length) {
            let mut bytes = [0; 65_536];
            let read = until(|| ready(self.stream.read(&mut bytes))).await.unwrap();
            assert_ne!(read, 0, "it ends early: {}", request.escape_ascii());
            request.extend_from_slice(&bytes[..read]);
            length = length.or_else(|| length_of(&request));
        }
        String::from_utf8(request).unwrap()
    }

    /// Says again what it hears, so many bytes, and hears no more before it has said it.
    pub async fn echo(&mut self, mut size: usize) {
        while size > 0 {
            let mut bytes = vec![0; size.min(65_536)];
            let read = until(|| ready(self.stream.read(&mut bytes))).await.unwrap();
            self.say(&bytes[..read]).await;
            size -= read;
        }
    }

    /// Says something, if the client listens that long.
    pub async fn try_say(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = until(|| ready(self.stream.write(bytes))).await?;
            bytes = &bytes[written..];
        }
        Ok(())
    }

    pub async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_say(bytes.as_ref()).await.unwrap();
    }

    /// Takes one request and answers it.
    pub async fn answer(&mut self, reply: impl AsRef<[u8]>) -> String {
        let request = self.asked().await;
        self.say(reply).await;
        request
    }

    /// Waits until the client closes the connection. What it sends before that is discarded.
    pub async fn closed(mut self) {
        let mut rest = [0; 4096];
        while let Ok(1..) = until(|| ready(self.stream.read(&mut rest))).await {}
    }

    /// Is the connection open, and nothing said?
    pub fn is_quiet(&self) -> bool {
        let peeked = self.stream.peek(&mut [0]);
        peeked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// Ends the connection in disorder.
    pub fn reset(self) {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }
}

/// How long a request is, with its body, once its head is there.
fn length_of(request: &[u8]) -> Option<usize> {
    let head = request.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let text = String::from_utf8_lossy(&request[..head]);
    let field = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    Some(head + 4 + field.map_or(0, |length| length.parse().unwrap()))
}
