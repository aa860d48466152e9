//! Step 5 of 7: a waker says when a future is worth a poll, and `block_on` sleeps until then.
//!
//! ```text
//! cargo run --example step5_block_on
//! ```
//!
//! Step 4 polled every future at every event, since nobody knew who was ready. Now a
//! future that returns `Pending` leaves a `Waker` with the reactor, under the token
//! of its socket. The reactor has its own thread. It sleeps until there are events,
//! and then calls the wakers that they are for. `block_on` is enough to run a
//! future: it polls; if the future is pending, it sleeps; the waker ends the sleep.
//!
//! **What is wrong with it.** `block_on` holds its thread until its future is done. So
//! it is step 1 again: each future needs its own thread, and the times add up. And every
//! wake comes from another thread (`wakes across threads`). Next: `step6_executor.rs`.

use std::{
    collections::HashMap,
    future::poll_fn,
    io,
    pin::pin,
    process::ExitCode,
    sync::{Arc, Mutex},
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use ladder::{Host, count_wake, give_up, slept, socket};
use mio::{Events, Interest, Registry, Token};

#[path = "ladder/mod.rs"]
mod ladder;

/// Wakes by ending a sleep.
struct ThreadWaker(Thread);

impl Wake for ThreadWaker {
    fn wake(self: Arc<Self>) {
        count_wake();
        self.0.unpark();
    }
}

/// Runs a future on this thread, until it is done.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(ThreadWaker(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = ladder::poll(future.as_mut(), &mut context) {
            return output;
        }
        // A wake since the poll is not lost: `unpark` leaves a mark, and `park` returns at once.
        thread::park();
    }
}

/// Events on one side, the wakers that wait for them on the other.
struct Reactor {
    registry: Registry,
    wakers: Mutex<HashMap<Token, Waker>>,
}

impl Reactor {
    /// Starts the thread that waits for events.
    fn start() -> io::Result<Arc<Reactor>> {
        let poll = mio::Poll::new()?;
        let (registry, wakers) = (poll.registry().try_clone()?, Mutex::default());
        let reactor = Arc::new(Reactor { registry, wakers });
        let here = reactor.clone();
        let wait = move || here.wait(poll).unwrap_or_else(give_up);
        thread::Builder::new().name("reactor".into()).spawn(wait)?;
        Ok(reactor)
    }

    fn wait(&self, mut poll: mio::Poll) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        loop {
            slept(poll.poll(&mut events, None), &events)?;
            for event in &events {
                let waker = self.wakers.lock().unwrap().remove(&event.token());
                if let Some(waker) = waker {
                    waker.wake(); // not under the lock: what a waker does is not our business
                }
            }
        }
    }

    /// An operation that would block, as a future.
    async fn retry<T>(
        &self,
        token: Token,
        mut operation: impl FnMut() -> io::Result<T>,
    ) -> io::Result<T> {
        poll_fn(|context| {
            let mut result = operation();
            if socket::would_block(&result) {
                self.keep(token, context.waker().clone());
                // The event may have come since the first try, and found no waker: so try once more.
                result = operation();
            }
            match result {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
                result => Poll::Ready(result),
            }
        })
        .await
    }

    /// Stores a waker, which replaces the one before: only the waker of the latest poll counts.
    fn keep(&self, token: Token, waker: Waker) {
        let _before = self.wakers.lock().unwrap().insert(token, waker); // dropped when the lock is free
    }
}

async fn fetch(host: &Host, reactor: &Reactor) -> io::Result<()> {
    let mut stream = socket::connect(host.address())?;
    let token = Token(host.number);
    let both = Interest::READABLE | Interest::WRITABLE;
    reactor.registry.register(&mut stream, token, both)?;

    reactor.retry(token, || socket::connected(&stream)).await?;
    let mut request = host.request.as_bytes();
    while !request.is_empty() {
        let sent = reactor.retry(token, || socket::send(&stream, request)).await?;
        request = &request[sent..];
    }
    let mut answer = Vec::new();
    while reactor.retry(token, || socket::receive(&stream, &mut answer)).await? > 0 {}
    host.show(&answer)
}

fn main() -> ExitCode {
    ladder::run(|hosts| {
        let reactor = Reactor::start()?;
        for host in &hosts {
            block_on(fetch(host, &reactor))?;
        }
        Ok(())
    })
}
