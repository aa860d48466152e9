//! Real servers on loopback, started for a test and ended with it.

pub mod browser;
mod server;

use std::{
    env, fs,
    io::{self, BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use server::{Folder, program};
pub use server::{Server, own_address};

/// nginx, with these lines in its `server` block.
pub fn nginx(lines: &str) -> Server {
    nginx_with(lines, &[])
}

/// nginx with these files beside its configuration. `ADDRESS` in the lines is the one that it has to itself.
pub fn nginx_with(lines: &str, files: &[(&str, String)]) -> Server {
    let page = ("index.html", "hello\n".to_owned());
    let files = [&[page], files].concat();
    server::nginx(lines, &files).unwrap_or_else(|error| missing("nginx", &error))
}

/// Python's `http.server`, for a folder with one page.
pub fn python_http_server() -> Server {
    let address = own_address();
    let folder = folder(address);
    fs::write(folder.0.join("index.html"), "hello\n").expect("a page can be written");
    let mut command = program("python3");
    command.args(["-m", "http.server", &address.port().to_string(), "--bind"]);
    command.arg(address.ip().to_string()).current_dir(&folder.0);
    start(command, address, folder)
}

/// httpbin, by the web server of its framework. `.ci/run` puts both into `target/httpbin`.
pub fn httpbin() -> Server {
    let address = own_address();
    let mut command = program("python3");
    command.env("PYTHONPATH", target().join("httpbin"));
    command.args(["-m", "flask", "--app", "httpbin", "run", "--port", &address.port().to_string()]);
    command.args(["--host", &address.ip().to_string()]);
    start(command, address, folder(address))
}

/// A server on Node's own HTTP module: `handler` is the body of its function of `request` and `response`.
pub fn node(handler: &str) -> Server {
    let address = own_address();
    let script = format!(
        "require('http').createServer((request, response) => {{ {handler} }}).listen({}, '{}')",
        address.port(),
        address.ip()
    );
    let mut command = program("node");
    command.args(["-e", &script]);
    start(command, address, folder(address))
}

/// Our own `site` example.
pub fn site(options: &[&str]) -> Server {
    let address = own_address();
    let mut command = program(example("site"));
    command.arg(address.to_string()).args(options);
    start(command, address, folder(address))
}

fn folder(address: SocketAddr) -> Folder {
    Folder::new(address).expect("a folder for the server can be made")
}

fn start(mut command: Command, address: SocketAddr, folder: Folder) -> Server {
    Server::start(&mut command, address, folder)
        .unwrap_or_else(|error| missing(&format!("{command:?}"), &error))
}

/// Runs a program to its end.
pub fn run(program: impl AsRef<Path>, arguments: &[&str]) -> Output {
    let mut command = Command::new(program.as_ref());
    command.args(arguments).stdin(Stdio::null());
    command.output().unwrap_or_else(|error| missing(&format!("{command:?}"), &error))
}

fn missing(command: &str, error: &io::Error) -> ! {
    panic!("{command} can't be started ({error}); docs/testing.md says what these tests need")
}

/// Where cargo puts what it builds.
fn target() -> PathBuf {
    let program = env::current_exe().expect("a program has a path");
    let debug = program.ancestors().find(|folder| folder.ends_with("debug"));
    debug.and_then(Path::parent).expect("target/debug").to_path_buf()
}

/// One of the examples; `cargo build --examples` has made it.
pub fn example(name: &str) -> PathBuf {
    let path = target().join("debug/examples").join(name);
    assert!(path.exists(), "{} is missing: cargo build --examples", path.display());
    path
}

/// The lines of an output.
pub fn lines(bytes: &[u8]) -> Vec<String> {
    BufReader::new(bytes).lines().map(|line| line.expect("the output is UTF-8")).collect()
}
