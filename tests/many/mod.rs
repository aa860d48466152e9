//! What the tests of many tasks share: programs that are run in every order, and destructors that
//! are counted.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    thread,
    time::Duration,
};

use glassloop::EventLoop;

use crate::common::assert_nothing_left;

pub const MS: Duration = Duration::from_millis(1);

/// Longer than anything here takes.
pub const HOUR: Duration = Duration::from_secs(3600);

/// Says which seed it was, if a test fails.
struct Seed(Option<u64>);

impl Drop for Seed {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the order was that of the seed {:?}", self.0);
        }
    }
}

/// Runs a program under virtual time: first in, first out, and then in a hundred orders that nobody
/// promised. After each run nothing may be left.
#[track_caller]
pub fn in_any_order<F: Future<Output = ()>>(program: impl Fn() -> F) {
    for seed in [None].into_iter().chain((0..100).map(Some)) {
        let _seed = Seed(seed);
        let builder = EventLoop::builder().unwatched().virtual_time();
        let builder = seed.into_iter().fold(builder, |builder, seed| builder.shuffle(seed));
        let event_loop = builder.build().expect("a loop can be made");
        event_loop.run_until_complete(program());
        assert_nothing_left(&event_loop);
    }
}

/// How much of the loop's time has gone by.
pub fn now() -> Duration {
    glassloop::get_event_loop().time()
}

/// Runs code when it is dropped.
pub struct OnDrop<F: FnMut()>(pub F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Counts the drops of what it gives out.
#[derive(Clone, Default)]
pub struct Drops(Rc<Cell<u32>>);

impl Drops {
    pub fn guard(&self) -> OnDrop<impl FnMut() + use<>> {
        let count = self.0.clone();
        OnDrop(move || count.set(count.get() + 1))
    }

    pub fn count(&self) -> u32 {
        self.0.get()
    }
}

pub fn explode() {
    panic!("on purpose");
}

/// The words of the panic that `code` ends in.
#[track_caller]
pub fn panic_of<T>(code: impl FnOnce() -> T) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(code)) else {
        panic!("it should have panicked")
    };
    match payload.downcast::<&str>() {
        Ok(words) => words.to_string(),
        Err(payload) => *payload.downcast::<String>().expect("a panic in words"),
    }
}
