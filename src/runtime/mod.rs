//! The runtime: an event loop, with all that it needs and nothing more.
//!
//! Read it in this order:
//!
//! 1. `task` (what is polled), `waker` (what asks for it), `event_loop` (who polls: [`Core::turn`]
//!    is the center),
//! 2. `run` (from the first run to closing; which loop runs on this thread),
//! 3. the three things that end a sleep: `reactor` (sockets), `timers` with their `heap`, `inbox` (other threads),
//! 4. `budget` (how much one poll may do).
//!
//! It imports only `trace` from this crate. Other layers add to it through what it defines:
//! [`Idle`] (how to sleep), [`AnyTask`] (what a task is), `choose` of [`Core::new`] (which ready
//! task comes next), [`Core::attach`] (what else belongs to a loop).

mod budget;
mod event_loop;
mod heap;
mod inbox;
mod reactor;
mod run;
mod task;
mod timers;
mod waker;

pub(crate) use event_loop::{Core, Idle, RunEnd};
pub(crate) use inbox::Inbox;
pub(crate) use reactor::Registration;
pub(crate) use run::{current_loop, running_loop, runs_here};
pub(crate) use task::{AnyTask, Body, Entry, Slot};
pub(crate) use timers::{LATEST, Timer};
pub(crate) use waker::TaskWaker;
