//! Servers that do what they are told, and a run of the answer that is looked at from outside.

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    panic,
    sync::{
        atomic::{AtomicU64, Ordering::SeqCst},
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use glassloop::trace::{
    What,
    record::{Attempt, Operation},
};

use super::super::answer::wget;
use crate::harness::scene;

/// How long is waited for what a right answer does at once.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// For so long all requests are left without an answer, once the thread has fallen asleep.
const SILENCE: Duration = Duration::from_millis(450);

/// Who computes for so long in that time is not asleep, nor is who wakes up so often.
const SPINNING: Duration = Duration::from_millis(30);
const TICKING: u64 = 2;

/// Who has woken up so often before has had nothing to do, either.
const RESTLESS: u64 = 20;

/// How many lines are too many for any run, and how many bytes for any request.
const RUNAWAY: usize = 10_000;
const MUCH_TOO_LONG: usize = 12 << 20;

/// A host, as `wget` is given it.
pub type Host = (String, SocketAddr);

/// How many threads this process has started so far; `None` if the standard library does not say so any more.
pub fn threads_started() -> Option<u64> {
    let id = thread::spawn(|| thread::current().id()).join().ok()?;
    let digits: String = format!("{id:?}").chars().filter(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// A run of the answer, on a thread of its own.
pub struct Run {
    thread: Option<JoinHandle<()>>,
    printed: Receiver<String>,
    /// Where Linux tells of the thread.
    place: Receiver<String>,
    pub lines: Vec<String>,
}

/// What a thread does that should be asleep.
pub enum Unrest {
    Computes(Duration),
    WakesUp(u64, Duration),
}

impl Run {
    /// After the first line, `print` waits to be told to go on, if there is somebody to tell it.
    pub fn start(hosts: &[Host], go_on: Option<Receiver<()>>) -> Run {
        Run::of_calls(&[hosts], go_on)
    }

    /// So many calls on the same thread, one after the other.
    pub fn of_calls(calls: &[&[Host]], mut go_on: Option<Receiver<()>>) -> Run {
        let calls: Vec<_> = calls.iter().map(|hosts| hosts.to_vec()).collect();
        let (say, printed) = mpsc::channel();
        let (tell_place, place) = mpsc::channel();
        let thread = thread::spawn(move || {
            if let Ok(thread) = fs::read_link("/proc/thread-self") {
                let _ = tell_place.send(format!("/proc/{}", thread.display()));
            }
            let mut print = |line| {
                let _ = say.send(line);
                if let Some(go_on) = go_on.take() {
                    let _ = go_on.recv_timeout(PATIENCE * 2);
                }
            };
            for hosts in &calls {
                let hosts = hosts.iter().map(|(name, address)| (name.as_str(), *address));
                let hosts: Vec<_> = hosts.collect();
                wget(&hosts, &mut print);
            }
        });
        Run { thread: Some(thread), printed, place, lines: Vec::new() }
    }

    /// What was printed of this host.
    pub fn lines_of(&self, name: &str) -> Vec<String> {
        let start = format!("{name} ");
        self.lines.iter().filter(|line| line.starts_with(&start)).cloned().collect()
    }

    /// Waits until so many lines of this host were printed.
    pub fn prints(&mut self, name: &str, lines: usize) -> bool {
        while self.lines_of(name).len() < lines {
            match self.printed.recv_timeout(PATIENCE) {
                Ok(line) => self.lines.push(line),
                Err(_) => return false,
            }
        }
        true
    }

    /// Waits for the end. Does it come? A panic goes on here.
    pub fn ends(&mut self) -> bool {
        while self.lines.len() < RUNAWAY {
            match self.printed.recv_timeout(PATIENCE) {
                Ok(line) => self.lines.push(line),
                Err(mpsc::RecvTimeoutError::Timeout) => return false,
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    if let Some(Err(payload)) = self.thread.take().map(JoinHandle::join) {
                        panic::resume_unwind(payload);
                    }
                    return true;
                }
            }
        }
        false
    }

    /// What the thread does while nothing happens, if that is too much. Nobody is accused for the machine being slow:
    /// that makes a thread compute less, and wakes none that sleeps.
    pub fn unrest(&self) -> Option<Unrest> {
        let thread = self.place.try_recv().ok()?;
        let (start, computed_before, wakes_before) =
            (Instant::now(), computed(&thread)?, wakes(&thread)?);
        let mut wakes_at_last = wakes_before;
        // It may have something left to do before it falls asleep. On a busy machine that takes a while.
        while start.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(20));
            let (computed, wakes) = (computed(&thread)? - computed_before, wakes(&thread)?);
            if computed >= SPINNING {
                return Some(Unrest::Computes(computed));
            }
            if wakes - wakes_before >= RESTLESS {
                return Some(Unrest::WakesUp(wakes - wakes_before, start.elapsed()));
            }
            if wakes == wakes_at_last && is_asleep(&thread) {
                break;
            }
            wakes_at_last = wakes;
        }
        let start = Instant::now();
        thread::sleep(SILENCE);
        let wakes = wakes(&thread)? - wakes_at_last;
        (wakes >= TICKING).then(|| Unrest::WakesUp(wakes, start.elapsed()))
    }
}

/// For how long a thread has computed.
fn computed(thread: &str) -> Option<Duration> {
    let times = fs::read_to_string(format!("{thread}/schedstat")).ok()?;
    Some(Duration::from_nanos(times.split_whitespace().next()?.parse().ok()?))
}

/// How often a thread fell asleep of its own accord, so how often it was awake.
fn wakes(thread: &str) -> Option<u64> {
    status(thread, "voluntary_ctxt_switches:")?.parse().ok()
}

fn is_asleep(thread: &str) -> bool {
    status(thread, "State:").is_some_and(|state| state.starts_with('S'))
}

fn status(thread: &str, entry: &str) -> Option<String> {
    let status = fs::read_to_string(format!("{thread}/status")).ok()?;
    let value = status.lines().find_map(|line| line.strip_prefix(entry))?;
    Some(value.trim().to_string())
}

/// A connection, in the story: what the server sees of it.
struct Seen(u64);

impl Seen {
    fn connection(peer: SocketAddr) -> Seen {
        static CONNECTIONS: AtomicU64 = AtomicU64::new(0);
        let (socket, address) = (CONNECTIONS.fetch_add(1, SeqCst), Some(peer));
        scene::note(What::Registered { socket, address });
        let seen = Seen(socket);
        seen.tried(Operation::Accept, 0);
        seen
    }

    fn tried(&self, operation: Operation, bytes: usize) {
        let outcome = Attempt::Done { bytes: Some(bytes) };
        scene::note(What::Tried { socket: self.0, operation, outcome });
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        scene::note(What::Deregistered { socket: self.0 });
    }
}

/// A server for one connection, which does what it is told to.
pub struct Server {
    pub name: String,
    address: SocketAddr,
    requests: Receiver<Vec<u8>>,
    /// What is to be sent. When this is dropped the connection is closed.
    send: Option<Sender<Vec<u8>>>,
    sent: Receiver<()>,
    thread: JoinHandle<()>,
}

/// How a server takes its request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    AtOnce,
    /// When it is told to send something.
    Late,
    /// Not at all: the request lies there unread, so the close is a reset.
    Never,
}

impl Server {
    pub fn start(name: &str) -> Server {
        Server::which(name, Takes::AtOnce)
    }

    pub fn which(name: &str, takes: Takes) -> Server {
        Server::on(listener(), name, takes)
    }

    /// Two servers at one address, each for one connection.
    pub fn twins(name: &str) -> [Server; 2] {
        let one = listener();
        let other = one.try_clone().expect("a listener can be shared");
        [one, other].map(|listener| Server::on(listener, name, Takes::AtOnce))
    }

    fn on(listener: TcpListener, name: &str, takes: Takes) -> Server {
        let address = listener.local_addr().expect("a listener has an address");
        let (tell_request, requests) = mpsc::channel();
        let (send, to_send) = mpsc::channel::<Vec<u8>>();
        let (tell_sent, sent) = mpsc::channel();
        let thread = thread::spawn(move || {
            let Ok((mut stream, peer)) = listener.accept() else { return };
            let seen = Seen::connection(peer);
            if takes == Takes::Late {
                let _ = to_send.recv();
            }
            let request = match takes {
                Takes::Never => stream.peek(&mut [0]).map(|_| Vec::new()).unwrap_or_default(),
                _ => read_request(&mut stream),
            };
            if request.is_empty() && takes == Takes::AtOnce {
                return;
            }
            seen.tried(Operation::Read, request.len());
            let _ = tell_request.send(request);
            for text in to_send {
                seen.tried(Operation::Write, text.len());
                let _ = stream.write_all(&text);
                let _ = tell_sent.send(());
            }
        });
        Server { name: name.to_string(), address, requests, send: Some(send), sent, thread }
    }

    pub fn host(&self) -> Host {
        (self.name.clone(), self.address)
    }

    /// The request, if one comes before the deadline.
    pub fn request(&self, deadline: Instant) -> Option<Vec<u8>> {
        let request =
            self.requests.recv_timeout(deadline.saturating_duration_since(Instant::now()));
        request.ok()
    }

    /// Returns when the operating system has all of it, as a rule.
    pub fn send(&self, text: impl AsRef<[u8]>) {
        if let Some(send) = &self.send {
            let _ = send.send(text.as_ref().to_vec());
            let _ = self.sent.recv_timeout(PATIENCE);
        }
    }

    /// Has a server that takes its request late take it now.
    pub fn take_request(&self) {
        if let Some(send) = &self.send {
            let _ = send.send(Vec::new());
        }
    }

    /// Returns when the connection is closed.
    pub fn close(mut self) {
        self.send = None;
        let _ = self.thread.join();
    }
}

/// Up to its blank line, or to where nothing comes any more.
fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let _ = stream.set_read_timeout(Some(PATIENCE));
    let (mut request, mut buffer) = (Vec::new(), vec![0; 65_536]);
    while request.len() < MUCH_TOO_LONG && !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(n @ 1..) => request.extend_from_slice(&buffer[..n]),
            _ => break,
        }
    }
    request
}

pub fn listener() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free")
}

/// An address at which nobody listens.
pub fn refusing() -> SocketAddr {
    listener().local_addr().expect("a listener has an address")
}

/// A listener whose queue is full, with those that fill it: on Linux whoever connects has to wait.
pub struct Full {
    pub address: SocketAddr,
    _kept: (TcpListener, Vec<TcpStream>),
}

impl Full {
    /// `None` if its queue seems to have no end.
    pub fn start() -> Option<Full> {
        let listener = listener();
        let address = listener.local_addr().ok()?;
        let mut kept = Vec::new();
        while kept.len() < 5_000 {
            match TcpStream::connect_timeout(&address, Duration::from_millis(50)) {
                Ok(stream) => kept.push(stream),
                Err(_) => return Some(Full { address, _kept: (listener, kept) }),
            }
        }
        None
    }
}
