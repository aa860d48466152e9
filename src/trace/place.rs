//! Whose line it is: a future that does many things for one call reports all of them at the line of
//! that call.

use std::cell::Cell;

use super::Place;

thread_local! {
    /// The line of the call for which this work is done.
    static ON_BEHALF_OF: Cell<Option<Place>> = const { Cell::new(None) };
}

/// Does something for a call at this line. If that call itself works for another call, the line of
/// the other one counts.
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

/// The line to report for a leaf that was made at this line.
pub(crate) fn told_place(place: Place) -> Place {
    ON_BEHALF_OF.get().unwrap_or(place)
}
