//! Step 4 of 7: the same state machine as a `Future`, which hides it; and the compiler can write it.
//!
//! ```text
//! cargo run --example step4_future
//! ```
//!
//! The loop of step 3 knew the states of a fetch. This one knows only
//! one thing: there is something to `poll`, and the answer is `Ready` or
//! `Pending`. So it can run any future, even one that is made of others.
//!
//! `Fetch` is the state machine of step 3, now a `Future` by hand. `fetch` below it
//! does the same as an `async fn`. The compiler makes such a machine from it, with
//! a state for each `.await` and a place for each variable that lives across one.
//! Odd hosts get `Fetch`, even hosts get `fetch`. The loop can't tell them apart.
//!
//! **What is wrong with it.** Nobody knows who is ready. Step 3 knew whose event it is; this loop does
//! not, so it polls all futures at each event. Most polls are in vain (`polls in vain`), and their
//! number grows as the square of the number of hosts: try `--hosts 50`. A future should say whom to
//! wake: that is the `Waker` in the `Context`, which is not used here. Next: `step5_block_on.rs`.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    process::ExitCode,
    task::{Context, Poll, Waker},
};

use ladder::{Host, say, slept, socket};
use mio::{Events, Interest, Registry, Token, net::TcpStream};

#[path = "ladder/mod.rs"]
mod ladder;

enum State {
    Connecting,
    Sending { sent: usize },
    Receiving { answer: Vec<u8> },
}

/// By hand.
struct Fetch {
    host: Host,
    stream: TcpStream,
    state: State,
}

impl Future for Fetch {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.advance() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            done => Poll::Ready(done),
        }
    }
}

impl Fetch {
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

/// By the compiler.
async fn fetch(host: Host, stream: TcpStream) -> io::Result<()> {
    retry(|| socket::connected(&stream)).await?;
    let mut request = host.request.as_bytes();
    while !request.is_empty() {
        let sent = retry(|| socket::send(&stream, request)).await?;
        request = &request[sent..];
    }
    let mut answer = Vec::new();
    while retry(|| socket::receive(&stream, &mut answer)).await? > 0 {}
    host.show(&answer)
}

/// An operation that would block, as a future: pending until it does not.
async fn retry<T>(mut operation: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    poll_fn(|_context| match operation() {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
        result => Poll::Ready(result),
    })
    .await
}

type BoxFuture = Pin<Box<dyn Future<Output = io::Result<()>>>>;

fn start(host: Host, registry: &Registry) -> io::Result<BoxFuture> {
    let mut stream = socket::connect(host.address())?;
    let both = Interest::READABLE | Interest::WRITABLE;
    registry.register(&mut stream, Token(host.number), both)?;
    let number = host.number;
    let (how, future): (_, BoxFuture) = match number % 2 {
        1 => ("by hand", Box::pin(Fetch { host, stream, state: State::Connecting })),
        _ => ("as an async fn", Box::pin(fetch(host, stream))),
    };
    if number <= 2 {
        say(&format!("a fetch {how} is a future of {} bytes", size_of_val(&*future)));
    }
    Ok(future)
}

/// Polls all that are not done: nobody knows which of them the event is for.
fn poll_all(fetches: &mut [Option<BoxFuture>]) -> io::Result<()> {
    let mut context = Context::from_waker(Waker::noop());
    for slot in fetches {
        let Some(fetch) = slot else { continue };
        if let Poll::Ready(done) = ladder::poll(fetch.as_mut(), &mut context) {
            *slot = None; // polled after `Ready`, an `async fn` would panic
            done?;
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    ladder::run(|hosts| {
        let mut poll = mio::Poll::new()?;
        let start = |host| start(host, poll.registry()).map(Some);
        let mut fetches = hosts.into_iter().map(start).collect::<io::Result<Vec<_>>>()?;

        poll_all(&mut fetches)?;
        let mut events = Events::with_capacity(1024);
        while fetches.iter().any(Option::is_some) {
            slept(poll.poll(&mut events, None), &events)?;
            for _event in &events {
                poll_all(&mut fetches)?;
            }
        }
        Ok(())
    })
}
