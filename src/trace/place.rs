//! Whose line it is: a future that does many things for one call says them all at the line of that call.

use std::cell::Cell;

use super::Place;

thread_local! {
    /// The line of the call that the work around here is done for.
    static ON_BEHALF_OF: Cell<Option<Place>> = const { Cell::new(None) };
}

/// Does something on behalf of a call at this line; where that is itself done on behalf of another, of that one.
#[cfg(feature = "http")]
pub(crate) fn at_place<T>(place: Place, work: impl FnOnce() -> T) -> T {
    struct Restore(Option<Place>);
    impl Drop for Restore {
        fn drop(&mut self) {
            ON_BEHALF_OF.set(self.0);
        }
    }
    let before = ON_BEHALF_OF.get();
    let _restore = Restore(before);
    ON_BEHALF_OF.set(before.or(Some(place)));
    work()
}

/// The line to be told of a leaf that was made at this one.
pub(crate) fn told_place(place: Place) -> Place {
    ON_BEHALF_OF.get().unwrap_or(place)
}
