//! The last line of the views: which files were written, and how to open them. It is printed when the last loop or the
//! program has ended. Browsers that still watch then get the rest.
//!
//! Nobody knows in advance which loop is the last one: a program may make another one. But a thread with loops ends
//! some time, the main thread with the program, even after `process::exit`. Then its thread-locals are dropped.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::{files::say_what_was_written, live};

/// How many threads have, or have had, a loop that is recorded.
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static LAST_WORD: LastWord = LastWord::new();
}

/// Goes with its thread.
struct LastWord;

impl LastWord {
    fn new() -> LastWord {
        THREADS.fetch_add(1, Relaxed);
        LastWord
    }
}

impl Drop for LastWord {
    fn drop(&mut self) {
        if THREADS.fetch_sub(1, Relaxed) == 1 {
            say_what_was_written();
            live::linger();
        }
    }
}

/// A loop is recorded on this thread. (If the thread is about to end already, nothing will be said.)
pub(super) fn expect_the_end_of_this_thread() {
    let _ = LAST_WORD.try_with(|_| ());
}
