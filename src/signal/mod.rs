//! Ctrl-C: a future that waits for it, and one that ends another future on it.
//!
//! It needs the feature `signal`. At Ctrl-C, a program should mostly do this: it stops its work, its destructors
//! run, and its exit code says that it was interrupted.
//!
//! ```
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
//! A signal interrupts a thread between any two instructions, and almost nothing is allowed there. So a separate
//! thread receives it, and calls the wakers of the tasks that wait. A waker may be called from anywhere.
//!
//! # The second Ctrl-C
//!
//! From the first poll of one of these futures on, Ctrl-C is handled here, for the whole program
//! and for good. It goes to all tasks that wait at that moment. If none waits, it ends the program at once, as in
//! any other program: no destructor runs. So if cleaning up takes too long, the user presses Ctrl-C again.

mod ctrl_c;
mod or_ctrl_c;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;

pub use ctrl_c::{CtrlC, ctrl_c};
pub use or_ctrl_c::{Interrupted, OrCtrlC, or_ctrl_c};
