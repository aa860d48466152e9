//! Happy eyeballs (RFC 8305): a host may have many addresses, some of them dead; try the next one soon.

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    panic::Location,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use super::{
    error::ConnectError,
    resolve::{LookupHost, ToHost, lookup_host},
    tcp::{Connecting, TcpStream},
};
use crate::{
    runtime::{Timer, running_loop},
    trace::record::Place,
    waits::FairTry,
};

/// How long an attempt is given before the next one joins it (RFC 8305, section 8).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Connects to a host: looks it up and tries its addresses, the next one when the last has failed or has not
/// answered for 250 ms; the first to answer wins and the others are closed.
///
/// Dropping the future closes all attempts.
///
/// # Errors
/// A [`ConnectError`] that names the step, and each address that failed.
///
/// # Panics
/// If polled outside an event loop.
///
/// ```
/// use glassloop::{net::{TcpListener, connect}, run};
///
/// run(async {
///     let listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
///     let address = listener.local_addr()?;
///     let stream = connect(("127.0.0.1", address.port())).await?;
///     assert_eq!(stream.peer_addr()?, address);
///     std::io::Result::Ok(())
/// })
/// # .unwrap();
/// ```
#[track_caller]
pub fn connect(host: impl ToHost) -> Connect {
    let lookup = lookup_host(host);
    let race = Race {
        label: lookup.label(),
        place: Location::caller(),
        waiting: VecDeque::new(),
        attempts: Vec::new(),
        failures: Vec::new(),
        next_attempt: None,
        fair_try: FairTry::default(),
    };
    Connect { state: ConnectStage::Lookup(lookup), race }
}

/// The future of [`connect`].
#[must_use = "futures do nothing unless awaited"]
pub struct Connect {
    state: ConnectStage,
    race: Race,
}

enum ConnectStage {
    Lookup(LookupHost),
    Race,
    Over,
}

impl Future for Connect {
    type Output = io::Result<TcpStream>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<TcpStream>> {
        let this = &mut *self;
        if let ConnectStage::Lookup(lookup) = &mut this.state {
            let addresses = ready!(Pin::new(lookup).poll(context))?;
            this.state = ConnectStage::Race;
            this.race.waiting = alternate_families(addresses);
        }
        if let ConnectStage::Over = this.state {
            panic!("a finished connect was polled again");
        }
        let end = ready!(this.race.poll(context));
        this.state = ConnectStage::Over;
        Poll::Ready(end)
    }
}

/// The attempts that run, and the addresses that wait for theirs.
struct Race {
    label: String,
    place: Place,
    waiting: VecDeque<SocketAddr>,
    attempts: Vec<(SocketAddr, Connecting)>,
    failures: Vec<(SocketAddr, io::Error)>,
    next_attempt: Option<Timer>,
    fair_try: FairTry,
}

impl Race {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<TcpStream>> {
        self.fair_try.begin(&running_loop("connect"));
        loop {
            let failures = self.failures.len();
            if let Some(winner) = self.poll_attempts(context) {
                self.attempts.clear();
                self.next_attempt = None;
                return Poll::Ready(Ok(winner));
            }
            let time_for_another = self.attempts.is_empty()
                || self.failures.len() > failures
                || (self.next_attempt.as_ref().is_some_and(Timer::is_due)
                    && self.fair_try.counts(context));
            if time_for_another && let Some(address) = self.waiting.pop_front() {
                self.attempts.push((address, Connecting::at(address, self.place)));
                self.next_attempt = None;
                continue;
            }
            if self.attempts.is_empty() {
                let (host, failures) = (self.label.clone(), std::mem::take(&mut self.failures));
                return Poll::Ready(Err(ConnectError::Connect { host, failures }.into()));
            }
            if !self.waiting.is_empty() {
                self.set_timer(context);
            }
            return Poll::Pending;
        }
    }

    /// Polls the attempts, the oldest first. The failed ones go, and are remembered for the message.
    fn poll_attempts(&mut self, context: &mut Context<'_>) -> Option<TcpStream> {
        let mut n = 0;
        while let Some((address, attempt)) = self.attempts.get_mut(n) {
            match Pin::new(attempt).poll(context) {
                Poll::Pending => n += 1,
                Poll::Ready(Ok(stream)) => return Some(stream),
                Poll::Ready(Err(error)) => {
                    self.failures.push((*address, error));
                    drop(self.attempts.remove(n));
                }
            }
        }
        None
    }

    fn set_timer(&mut self, context: &mut Context<'_>) {
        let timers = &running_loop("connect").timers;
        let deadline = timers.after(ATTEMPT_DELAY);
        Timer::wait(&mut self.next_attempt, timers, deadline, context.waker());
    }
}

/// The addresses in the system's order, yet the families by turns (RFC 8305, section 4): if IPv6 leads
/// nowhere here, all of a host's IPv6 addresses do.
fn alternate_families(addresses: Vec<SocketAddr>) -> VecDeque<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    std::iter::from_fn(|| Some([first.next(), second.next()]))
        .take_while(|pair| pair.iter().any(Option::is_some))
        .flatten()
        .flatten()
        .collect()
}
