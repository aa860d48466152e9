//! What a program holds: a loop, and the ways to make, run, ask and close it.
//!
//! Here the runtime and the views come together; they do not use each other. `watch` reads `GLASSLOOP` and makes
//! the views observers of the loop. Here is also what a loop does beyond the runtime: `deadlock` (nothing will ever
//! wake it) and `virtual_time` (the clock jumps). Both work through `idle`.

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
