//! What happened in the loop, and why: one stream of records, and its observers.
//!
//! This is the lowest layer. All others report to it; it uses none of them. [`record`] describes the stream. An
//! [`Observer`] watches it: the [views](crate::views) do, and so does what you pass to
//! [`Builder::observer`](crate::Builder::observer).
//!
//! ```
//! use std::{cell::RefCell, rc::Rc};
//! use glassloop::{EventLoop, trace::Record};
//!
//! let lines = Rc::new(RefCell::new(Vec::new()));
//! let seen = lines.clone();
//! let event_loop = EventLoop::builder()
//!     .virtual_time()
//!     .observer(move |record: &Record| seen.borrow_mut().push(record.what.to_string()))
//!     .build()?;
//! event_loop.run_until_complete(glassloop::sleep(std::time::Duration::from_secs(5)));
//! assert!(lines.borrow().contains(&"wake 0 by timer 0".to_string()));
//! # std::io::Result::Ok(())
//! ```

mod cause;
mod clock;
mod emit;
mod foreign;
mod line;
mod names;
mod place;
mod processor;
pub mod record;

pub(crate) use cause::{cause_here, set_cause_here};
pub(crate) use clock::Clock;
pub(crate) use emit::{Trace, nanoseconds};
pub(crate) use foreign::{catch, discard, run_caught};
pub(crate) use names::{birth_name, readable, short_place};
#[cfg(feature = "http")]
pub(crate) use place::at_place;
pub(crate) use place::told_place;
pub use record::{Place, Record, TaskId, What};

/// Watches a loop: it gets every record as it is made, on the loop's own thread.
///
/// Any `FnMut(&Record)` is an observer. An observer may do everything that a program may do, and even make tasks
/// and wake them. It gets the records of that after it has returned. An observer that panics is switched off; the
/// loop goes on.
///
/// ```
/// use std::{cell::Cell, rc::Rc};
/// use glassloop::{EventLoop, trace::{Observer, Record, What}, yield_now};
///
/// struct Polls(Rc<Cell<usize>>);
///
/// impl Observer for Polls {
///     fn record(&mut self, record: &Record) {
///         let is_poll = matches!(record.what, What::PollStarted { .. });
///         self.0.update(|polls| polls + usize::from(is_poll));
///     }
/// }
/// let polls = Rc::new(Cell::new(0));
/// EventLoop::builder().observer(Polls(polls.clone())).build()?.run(yield_now());
/// assert_eq!(polls.get(), 2);
/// # std::io::Result::Ok(())
/// ```
pub trait Observer {
    /// Is called once for each record, in order.
    fn record(&mut self, record: &Record);
}

impl<F: FnMut(&Record)> Observer for F {
    fn record(&mut self, record: &Record) {
        self(record);
    }
}
