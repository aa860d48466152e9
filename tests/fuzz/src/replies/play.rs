//! A client and a server on one loop: what the client makes of a reply that comes in pieces, each of them alone.

use std::{
    cell::Cell,
    fmt,
    io::{Read, Write},
    net::TcpStream,
    rc::Rc,
    time::Duration,
};

use glassloop::{
    Counters, EventLoop, create_task,
    http::{Error, Method, Reason, Response, Session},
    trace::{
        Record, What,
        record::{Attempt, Operation},
    },
    yield_now,
};

use crate::{port::Port, random::Random};

/// How the body is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    Bytes,
    Text,
    /// At most so many bytes at once.
    Read(usize),
    Chunks,
    Lines,
}

impl Way {
    pub fn random(random: &mut Random) -> Way {
        match random.below(5) {
            0 => Way::Text,
            1 => Way::Read(1),
            2 => Way::Read(1 + random.below(50)),
            3 => Way::Chunks,
            _ => Way::Lines,
        }
    }
}

/// What the client makes of a reply.
#[derive(PartialEq)]
pub struct Meaning {
    /// Status, reason and fields; or why there is none.
    head: Result<String, String>,
    body: Vec<u8>,
    text: Option<String>,
    failure: Option<String>,
}

impl Meaning {
    pub fn body(&self) -> Option<&Vec<u8>> {
        (self.head.is_ok() && self.failure.is_none()).then_some(&self.body)
    }

    /// The server closes each connection, so nobody has to wait for a timeout.
    fn hangs(&self) -> bool {
        let errors = [self.head.as_ref().err(), self.failure.as_ref()];
        errors.into_iter().flatten().any(|error| error.contains("took longer"))
    }

    /// Is it the same as this, which was read in another way? Of a body that fails some may have been handed out; and
    /// only one that is collected can be too large.
    pub fn is_same_by(&self, way: Way, other: &Meaning) -> bool {
        let is_same_text = way != Way::Text || self.text == other.text;
        let is_same_body = match self.failure.as_deref() {
            Some(UNCOLLECTED) => true,
            Some(_) => self.failure == other.failure,
            None => other.failure.is_none() && self.body == other.body && is_same_text,
        };
        self.head == other.head && is_same_body
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Meaning { head, body, failure, .. } = self;
        let (size, shown) = (body.len(), body[..body.len().min(200)].escape_ascii());
        write!(f, "{head:?}, {size} bytes: \"{shown}\" {failure:?}")
    }
}

/// A client, its loop, and the server that it asks.
pub struct Client {
    event_loop: EventLoop,
    /// How many bytes the client has read.
    read: Rc<Cell<usize>>,
    port: Port,
}

/// The largest body. A few compressed bytes may stand for a thousand times as many.
const MOST_BODY: u64 = 100_000;

impl Client {
    pub fn new() -> Client {
        let read = Rc::new(Cell::new(0));
        let count = read.clone();
        let observer = move |record: &Record| {
            if let What::Tried { operation: Operation::Read, outcome, .. } = &record.what
                && let Attempt::Done { bytes: Some(bytes) } = outcome
            {
                count.set(count.get() + bytes);
            }
        };
        // The server closes each connection, so this grace is waited for only by a client that hangs.
        let builder = EventLoop::builder().unwatched().virtual_time().grace(Duration::from_secs(1));
        let event_loop = builder.observer(observer).build().expect("a loop can be made");
        Client { event_loop, read, port: Port::new() }
    }

    /// What comes of a reply, and of the end after it. An error says what the client may never do.
    pub fn ask<'a>(
        &mut self,
        method: &Method,
        pieces: impl IntoIterator<Item = &'a [u8]>,
        way: Way,
    ) -> Result<Meaning, String> {
        let url = format!("http://{}/", self.port.address());
        let meaning = self.event_loop.run_until_complete(async {
            let session = Session::builder().without_keep_alive().redirects(0).max_body(MOST_BODY);
            let request = session.build().request(method.clone(), &url);
            let client = create_task(async move { meaning(request.await, way).await });
            let mut peer = asked(&self.port).await;
            let mut said = self.read.get();
            for piece in pieces {
                if peer.write_all(piece).is_err() {
                    break; // the client has heard enough
                }
                said += piece.len();
                while self.read.get() < said && !client.done() {
                    yield_now().await;
                }
            }
            drop(peer);
            client.await
        });
        let meaning = meaning.map_err(|error| error.to_string())?;
        let Counters { tasks, timers, sockets, waiting, .. } = self.event_loop.counters();
        if (tasks, timers, sockets, waiting) != (0, 0, 0, 0) {
            return Err("the client has left a task, a timer or a socket behind".to_string());
        }
        match meaning.hangs() {
            true => Err(format!("the client hangs: {meaning}")),
            false => Ok(meaning),
        }
    }
}

/// The next connection, when its request has come.
async fn asked(port: &Port) -> TcpStream {
    let mut peer = port.accept().await.expect("a connection");
    peer.set_nonblocking(true).expect("it is a socket");
    let (mut request, mut bytes) = (Vec::new(), [0; 1024]);
    while !request.ends_with(b"\r\n\r\n") {
        match peer.read(&mut bytes) {
            Ok(count) => request.extend_from_slice(&bytes[..count]),
            Err(_) => yield_now().await,
        }
    }
    peer.set_nonblocking(false).expect("it is a socket");
    peer
}

async fn meaning(reply: Result<Response, Error>, way: Way) -> Meaning {
    let mut response = match reply {
        Ok(response) => response,
        Err(error) => {
            let head = Err(said(&error));
            return Meaning { head, body: vec![], text: None, failure: None };
        }
    };
    let version = response.version();
    let (status, reason) = (response.status(), response.reason());
    let head = Ok(format!("{version:?} {status} {reason:?} {:?}", response.headers()));
    let mut body = Vec::new();
    let read = read(&mut response, way, &mut body).await;
    // Once the body is there, all the ways of asking for it once more give the same.
    let text = match way {
        Way::Bytes | Way::Text => response.text().await.ok(),
        _ => None,
    };
    Meaning { head, body, text, failure: read.err().map(|error| said(&error)) }
}

async fn read(response: &mut Response, way: Way, body: &mut Vec<u8>) -> Result<(), Error> {
    loop {
        let piece = match way {
            Way::Bytes => None,
            Way::Text => {
                response.text().await?;
                None
            }
            Way::Read(most) => Some(response.read(most).await?).filter(|piece| !piece.is_empty()),
            Way::Chunks => response.chunk().await?,
            Way::Lines => response.next_line().await?,
        };
        match piece {
            Some(piece) => body.extend(piece),
            None if matches!(way, Way::Bytes | Way::Text) => {
                body.extend_from_slice(&response.bytes().await?);
                return Ok(());
            }
            None => return Ok(()),
        }
    }
}

/// What is wrong with compressed data, and whether that or its size is seen first, depends on how much is looked at.
const UNCOLLECTED: &str = "the body is corrupt or too large";

/// The error without the URL, in which there is a port.
fn said(error: &Error) -> String {
    match error.reason() {
        Reason::Coding(_) | Reason::TooLarge { .. } => UNCOLLECTED.to_string(),
        _ => {
            let text = error.to_string();
            let url = error.url().map(|url| format!("{url}: ")).unwrap_or_default();
            text.strip_prefix(&url).map(String::from).unwrap_or(text)
        }
    }
}
