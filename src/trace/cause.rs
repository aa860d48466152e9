//! What a wake is caused by that comes from another thread than the loop's.

use std::cell::Cell;

use super::record::Cause;

thread_local! {
    static HERE: Cell<Cause> = const { Cell::new(Cause::Outside) };
}

/// Says what the wakes that come from this thread are caused by, from now on.
pub(crate) fn set_cause_here(cause: Cause) {
    HERE.set(cause);
}

/// What was said last.
pub(crate) fn cause_here() -> Cause {
    HERE.get()
}
