//! Step 3 of 7: the operating system says which socket is ready, and the loop calls that one's code.
//!
//! ```text
//! cargo run --example step3_callbacks
//! ```
//!
//! Step 2 asked every socket again and again. Here the operating system is asked once, about all
//! sockets, by a call that sleeps until one of them is worth a try: `poll` of the crate mio, which is
//! epoll on Linux, kqueue on macOS, IOCP on Windows. This is an event loop, and the first step that
//! neither waits in vain nor works in vain.
//!
//! An event interrupts nobody: what a fetch was about to do must be kept until the next event.
//! So a fetch is a state machine, and `on_event` goes on from the state where it stopped.
//!
//! **What is wrong with it.** No count shows it. But the loop knows what a fetch
//! is, down to its states. A second kind of job needs a second state machine and
//! a place in this loop. A job made of two others needs a machine with the states
//! of both. You can't build a job from smaller parts. Next: `step4_future.rs`.

use std::{io, process::ExitCode};

use ladder::{Host, slept, socket};
use mio::{Events, Interest, Poll, Token, net::TcpStream};

#[path = "ladder/mod.rs"]
mod ladder;

enum State {
    Connecting,
    Sending { sent: usize },
    Receiving { answer: Vec<u8> },
}

struct Fetch {
    host: Host,
    stream: TcpStream,
    state: State,
}

impl Fetch {
    /// Goes on until something would block. Returns whether it is done.
    ///
    /// An event is reported once (it is *edge-triggered*). So it would be wrong
    /// to read once and return: nobody would report the bytes that are left.
    fn on_event(&mut self) -> io::Result<bool> {
        match self.advance() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            done => done.map(|()| true),
        }
    }

    fn advance(&mut self) -> io::Result<()> {
        loop {
            match &mut self.state {
                State::Connecting => {
                    socket::connected(&self.stream)?;
                    self.state = State::Sending { sent: 0 };
                }
                State::Sending { sent } => {
                    *sent += socket::send(&self.stream, &self.host.request.as_bytes()[*sent..])?;
                    if *sent == self.host.request.len() {
                        self.state = State::Receiving { answer: Vec::new() };
                    }
                }
                State::Receiving { answer } => {
                    if socket::receive(&self.stream, answer)? == 0 {
                        return self.host.show(answer);
                    }
                }
            }
        }
    }
}

fn main() -> ExitCode {
    ladder::run(|hosts| {
        let mut poll = Poll::new()?;
        let mut fetches = Vec::new();
        for host in hosts {
            let mut stream = socket::connect(host.address())?;
            let both = Interest::READABLE | Interest::WRITABLE;
            poll.registry().register(&mut stream, Token(fetches.len()), both)?;
            fetches.push(Some(Fetch { host, stream, state: State::Connecting }));
        }

        let mut events = Events::with_capacity(1024);
        while fetches.iter().any(Option::is_some) {
            slept(poll.poll(&mut events, None), &events)?; // the only line that waits
            for event in &events {
                let slot = &mut fetches[event.token().0];
                let Some(fetch) = slot else { continue }; // done already
                if fetch.on_event()? {
                    *slot = None; // closes the socket
                }
            }
        }
        Ok(())
    })
}
