//! A server that keeps all cores busy: one loop on each, each on its own thread, all at one port.
//!
//! ```text
//! cargo run --release --features signal --example per_core 127.0.0.1:8080
//! ab -k -c 64 -n 100000 http://127.0.0.1:8080/
//! ```
//!
//! A loop uses one core, and so do its tasks: nothing in a program for one loop needs a lock. Who needs more cores
//! starts more loops. `SO_REUSEPORT` lets each listen at the same address, and the system shares the connections
//! out (Linux evenly, by a hash of both addresses; on macOS one loop gets nearly all). What the loops share,
//! here a few counters, must be made for threads; and how they talk to each other is `LoopHandle`.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    thread,
};

use common::{Arguments, give_up, println, site::request::Request};
use glassloop::{
    EventLoop, LoopHandle, Server, StreamReader, StreamWriter, get_event_loop, net::ToHost, run,
    signal::or_ctrl_c, start_server, sync::Event,
};

mod common;

/// Answers one request after the other on a connection.
async fn answer(
    mut reader: StreamReader,
    writer: StreamWriter,
    core: usize,
    shared: Arc<Shared>,
) -> io::Result<()> {
    while let Some(request) = Request::read(&mut reader).await? {
        let body = format!("served by core {core}\n");
        let connection = if request.keep_alive { "keep-alive" } else { "close" };
        let length = body.len();
        let head = format!("Content-Length: {length}\r\nConnection: {connection}\r\n");
        writer.write(format!("HTTP/1.1 200 OK\r\n{head}\r\n{body}").as_bytes())?;
        writer.drain().await?;
        shared.count(core);
        if !request.keep_alive {
            break;
        }
    }
    writer.close();
    writer.wait_closed().await
}

async fn serve(address: impl ToHost, core: usize, shared: Arc<Shared>) -> io::Result<Server> {
    let handler = move |reader, writer| {
        let shared = shared.clone();
        async move { drop(answer(reader, writer, core, shared).await) }
    };
    start_server(address, handler).reuse_port(true).await
}

/// A loop that listens, on its own thread.
struct Core {
    address: SocketAddr,
    event_loop: LoopHandle,
    thread: thread::JoinHandle<()>,
}

impl Core {
    /// Starts it, and waits until it listens.
    fn start(address: String, core: usize, shared: Arc<Shared>) -> io::Result<Core> {
        let (sender, receiver) = mpsc::channel();
        // The future is made on its thread. It could not go there: what it holds belongs to one loop.
        let thread = thread::Builder::new().name(format!("core {core}")).spawn(move || {
            run(async {
                match serve(address, core, shared).await {
                    Ok(server) => {
                        let handle = get_event_loop().handle();
                        let _ = sender.send(Ok((server.local_addrs()[0], handle)));
                        STOP.with(Event::clone).wait().await;
                    }
                    Err(error) => drop(sender.send(Err(error))),
                }
            });
        })?;
        let started = receiver.recv().map_err(|_| io::Error::other("a loop did not start"))?;
        started.map(|(address, event_loop)| Core { address, event_loop, thread })
    }
}

/// Serves until it is to end. Returns how many requests each core has served.
fn serve_on_all(address: String, cores: usize, most: u64) -> io::Result<Vec<u64>> {
    let served = (0..cores).map(|_| AtomicU64::new(0)).collect();
    let event_loop = EventLoop::new()?;
    let main = event_loop.handle();
    let shared = Arc::new(Shared { served, left: AtomicU64::new(most), main });
    // The first one may have been told any free port: the others listen at the one that it has found.
    let first = Core::start(address, 0, shared.clone())?;
    let address = first.address;
    let mut all = vec![first];
    for core in 1..cores {
        all.push(Core::start(address.to_string(), core, shared.clone())?);
    }
    // Said in there, and not before: by then Ctrl-C is listened to.
    let stopped = async {
        println!("serving at http://{address}/ with {cores} loops until you press Ctrl-C");
        STOP.with(Event::clone).wait().await;
    };
    let _ = event_loop.run(or_ctrl_c(stopped)); // both ways to end are good ones
    for core in &all {
        stop(&core.event_loop);
    }
    for core in all {
        let _ = core.thread.join();
    }
    Ok(shared.served.iter().map(|served| served.load(Relaxed)).collect())
}

fn main() {
    let mut arguments = Arguments::read(USAGE);
    let most = arguments.number("--requests", 1..=u32::MAX).map_or(u64::MAX, u64::from);
    let cores = match arguments.number("--cores", 1..=1024) {
        Some(cores) => cores as usize,
        None => thread::available_parallelism().map_or(1, usize::from),
    };
    let address = arguments.last_word("address").unwrap_or("127.0.0.1:8080".into());
    let served = serve_on_all(address, cores, most).unwrap_or_else(give_up);
    for (core, served) in served.iter().enumerate() {
        println!("core {core}: {served} requests");
    }
}

thread_local! {
    /// Set when the loop of this thread is to end.
    static STOP: Event = Event::new();
}

/// What the loops share.
struct Shared {
    /// How many requests each core has served.
    served: Vec<AtomicU64>,
    /// How many requests are left until the end.
    left: AtomicU64,
    /// The loop that must learn about the end.
    main: LoopHandle,
}

impl Shared {
    fn count(&self, core: usize) {
        self.served[core].fetch_add(1, Relaxed);
        if self.left.fetch_sub(1, Relaxed) == 1 {
            stop(&self.main);
        }
    }
}

/// Ends a loop, from any thread.
fn stop(event_loop: &LoopHandle) {
    // An error says that it has ended already.
    let _ = event_loop.call_soon(|| STOP.with(Event::set));
}

const USAGE: &str = "\
usage: per_core [HOST:PORT] [--requests N] [--cores N]

Serves one page, from one loop a core; at 127.0.0.1:8080, unless told otherwise.
Ends on Ctrl-C, and says how many requests each core has served.
  --requests N  ends after so many
  --cores N     how many loops (as many as there are cores)";
