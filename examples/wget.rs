//! Fetches the headers of many sites at once, over raw connections: the main job.
//!
//! ```text
//! cargo run --example wget sina.com.cn sohu.com 163.com
//! ```
//!
//! All hosts are asked at the same time, by one thread. Wherever a task says `.await` and has to wait, the
//! loop goes on with another one: while the name of the first host is looked up, the second is looked up
//! too. `GLASSLOOP=story` shows it.

use std::{
    cell::Cell,
    env,
    io::{self, Write},
    process::{self, ExitCode},
    time::Duration,
};

use glassloop::{EventLoop, create_task, open_connection, timeout};

#[path = "site/server.rs"]
mod site;

const USAGE: &str = "\
usage: wget HOST[:PORT]... [--timeout SECONDS]

Prints the headers of the front page of each host, all hosts at once.
Without a host, asks three that are embedded in this program.
  --timeout SECONDS  how long a host may take (10)";

/// Asks one host for its front page, and prints the headers.
async fn wget(target: &Target, step: &Cell<&'static str>) -> io::Result<()> {
    let Target { label, host, port } = target;
    say(&format!("wget {label}..."))?;
    step.set("connecting");
    let (mut reader, writer) = open_connection((host.as_str(), *port)).await?;

    step.set("sending the request");
    let request = format!("GET / HTTP/1.0\r\nHost: {}\r\n\r\n", target.host_header());
    writer.write(request.as_bytes()).map_err(|error| failed("cannot send the request", error))?;
    writer.drain().await.map_err(|error| failed("cannot send the request", error))?;

    step.set("reading the header");
    let cannot_read = |error: io::Error| failed("cannot read the header", error);
    loop {
        let line = reader.readline().await.map_err(|error| cannot_read(error.into()))?;
        match &line[..] {
            b"\r\n" | b"\n" => break,
            // Without this case the loop would never end: past the end there is always another empty line.
            line if !line.ends_with(b"\n") => {
                let early = "the connection was closed before the blank line that ends it";
                return Err(cannot_read(io::Error::new(io::ErrorKind::UnexpectedEof, early)));
            }
            line => say(&format!("{label} header > {}", printable(line)))?,
        }
    }
    writer.close(); // the body is not of interest
    Ok(())
}

struct Target {
    /// How the user calls it.
    label: String,
    host: String,
    port: u16,
}

impl Target {
    /// `HOST`, `HOST:PORT`, `[ADDRESS]:PORT`.
    fn parse(word: &str) -> Result<Target, String> {
        let wrong = |why: &str| Err(format!("{word:?} is not HOST[:PORT]: {why}"));
        let (host, port) = match word.rsplit_once(':') {
            // More than one colon and no bracket: an IPv6 address by itself.
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port),
            _ => (word, "80"),
        };
        if word.contains(|c: char| c == '/' || c.is_whitespace() || c.is_control()) {
            return wrong("give the name of the host alone, as in sina.com.cn");
        }
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let Some(port) = port.parse().ok().filter(|port| *port != 0) else {
            return wrong("the port is a number from 1 to 65535");
        };
        if host.is_empty() {
            return wrong("the host is missing");
        }
        Ok(Target { label: word.into(), host: host.into(), port })
    }

    fn host_header(&self) -> String {
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == 80 { host } else { format!("{host}:{}", self.port) }
    }
}

fn failed(what: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}

/// What a server sends is not to be trusted with a terminal: control characters come out as escapes.
fn printable(line: &[u8]) -> String {
    let line = String::from_utf8_lossy(line);
    let keep = |c: char| matches!(c, '"' | '\'' | '\\');
    let escape = |c: char| if keep(c) { c.to_string() } else { c.escape_debug().to_string() };
    line.trim_end().chars().map(escape).collect()
}

/// Prints a line. If nobody reads any more, as in `wget | head`, there is nothing left to do.
fn say(line: &str) -> io::Result<()> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => process::exit(1),
        printed => printed.map_err(|error| failed("cannot print", error)),
    }
}

/// Says what went wrong. If that can't be said either there is nobody left to say it to.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Asks one host, for so long, and says in one line what failed.
async fn ask(target: Target, limit: Duration) -> Result<(), String> {
    let step = Cell::new("starting");
    match timeout(limit, wget(&target, &step)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("{}: {error}", target.label)),
        Err(_) => {
            let (label, seconds, step) = (target.label, limit.as_secs_f64(), step.get());
            Err(format!("{label}: timed out after {seconds} s while {step}"))
        }
    }
}

/// Asks all targets at once. Returns whether all have answered.
async fn wget_all(targets: Vec<Target>, limit: Duration) -> bool {
    let mut tasks = Vec::new();
    for target in targets {
        let label = target.label.clone();
        let task = create_task(ask(target, limit));
        task.set_name(&label);
        tasks.push(task);
    }
    let mut all_well = true;
    for task in tasks {
        let failure = match task.await {
            Ok(Ok(())) => continue,
            Ok(Err(failure)) => failure,
            Err(error) => error.to_string(),
        };
        complain(&failure);
        all_well = false;
    }
    all_well
}

fn main() -> ExitCode {
    let (mut targets, mut limit) = (Vec::new(), Duration::from_secs(10));
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let seconds =
            |text: String| text.parse().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
        match word.as_str() {
            "--help" | "-h" => {
                return if say(USAGE).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
            }
            "--timeout" => match words.next().and_then(seconds) {
                Some(seconds) => limit = seconds,
                None => return usage("--timeout wants a number of seconds, as in --timeout 10"),
            },
            option if option.starts_with('-') => {
                return usage(&format!("no such option: {option}"));
            }
            word => match Target::parse(word) {
                Ok(target) => targets.push(target),
                Err(problem) => return usage(&problem),
            },
        }
    }
    match run(targets, limit) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(&format!("wget: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(mut targets: Vec<Target>, limit: Duration) -> io::Result<bool> {
    let mut builder = EventLoop::builder();
    if targets.is_empty() {
        let site = site::embed(site::Site::default())?;
        complain(&format!("no host given: asking three that are embedded here, at {site}"));
        for name in ["www.sina.com.cn", "www.sohu.com", "www.163.com"] {
            builder = builder.host(name, site.ip());
            targets.push(Target { label: name.into(), host: name.into(), port: site.port() });
        }
    }
    Ok(builder.build()?.run(wget_all(targets, limit)))
}

fn usage(problem: &str) -> ExitCode {
    complain(&format!("wget: {problem}\n{USAGE}"));
    ExitCode::from(2)
}
