//! What `std` can do with a thread-local cell, and loom cannot yet.

use std::cell::Cell;

/// As `LocalKey<Cell<T>>` has them.
pub trait ThreadLocalCell<T> {
    fn get(&'static self) -> T;
    fn set(&'static self, value: T);
}

impl<T: Copy + 'static> ThreadLocalCell<T> for loom::thread::LocalKey<Cell<T>> {
    fn get(&'static self) -> T {
        self.with(Cell::get)
    }

    fn set(&'static self, value: T) {
        self.with(|cell| cell.set(value));
    }
}
