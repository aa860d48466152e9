//! Ctrl-C: a future that waits for it, and one that ends another by it.
//!
//! Behind the feature `signal`. What a program wants of Ctrl-C is mostly this: what it does stops,
//! its destructors run, and whoever started it learns from the exit code that it was interrupted.
//!
//! ```no_run
//! use std::process::ExitCode;
//! use glassloop::signal::or_ctrl_c;
//!
//! async fn serve() { /* ... */ }
//!
//! fn main() -> ExitCode {
//!     match glassloop::run(or_ctrl_c(serve())) {
//!         Ok(()) => ExitCode::SUCCESS,
//!         Err(interrupted) => {
//!             eprintln!("{interrupted}");
//!             interrupted.into() // 130
//!         }
//!     }
//! }
//! ```
//!
//! A signal interrupts a thread between any two instructions, and next to nothing is allowed there.
//! So a thread of its own hears of it, and calls the wakers of those who wait; a waker may be
//! called from anywhere.
//!
//! # The second Ctrl-C
//!
//! From the first poll of one of these futures on, Ctrl-C is handled here, for the whole program
//! and for good. It goes to all who wait at that moment. If nobody does, it ends the program the
//! hard way, as it does in any other program: no destructor runs. So whoever sees that cleaning up
//! takes for ever presses it again.

mod ctrl_c;
mod or_ctrl_c;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;

pub use ctrl_c::{CtrlC, ctrl_c};
pub use or_ctrl_c::{Interrupted, OrCtrlC, or_ctrl_c};
