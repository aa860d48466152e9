//! The cause of a wake that comes from another thread than the loop's.

use std::cell::Cell;

use super::record::Cause;

thread_local! {
    static HERE: Cell<Cause> = const { Cell::new(Cause::Outside) };
}

/// Sets the cause of the wakes that come from this thread from now on.
pub(crate) fn set_cause_here(cause: Cause) {
    HERE.set(cause);
}

/// The cause that was set last.
pub(crate) fn cause_here() -> Cause {
    HERE.get()
}
