//! Running code that is not ours: whatever it does, the rest of the batch is still served.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

/// Runs foreign code and catches its panic.
///
/// Asserting unwind safety is right because of a rule kept all over this crate: while foreign code runs we
/// hold no borrow and no lock, so a panic can't leave our own state half changed. What it does to the
/// caller's state is shown to the caller: the panic is handed on or recorded, never hidden.
pub(crate) fn catch<T>(foreign: impl FnOnce() -> T) -> thread::Result<T> {
    catch_unwind(AssertUnwindSafe(foreign))
}

/// Runs foreign code where no trace is at hand to record a panic in, such as on another thread.
pub(crate) fn run_caught(foreign: impl FnOnce()) {
    if let Err(payload) = catch(foreign) {
        discard(payload);
    }
}

/// Drops what a panic was about, which may panic in its turn: that second payload is leaked, or
/// dropping could go on for ever.
pub(crate) fn discard(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch(|| drop(payload)) {
        std::mem::forget(second);
    }
}
