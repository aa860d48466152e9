//! Exercise 2: a waker that sets a flag. The task is in `docs/course/ex02.md` (中文：`docs/course/zh/ex02.md`).

#![allow(unused_variables, dead_code)]

use std::{
    sync::Arc,
    task::{Wake, Waker},
};

/// Says whether one of its wakers was called.
pub struct Flag {
    // Your fields.
}

impl Flag {
    /// A flag that is not set.
    pub fn new() -> Arc<Flag> {
        todo!()
    }

    /// A waker that sets this flag, from whatever thread it is called.
    pub fn waker(self: &Arc<Self>) -> Waker {
        todo!()
    }

    /// Was a waker of this flag called since the last `take`? Afterwards the flag is not set.
    pub fn take(&self) -> bool {
        todo!()
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        todo!()
    }
}
