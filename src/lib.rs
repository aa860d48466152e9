//! An event loop in a glass case.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod builder;
mod event_loop;
mod heap;
pub mod net;
mod runtime;
mod streams;
mod sync;
mod tasks;
mod threads;
mod time;
pub mod trace;

pub use builder::Builder;
pub use event_loop::{Counters, EventLoop, run};
pub use streams::{
    Drain, OpenConnection, Read, ReadError, Server, StartServer, StreamReader, StreamWriter,
    WaitClosed, open_connection, start_server,
};
pub use tasks::{Task, TaskError, create_task};
pub use threads::{ToThread, to_thread};
pub use time::{
    Interval, Sleep, Tick, Timeout, TimeoutError, YieldNow, interval, sleep, timeout, timeout_at,
    yield_now,
};
