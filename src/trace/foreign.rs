//! Running code that is not ours: whatever it does, the rest of the batch is still served.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

/// Runs foreign code and catches its panic.
///
/// Asserting unwind safety is correct because of a rule of this crate: while foreign code runs, we
/// hold no borrow and no lock. So a panic can't leave our own state half changed. It may change the
/// caller's state, and the caller learns about the panic: it is passed on or recorded, never
/// hidden.
pub(crate) fn catch<T>(foreign: impl FnOnce() -> T) -> thread::Result<T> {
    catch_unwind(AssertUnwindSafe(foreign))
}

/// Runs foreign code where there is no trace to record a panic, such as on another thread.
pub(crate) fn run_caught(foreign: impl FnOnce()) {
    if let Err(payload) = catch(foreign) {
        discard(payload);
    }
}

/// Drops the payload of a panic. This drop may panic, too: then the second payload is leaked.
/// Otherwise dropping could go on for ever.
pub(crate) fn discard(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch(|| drop(payload)) {
        std::mem::forget(second);
    }
}
