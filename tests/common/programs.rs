//! The examples as programs: how the tests run them, and what they run them against.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::{
    env, fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

/// An example, which `cargo test` has built beside the tests; told nothing by our environment.
pub fn example(name: &str) -> Command {
    let tests = env::current_exe().unwrap();
    let target = tests.parent().and_then(|deps| deps.parent()).expect("target/…/deps/…");
    let path: PathBuf = target.join("examples").join(format!("{name}{}", env::consts::EXE_SUFFIX));
    assert!(path.exists(), "there is no {path:?} yet: `cargo test` or `cargo build --examples`");
    let mut command = Command::new(path);
    command.env_remove("GLASSLOOP").env_remove("COLUMNS");
    command.env("LC_ALL", "C.UTF-8").env("RUST_BACKTRACE", "0");
    command
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// Replaces the number that follows `before` by `N`.
pub fn without_number(line: &str, before: &str) -> String {
    let Some((head, tail)) = line.split_once(before) else { return line.into() };
    let rest = tail.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    assert!(rest.len() < tail.len(), "a number comes after {before:?}: {line}");
    format!("{head}{before}N{rest}")
}

/// An address at which nobody listens.
pub fn nobody() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().to_string()
}

/// A server, running; killed at the end.
pub struct Running {
    pub process: Child,
    pub address: SocketAddr,
}

impl Running {
    /// Starts an example that says in its first line where it listens.
    pub fn start(name: &str, words: &[&str]) -> Running {
        let mut command = example(name);
        let mut process = command.args(words).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let stdout = process.stdout.as_mut().unwrap();
        // Byte by byte, so that what comes behind the line is still there for others.
        BufReader::with_capacity(1, stdout).read_line(&mut line).unwrap();
        let address = line.split(['/', ' ']).find_map(|word| word.parse().ok());
        Running { process, address: address.unwrap_or_else(|| panic!("no address: {line:?}")) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The site, without delays.
pub fn site() -> Running {
    Running::start("site", &["127.0.0.1:0", "--delay", "0"])
}

/// A folder of the test's own, removed with all that is in it when this is dropped.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Relaxed);
        let name = format!("glassloop-examples-{}-{number}", std::process::id());
        let path = env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Folder(path)
    }

    /// The files in a folder in it: names and contents, by name.
    pub fn files(&self, folder: &str) -> Vec<(String, Vec<u8>)> {
        let entries = fs::read_dir(self.0.join(folder)).unwrap().map(Result::unwrap);
        let read = |entry: fs::DirEntry| {
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        };
        let mut files: Vec<_> = entries.map(read).collect();
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
