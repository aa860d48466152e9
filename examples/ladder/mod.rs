//! What the seven steps share and what none of them is about: the hosts, the command line, the report.

#![allow(dead_code, unused_imports, reason = "each step uses its own part")]

#[path = "../common/mod.rs"]
mod common;
mod counters;
mod process;
pub mod socket;

use std::{
    io::{self, Write},
    net::SocketAddr,
    process::ExitCode,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

pub use common::give_up;
use common::{
    Arguments, printed,
    site::{Site, serve},
};
pub use counters::{count_wake, poll, slept};
use glassloop::EventLoop;
use process::Usage;

const USAGE: &str = concat!(
    "usage: ",
    env!("CARGO_CRATE_NAME"),
    " [--hosts N] [--delay SECONDS]

Fetches one page from each of some hosts that are embedded in this program, and prints what it took.
  --hosts N        how many hosts (3)
  --delay SECONDS  how long each takes to answer (0.1)"
);

/// A server that is asked for one page. Each has its own port, and its own page.
#[derive(Clone)]
pub struct Host {
    pub number: usize,
    pub request: String,
    address: SocketAddr,
}

impl Host {
    /// Where to connect to. From now on the host counts as asked.
    pub fn address(&self) -> SocketAddr {
        counters::host_asked();
        self.address
    }

    /// Prints what the host has answered.
    ///
    /// # Errors
    /// If the answer is not whole.
    pub fn show(&self, answer: &[u8]) -> io::Result<()> {
        counters::host_done();
        let Some((status, title)) = status_and_title(answer) else {
            let broken = format!("host {} closed the connection in the middle", self.number);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, broken));
        };
        let (number, length) = (self.number, answer.len());
        say(&format!("host {number:<3} {status}, {length} bytes, \"{title}\""));
        Ok(())
    }
}

fn status_and_title(answer: &[u8]) -> Option<(&str, &str)> {
    let (head, body) = str::from_utf8(answer).ok()?.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "))?;
    let (_, title) = body.split_once("<title>")?;
    let is_whole = length.parse() == Ok(body.len());
    is_whole.then_some((head.lines().next()?, title.split_once('<')?.0))
}

/// Runs a step: starts the hosts, has the job done, prints the report.
pub fn run(job: impl FnOnce(Vec<Host>) -> io::Result<()>) -> ExitCode {
    let (count, delay) = told(Arguments::read(USAGE));
    let hosts = start_hosts(count, delay).unwrap_or_else(give_up);
    let name = env!("CARGO_CRATE_NAME");
    say(&format!("{name}: {count} hosts, each answers after {} ms", delay.as_millis()));
    counters::begin();
    let (before, start) = (Usage::now(), Instant::now());
    job(hosts).unwrap_or_else(give_up);
    report(start.elapsed(), Usage::since(Usage::now(), before));
    ExitCode::SUCCESS
}

fn told(mut arguments: Arguments) -> (usize, Duration) {
    if arguments.word().is_some() {
        arguments.wrong("there is nothing to name: the hosts are embedded");
    }
    let count = arguments.number("--hosts", 1..=100).unwrap_or(3) as usize;
    let delay = arguments.seconds("--delay", 30.0);
    (count, delay.unwrap_or(Duration::from_millis(100)))
}

/// Starts the hosts, all on one thread with its own loop, until the program ends.
fn start_hosts(count: usize, delay: Duration) -> io::Result<Vec<Host>> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().name(process::HOSTS.into()).spawn(move || {
        let event_loop = EventLoop::builder().unwatched().build();
        let served = event_loop.and_then(|it| it.run(serve_all(count, delay, sender)));
        served.unwrap_or_else(give_up)
    })?;
    // Not received here: a channel wakes its receiver by `unpark`, and one that comes late stays with this thread. Step 5's
    // first `park` would then return at once, and a poll be counted that nothing has asked for.
    let receiving = thread::spawn(move || receiver.iter().collect());
    Ok(receiving.join().expect("receiving does not panic"))
}

async fn serve_all(count: usize, delay: Duration, sender: mpsc::Sender<Host>) -> io::Result<()> {
    let mut servers = Vec::new();
    for number in 1..=count {
        let server = serve(("127.0.0.1", 0), Site { delay, ..Site::default() }).await?;
        let request = format!("GET /detail/{number} HTTP/1.0\r\n\r\n");
        let _ = sender.send(Host { number, request, address: server.local_addrs()[0] });
        servers.push(server);
    }
    drop(sender);
    servers[0].serve_forever().await;
    Ok(())
}

/// The same rows for each step, so that they can be put side by side.
fn report(time: Duration, usage: Option<Usage>) {
    let unknown = || "unknown".to_string();
    let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let row = |name: &str, value: String| say(&format!("{name:<22}{value:>10}"));
    say("");
    row("time", milliseconds(time));
    row("CPU time", usage.as_ref().map_or_else(unknown, |usage| milliseconds(usage.cpu)));
    row("threads", usage.as_ref().map_or_else(unknown, |usage| usage.threads.to_string()));
    row("sleeps", usage.as_ref().map_or_else(unknown, |usage| usage.sleeps.to_string()));
    for (name, count) in counters::rows() {
        row(name, count.to_string());
    }
}

/// Prints a line.
pub fn say(line: &str) {
    printed(writeln!(io::stdout(), "{line}"));
}
