//! Stands in for `std` and for `mio`: the same names, but where threads meet, they meet in loom.
//!
//! `src/main.rs` gives this crate both names, and then includes the loop's source files as they are. A thread is
//! loom's, so is a lock; a sleep in the operating system is a wait that loom knows. The rest is the real `std`.

mod clock;
mod orders;
mod sleep;
mod threads;

pub use std::*;

pub use clock::time_passes;
pub use mio::{Interest, Token};
pub use orders::in_all_orders;
pub use sleep::{Event, Events, Poll, Registry, Waker};
pub use threads::ThreadLocalCell;

pub mod sync {
    //! An `Arc` is the real one: only for that is there a `Wake`. So loom does not take it for a place where
    //! threads meet.

    pub use loom::sync::{Mutex, MutexGuard, atomic};
    pub use std::sync::{Arc, PoisonError, Weak};

    pub use crate::clock::Condvar;
}

pub mod thread {
    pub use loom::thread::*;
    pub use std::thread::Result;
}

pub mod panic {
    pub use std::panic::*;

    /// Catches nothing. In a model nobody panics but loom, and a check that has failed: both must come through.
    pub fn catch_unwind<T>(run: impl FnOnce() -> T) -> std::thread::Result<T> {
        Ok(run())
    }
}

pub mod event {
    pub use mio::event::Source;

    pub use crate::sleep::Event;
}
