//! What a program holds: a loop, and the ways to make, run, ask and close it.
//!
//! Here the machine and the views meet, which do not know each other: `watch` reads `GLASSLOOP` and has the views
//! observe the loop. And here stands what a loop does beyond the machine: `deadlock` (nothing will ever wake it) and
//! `virtual_time` (the clock jumps), both by way of `idle`.

mod builder;
mod deadlock;
mod dump;
mod event_loop;
mod idle;
mod loop_handle;
mod random;
mod virtual_time;
mod watch;

pub use builder::Builder;
pub use dump::dump;
pub use event_loop::{Counters, EventLoop, ensure_future, get_event_loop, run};
pub use loop_handle::{LoopClosed, LoopHandle, RemoteTask};
