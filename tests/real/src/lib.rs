//! Real servers on loopback, started for a test and ended with it.
//!
//! No port is guessed free: each server has a loopback address of its own (`127.x.y.z`, from the
//! process id and a counter), where nobody else can have taken any port. That works on Linux, where
//! all of 127/8 is loopback.

pub mod browser;

use std::{
    env, fs,
    io::{self, BufRead, BufReader},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::atomic::{AtomicU8, Ordering::Relaxed},
};

/// A server in a process of its own. Dropping it ends the process.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
    _folder: Folder,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(address: SocketAddr) -> Folder {
        let path = env::temp_dir().join(format!("glassloop-real-{}", address.ip()));
        fs::create_dir_all(&path).expect("a folder for the server can be made");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An address that nobody else uses.
pub fn own_address() -> SocketAddr {
    static COUNTER: AtomicU8 = AtomicU8::new(2);
    let id = std::process::id();
    let host = Ipv4Addr::new(127, (id >> 8) as u8 | 1, id as u8, COUNTER.fetch_add(1, Relaxed));
    SocketAddr::new(IpAddr::V4(host), 8080)
}

/// nginx, with these lines in its `server` block.
pub fn nginx(lines: &str) -> Server {
    nginx_with(lines, &[])
}

/// nginx with these files beside its configuration. `ADDRESS` in the lines is the one that it has to itself.
pub fn nginx_with(lines: &str, files: &[(&str, String)]) -> Server {
    let address = own_address();
    let folder = Folder::new(address);
    let lines = lines.replace("ADDRESS", &address.ip().to_string());
    for (name, text) in files {
        fs::write(folder.0.join(name), text).expect("a file can be written");
    }
    let path = folder.0.display();
    let config = format!(
        "daemon off; worker_processes 1; pid {path}/pid; error_log {path}/error.log;
         events {{ worker_connections 1024; }}
         http {{
           access_log off; client_body_temp_path {path}/body; proxy_temp_path {path}/proxy;
           fastcgi_temp_path {path}/fastcgi; uwsgi_temp_path {path}/uwsgi; scgi_temp_path {path}/scgi;
           server {{ listen {address}; root {path}; {lines} }}
         }}"
    );
    let file = folder.0.join("nginx.conf");
    fs::write(&file, config).expect("the configuration can be written");
    fs::write(folder.0.join("index.html"), "hello\n").expect("a page can be written");
    let mut command = Command::new("nginx");
    command.arg("-e").arg(folder.0.join("error.log")).arg("-c").arg(file);
    start(command, address, folder)
}

/// Python's `http.server`, for a folder with one page.
pub fn python_http_server() -> Server {
    let address = own_address();
    let folder = Folder::new(address);
    fs::write(folder.0.join("index.html"), "hello\n").expect("a page can be written");
    let mut command = Command::new("python3");
    command.args(["-m", "http.server", &address.port().to_string(), "--bind"]);
    command.arg(address.ip().to_string()).current_dir(&folder.0);
    start(command, address, folder)
}

/// httpbin, by the web server of its framework. `.ci/run` puts both into `target/httpbin`.
pub fn httpbin() -> Server {
    let address = own_address();
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", target().join("httpbin"));
    command.args(["-m", "flask", "--app", "httpbin", "run", "--port", &address.port().to_string()]);
    command.args(["--host", &address.ip().to_string()]);
    start(command, address, Folder::new(address))
}

/// A server on Node's own HTTP module: `handler` is the body of its function of `request` and `response`.
pub fn node(handler: &str) -> Server {
    let address = own_address();
    let script = format!(
        "require('http').createServer((request, response) => {{ {handler} }}).listen({}, '{}')",
        address.port(),
        address.ip()
    );
    let mut command = Command::new("node");
    command.args(["-e", &script]);
    start(command, address, Folder::new(address))
}

/// Our own `site` example.
pub fn site(options: &[&str]) -> Server {
    let address = own_address();
    let mut command = Command::new(example("site"));
    command.arg(address.to_string()).args(options);
    start(command, address, Folder::new(address))
}

fn start(mut command: Command, address: SocketAddr, folder: Folder) -> Server {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let process = command.spawn().unwrap_or_else(|error| missing(&command, &error));
    let mut server = Server { address, process, _folder: folder };
    // A connection is the one sign of life that all servers have in common.
    while TcpStream::connect(address).is_err() {
        if let Ok(Some(status)) = server.process.try_wait() {
            panic!("{command:?} ended before it listened: {status}");
        }
        std::thread::yield_now();
    }
    server
}

/// Runs a program to its end.
pub fn run(program: impl AsRef<Path>, arguments: &[&str]) -> Output {
    let mut command = Command::new(program.as_ref());
    command.args(arguments).stdin(Stdio::null());
    command.output().unwrap_or_else(|error| missing(&command, &error))
}

fn missing(command: &Command, error: &io::Error) -> ! {
    panic!("{command:?} can't be started ({error}); docs/testing.md says what these tests need")
}

/// Where cargo puts what it builds.
fn target() -> PathBuf {
    let tests = env::current_exe().expect("a test has a path");
    tests.ancestors().nth(3).expect("target/debug/deps").to_path_buf()
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
