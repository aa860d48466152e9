//! Names to addresses: the operating system's lookup, on a thread, since it blocks and has no other form.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    panic::Location,
    pin::Pin,
    task::{Context, Poll},
};

use super::error::ConnectError;
use crate::{
    runtime::running_loop,
    trace::record::Place,
    waits::{Job, Pool},
};

/// A host and a port: what `open_connection` takes.
///
/// Implemented for `(host, port)`, where the host is a name or an address, for a `SocketAddr`, and for text
/// like `"example.com:80"` or `"[::1]:80"`.
///
/// ```
/// use glassloop::net::ToHost;
///
/// let expected = ("::1".to_string(), 80);
/// assert_eq!(("::1", 80).to_host()?, expected);
/// assert_eq!("[::1]:80".to_host()?, expected);
/// assert!("example.com".to_host().is_err()); // there is no port
/// # std::io::Result::Ok(())
/// ```
pub trait ToHost {
    /// The host, without the brackets of an IPv6 address, and the port.
    ///
    /// # Errors
    /// If there is no host, or no port. The message says what was expected.
    fn to_host(&self) -> io::Result<(String, u16)>;
}

impl ToHost for (&str, u16) {
    fn to_host(&self) -> io::Result<(String, u16)> {
        let bracketed = self.0.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        match bracketed.unwrap_or(self.0) {
            "" => Err(io::Error::new(io::ErrorKind::InvalidInput, "the name of the host is empty")),
            host => Ok((host.to_string(), self.1)),
        }
    }
}

impl ToHost for (String, u16) {
    fn to_host(&self) -> io::Result<(String, u16)> {
        (self.0.as_str(), self.1).to_host()
    }
}

impl ToHost for (&String, u16) {
    fn to_host(&self) -> io::Result<(String, u16)> {
        (self.0.as_str(), self.1).to_host()
    }
}

impl ToHost for (IpAddr, u16) {
    fn to_host(&self) -> io::Result<(String, u16)> {
        Ok((self.0.to_string(), self.1))
    }
}

impl ToHost for SocketAddr {
    fn to_host(&self) -> io::Result<(String, u16)> {
        let text = self.to_string();
        let (host, port) = (text.rsplit_once(':').map_or("", |(host, _)| host), self.port());
        (host, port).to_host()
    }
}

impl ToHost for &str {
    fn to_host(&self) -> io::Result<(String, u16)> {
        let digits = |port: &&str| port.bytes().all(|byte| byte.is_ascii_digit());
        let port = |port: &str| Some(port).filter(digits)?.parse::<u16>().ok();
        let bare = |host: &str| !host.contains([':', '/']) || host.starts_with('[');
        match self.rsplit_once(':').map(|(host, text)| (host, port(text))) {
            Some((host, Some(port))) if bare(host) => (host, port).to_host(),
            _ => {
                let expected = "expected HOST:PORT, as in \"example.com:80\" or \"[::1]:80\"";
                let error = format!("{expected}, not {self:?}");
                Err(io::Error::new(io::ErrorKind::InvalidInput, error))
            }
        }
    }
}

impl ToHost for &String {
    fn to_host(&self) -> io::Result<(String, u16)> {
        self.as_str().to_host()
    }
}

impl ToHost for String {
    fn to_host(&self) -> io::Result<(String, u16)> {
        self.as_str().to_host()
    }
}

/// Names that the program itself knows, as a hosts file does.
#[derive(Default)]
pub(crate) struct Hosts {
    addresses: HashMap<String, Vec<IpAddr>>,
}

impl Hosts {
    pub(crate) fn add(&mut self, name: &str, address: IpAddr) {
        self.addresses.entry(name.to_ascii_lowercase()).or_default().push(address);
    }

    fn get(&self, name: &str) -> Option<&Vec<IpAddr>> {
        self.addresses.get(&name.to_ascii_lowercase())
    }
}

/// Looks up the addresses of a host.
///
/// asyncio: `loop.getaddrinfo`. An address asks nobody; then the names of
/// [`Builder::host`](crate::Builder::host) count; all others are looked up on a thread. Dropping
/// the future leaves a lookup that is under way to itself.
///
/// # Errors
/// [`ConnectError::Lookup`], if the name has no address.
///
/// # Panics
/// If polled outside an event loop.
///
/// ```
/// use glassloop::{EventLoop, net::lookup_host};
///
/// let event_loop = EventLoop::builder().host("shop.test", [127, 0, 0, 1].into()).build()?;
/// let addresses = event_loop.run(lookup_host(("shop.test", 80)))?;
/// assert_eq!(addresses, [([127, 0, 0, 1], 80).into()]);
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn lookup_host(host: impl ToHost) -> LookupHost {
    let place = Location::caller();
    let (host, port, state) = match host.to_host() {
        Ok((host, port)) => (host, port, LookupState::New),
        Err(error) => (String::new(), 0, LookupState::Refused(error)),
    };
    LookupHost { host, port, place, state }
}

/// The future of [`lookup_host`].
#[must_use = "futures do nothing unless awaited"]
pub struct LookupHost {
    host: String,
    port: u16,
    place: Place,
    state: LookupState,
}

enum LookupState {
    New,
    Refused(io::Error),
    Job(Job<io::Result<Vec<SocketAddr>>>),
    Over,
}

impl LookupHost {
    /// The host and the port as one text, for error messages.
    pub(crate) fn label(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// The addresses, if they are known without asking anybody.
    fn known(&self) -> Option<Vec<SocketAddr>> {
        if let Ok(address) = self.label().parse() {
            return Some(vec![address]);
        }
        let hosts = running_loop("lookup_host").attached::<Hosts>()?;
        let addresses = hosts.get(&self.host)?;
        Some(addresses.iter().map(|&address| (address, self.port).into()).collect())
    }

    fn failed(&self, error: io::Error) -> io::Error {
        ConnectError::Lookup { host: self.host.clone(), error }.into()
    }
}

impl Future for LookupHost {
    type Output = io::Result<Vec<SocketAddr>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match std::mem::replace(&mut self.state, LookupState::Over) {
                LookupState::Refused(error) => return Poll::Ready(Err(error)),
                LookupState::New => {
                    if let Some(addresses) = self.known() {
                        return Poll::Ready(Ok(addresses));
                    }
                    let (host, port) = (self.host.clone(), self.port);
                    let ask = move || Ok((host.as_str(), port).to_socket_addrs()?.collect());
                    self.state = LookupState::Job(Job::new(ask, Pool::Lookups, self.place));
                }
                LookupState::Job(mut job) => {
                    let Poll::Ready(end) = Pin::new(&mut job).poll(context) else {
                        self.state = LookupState::Job(job);
                        return Poll::Pending;
                    };
                    let panicked = |_| Err(io::Error::other("the lookup panicked"));
                    let addresses = end.and_then(|returned| returned.unwrap_or_else(panicked));
                    return Poll::Ready(addresses.map_err(|error| self.failed(error)));
                }
                LookupState::Over => panic!("a finished lookup was polled again"),
            }
        }
    }
}
