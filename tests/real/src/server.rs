//! A server in a process of its own, on a loopback address of its own, and ended with whoever started it.
//!
//! No port is guessed free: each server has an address (`127.x.y.z`, from the process id and a counter) where nobody
//! else can have taken any port. That works on Linux, where all of 127/8 is loopback.

use std::{
    env,
    ffi::OsStr,
    fs, io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU8, Ordering::Relaxed},
};

/// With this status `setpriv` says that there is no such program.
const NOT_FOUND: i32 = 127;

/// A program that ends with the thread that starts it, even if nobody is left to drop a [`Server`]: a crash runs no
/// destructors. `setpriv` is a part of util-linux.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]).arg(name);
    command
}

/// A server in a process of its own. Dropping it ends the process.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
    _folder: Folder,
}

impl Server {
    /// Starts it, and waits until it listens.
    ///
    /// # Errors
    /// If it can't be started, or ends before it listens; of the kind `NotFound`, if there is no such program.
    pub(crate) fn start(
        command: &mut Command,
        address: SocketAddr,
        folder: Folder,
    ) -> io::Result<Server> {
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().map_err(|error| {
            io::Error::other(format!("{}: {error}", command.get_program().display()))
        })?;
        let mut server = Server { address, process, _folder: folder };
        // A connection is the one sign of life that all servers have in common.
        while TcpStream::connect(address).is_err() {
            if let Some(status) = server.process.try_wait()? {
                if status.code() == Some(NOT_FOUND) {
                    return Err(io::ErrorKind::NotFound.into());
                }
                return Err(io::Error::other(format!("it ended before it listened: {status}")));
            }
            std::thread::yield_now();
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A folder that goes with the server.
pub struct Folder(pub PathBuf);

impl Folder {
    /// Makes one.
    ///
    /// # Errors
    /// If it can't be made.
    pub fn new(address: SocketAddr) -> io::Result<Folder> {
        let path = env::temp_dir().join(format!("glassloop-real-{}", address.ip()));
        fs::create_dir_all(&path)?;
        Ok(Folder(path))
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

/// nginx, with these lines in its `server` block and these files in its folder. `ADDRESS` in the lines is the one
/// that it has to itself.
///
/// # Errors
/// If nginx can't be started; of the kind `NotFound`, if it is not installed.
pub fn nginx(lines: &str, files: &[(&str, String)]) -> io::Result<Server> {
    let address = own_address();
    let folder = Folder::new(address)?;
    let lines = lines.replace("ADDRESS", &address.ip().to_string());
    for (name, text) in files {
        fs::write(folder.0.join(name), text)?;
    }
    let path = folder.0.display();
    // One process, not a master with a worker: killed, the master would leave the worker behind.
    let config = format!(
        "daemon off; master_process off; pid {path}/pid; error_log {path}/error.log;
         events {{ worker_connections 1024; }}
         http {{
           access_log off; client_body_temp_path {path}/body; proxy_temp_path {path}/proxy;
           fastcgi_temp_path {path}/fastcgi; uwsgi_temp_path {path}/uwsgi; scgi_temp_path {path}/scgi;
           server {{ listen {address}; root {path}; {lines} }}
         }}"
    );
    let file = folder.0.join("nginx.conf");
    fs::write(&file, config)?;
    let mut command = program("nginx");
    command.arg("-e").arg(folder.0.join("error.log")).arg("-c").arg(file);
    Server::start(&mut command, address, folder)
}
