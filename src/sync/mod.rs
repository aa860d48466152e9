//! Waiting for each other: the piece that all of it is built from.

mod waiters;

pub(crate) use waiters::{Waiter, Waiters};
