//! Waiting for time, and for work on threads.

mod fair_try;
mod interval;
mod outsiders;
mod sleep;
mod threads;
mod timeout;
mod to_thread;

pub(crate) use fair_try::FairTry;
pub use interval::{Interval, Tick, interval};
pub(crate) use outsiders::{Outsider, Outsiders};
pub use sleep::{Sleep, YieldNow, sleep, yield_now};
pub(crate) use threads::{Pool, Threads};
pub use timeout::{Timeout, TimeoutError, timeout, timeout_at};
pub(crate) use to_thread::Job;
pub use to_thread::{ToThread, to_thread};
