//! The last word of the views: which files were written, and how they are opened; and browsers that look on get the
//! rest. It is said once the last loop is gone, or the program.
//!
//! Which loop is the last one nobody knows in advance: a program may make another one. But a thread that has had loops
//! comes to an end, the main thread with the program, also by `process::exit`; and then its thread-locals are dropped.

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
