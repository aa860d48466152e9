//! What other threads put into the inbox, while the loop goes to sleep, sleeps, or does not.

use std::{
    future::{pending, poll_fn},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::Poll,
    thread,
};

use crate::event_loop::EventLoop;

/// So many threads wake the main future, each so often. It goes on when the last has: a wake that is lost leaves it
/// asleep. What the threads have written is seen by it, although it is written without any order: the inbox's lock
/// brings it along.
fn wakes(threads: u64, times: u64) -> &'static str {
    let event_loop = EventLoop::new();
    let told = Arc::new(AtomicU64::new(0));
    let mut started = Vec::new();
    let main = poll_fn(|context| {
        while started.len() < threads as usize {
            let (waker, told) = (context.waker().clone(), told.clone());
            started.push(thread::spawn(move || {
                for _ in 0..times {
                    told.fetch_add(1, Relaxed);
                    waker.wake_by_ref();
                }
            }));
        }
        if told.load(Relaxed) == threads * times { Poll::Ready(()) } else { Poll::Pending }
    });
    assert_eq!(event_loop.run(main), Some(()));
    for thread in started {
        thread.join().expect("it does not panic");
    }
    assert!(event_loop.polls() <= 1 + threads * times, "a wake is one poll, at the most");
    match event_loop.polls() {
        1 => "1 poll",
        2 => "2 polls",
        _ => "3 polls",
    }
}

/// A thread wakes while the loop goes to sleep.
pub(crate) fn a_wake() -> &'static str {
    wakes(1, 1)
}

/// The second wake of a thread may meet the first in the inbox, or be the one that ends a sleep.
pub(crate) fn two_wakes_of_a_thread() -> &'static str {
    wakes(1, 2)
}

/// So may that of another thread.
pub(crate) fn a_wake_each_of_two_threads() -> &'static str {
    wakes(2, 1)
}

/// Threads that may send something, and of whom the first few do. Nobody has a waker, so the loop is in a deadlock; but not
/// before they are gone, and what they have sent is done. And should nobody be left to end a sleep, it never ends.
fn outsiders(threads: usize, senders: usize) -> &'static str {
    let event_loop = EventLoop::new();
    let called = Arc::new(AtomicU64::new(0));
    let threads: Vec<_> = (0..threads)
        .map(|number| {
            let (outsider, called) = (event_loop.outsider(), called.clone());
            thread::spawn(move || {
                if number < senders {
                    let call = Box::new(move |_: &_| _ = called.fetch_add(1, Relaxed));
                    assert!(outsider.inbox().call(call).is_ok(), "the loop is open");
                }
            })
        })
        .collect();
    assert_eq!(event_loop.run(pending::<()>()), None);
    assert_eq!(called.load(Relaxed), senders as u64, "each was called, once, before the end");
    for thread in threads {
        thread.join().expect("it does not panic");
    }
    "deadlock"
}

/// A thread has something done in the loop, and lets go of its handle.
pub(crate) fn a_call() -> &'static str {
    outsiders(1, 1)
}

/// A thread lets go of the handle that could have ended the loop's sleep, and has sent nothing.
pub(crate) fn a_handle_that_goes() -> &'static str {
    outsiders(1, 0)
}

/// The last of two ends the sleep, whichever it is.
pub(crate) fn a_call_and_a_handle_that_goes() -> &'static str {
    outsiders(2, 1)
}

/// Both letters are in the inbox at once, or each is met by another turn of the loop.
pub(crate) fn two_calls() -> &'static str {
    outsiders(2, 2)
}
