//! The machine: an event loop, and nothing that could live beside it.
//!
//! To be read in this order: `task` (what is polled), `waker` (what asks for it), `event_loop` (who polls), `life` (from the first run to
//! closing), `inbox` (how another thread wakes), `timers` and `reactor` (why a sleeping loop wakes up).

mod event_loop;
mod inbox;
mod life;
mod reactor;
mod task;
mod timers;
mod waker;

pub(crate) use event_loop::{Core, End, Settings};
pub(crate) use inbox::{Inbox, set_current_job};
pub(crate) use life::{current, running_loop};
pub(crate) use reactor::Registration;
pub(crate) use task::{AnyTask, Body, Entry, Tasks};
pub(crate) use timers::Timer;
pub(crate) use waker::TaskWaker;
