//! The runtimes, each with the few words that the workloads need.

mod floor;
mod futures;
mod glassloop;
#[cfg(target_os = "linux")]
mod glommio;
#[cfg(target_os = "linux")]
mod monoio;
mod python;
mod smol;
mod tokio;

use std::time::Duration;

pub use self::{
    floor::Floor, futures::Futures, glassloop::Glassloop, glommio::Glommio, monoio::Monoio,
    python::python, smol::Smol, tokio::Tokio,
};

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
