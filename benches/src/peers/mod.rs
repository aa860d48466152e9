//! The runtimes, each with the few words that the workloads need.

mod floor;
mod futures;
mod glassloop;
#[cfg(target_os = "linux")]
mod glommio;
pub mod http;
mod mio;
#[cfg(target_os = "linux")]
mod monoio;
mod python;
mod smol;
mod tokio;

use std::{net::SocketAddr, time::Duration};

pub use self::{
    floor::Floor,
    futures::Futures,
    glassloop::{Glassloop, GlassloopSockets},
    glommio::Glommio,
    mio::Mio,
    monoio::Monoio,
    python::{python, python_gets},
    smol::Smol,
    tokio::Tokio,
};
use crate::Result;

/// Whoever runs futures on one thread.
pub trait Peer: 'static {
    /// Runs a future to its end, and whatever it spawns meanwhile.
    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> T;

    /// Starts a task. The future is its end.
    fn spawn<T: 'static>(
        future: impl Future<Output = T> + 'static,
    ) -> impl Future<Output = T> + 'static;
}

/// Whoever has timers.
pub trait Sleeps: Peer {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static;
}

/// Whoever has a way of its own to let others go first.
pub trait YieldsItself: Peer {
    fn yield_now() -> impl Future<Output = ()> + 'static;
}

/// Whoever has threads for work that blocks.
pub trait HasThreads: Peer {
    fn to_thread(work: impl FnOnce() + Send + 'static) -> impl Future<Output = ()> + 'static;
}

/// How much a server of [`Echoes`] reads at once.
const BUFFER: usize = 1024;

/// Whoever has TCP sockets.
pub trait Echoes {
    /// Listens at a free port, says where, and sends back what comes on each connection, for ever: as a server
    /// would be written on this runtime, with a buffer a connection and `TCP_NODELAY`.
    fn echo(started: impl FnOnce(SocketAddr) + 'static) -> Result<()>;
}
