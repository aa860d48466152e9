//! A reply may be cut at every byte with the same result: each reply of these tests is.

use std::{cell::Cell, rc::Rc};

use glassloop::{
    EventLoop, create_task,
    http::{Method, Session},
    trace::{
        Record, What,
        record::{Attempt, Operation},
    },
    yield_now,
};

use crate::{
    common::assert_nothing_left,
    peer::{Server, said},
};

/// Asks by this method, and tells what came: `200 body`, or `200, then: what went wrong`, or `error: what`.
/// The values of the field `x` stand in brackets.
pub async fn outcome(session: &Session, method: Method, url: &str) -> String {
    let mut response = match session.request(method, url).await {
        Ok(response) => response,
        Err(error) => return format!("error: {}", said(&error)),
    };
    let mut outcome = response.status().as_str().to_string();
    for value in response.headers().get_all("x") {
        outcome += &format!(" [{}]", value.as_bytes().escape_ascii());
    }
    match response.bytes().await {
        Ok(body) => outcome + " " + &body.escape_ascii().to_string(),
        Err(error) => format!("{outcome}, then: {}", said(&error)),
    }
}

/// A client and a server, for many replies.
pub struct Replies {
    event_loop: EventLoop,
    /// How many bytes the client has read so far.
    read: Rc<Cell<usize>>,
    server: Server,
    pub method: Method,
}

impl Replies {
    pub fn new() -> Replies {
        let read = Rc::new(Cell::new(0));
        let count = read.clone();
        let observer = move |record: &Record| {
            if let What::Tried { operation: Operation::Read, outcome, .. } = &record.what
                && let Attempt::Done { bytes: Some(bytes) } = outcome
            {
                count.set(count.get() + bytes);
            }
        };
        let event_loop = EventLoop::builder().unwatched().virtual_time().observer(observer);
        let event_loop = event_loop.build().unwrap();
        Replies { event_loop, read, server: Server::new(), method: Method::GET }
    }

    /// What the client makes of a reply that comes in these pieces, each of them alone, and of the end after it.
    pub fn outcome<'a>(&self, pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
        let session = Session::builder().without_keep_alive().max_body(100_000).build();
        let outcome = self.event_loop.run_until_complete(async {
            let (method, url) = (self.method.clone(), self.server.url("/"));
            let client = create_task(async move { outcome(&session, method, &url).await });
            let mut peer = self.server.accept().await;
            peer.asked().await;
            let mut said = self.read.get();
            for piece in pieces {
                if peer.try_say(piece).await.is_err() {
                    break; // the client has heard enough
                }
                said += piece.len();
                while self.read.get() < said && !client.done() {
                    yield_now().await;
                }
            }
            drop(peer);
            client.await.unwrap()
        });
        assert_nothing_left(&self.event_loop);
        outcome
    }

    /// How many bytes of this the client reads before it has had enough.
    pub fn read_of(&self, endless: impl Iterator<Item = Vec<u8>>) -> (String, usize) {
        let before = self.read.get();
        let pieces: Vec<_> = endless.collect();
        let outcome = self.outcome(pieces.iter().map(Vec::as_slice));
        (outcome, self.read.get() - before)
    }

    /// The reply means this: whole, cut in two at every byte, and byte by byte.
    #[track_caller]
    pub fn check(&self, reply: &str, expected: &str) {
        let reply = reply.as_bytes();
        assert_eq!(self.outcome([reply]), expected, "{}", reply.escape_ascii());
        for (first, second) in (1..reply.len()).map(|place| reply.split_at(place)) {
            let (outcome, cut) = (self.outcome([first, second]), first.escape_ascii());
            assert_eq!(outcome, expected, "cut behind {cut}");
        }
        assert_eq!(
            self.outcome(reply.chunks(1)),
            expected,
            "each byte of {}",
            reply.escape_ascii()
        );
    }
}

/// The replies to a GET mean this, however they are cut.
#[track_caller]
pub fn check(replies: &[(&str, &str)]) {
    check_for(Method::GET, replies);
}

#[track_caller]
pub fn check_for(method: Method, replies: &[(&str, &str)]) {
    let client = Replies { method, ..Replies::new() };
    for (reply, expected) in replies {
        client.check(reply, expected);
    }
}
