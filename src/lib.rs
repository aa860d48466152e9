//! A small single-threaded async runtime. You can read it in an afternoon, watch it while it runs, and use it.
//!
//! It has the function names of Python's asyncio. Inside are Rust's `Future` and `Waker` on mio's readiness polling.
//! Nothing is hidden: there is no `unsafe`, no macro, and no second thread that does the real work. (Name lookups,
//! files and [`to_thread`] use threads, since they block.)
//!
//! ```
//! use std::time::Duration;
//! use glassloop::{create_task, run, sleep};
//!
//! async fn greet(name: &'static str, after: u64) -> &'static str {
//!     sleep(Duration::from_millis(after)).await;
//!     name
//! }
//!
//! run(async {
//!     let slow = create_task(greet("world", 20)); // both wait at the same time
//!     let quick = create_task(greet("hello", 10));
//!     assert_eq!((quick.await?, slow.await?), ("hello", "world"));
//!     Ok::<(), glassloop::TaskError>(())
//! })
//! # .unwrap();
//! ```
//!
//! To see every poll, every wake and its cause, run any program with `GLASSLOOP=story,all`; `GLASSLOOP=help` lists
//! the other views.
//!
//! # The layers, and the order in which to read them
//!
//! Each layer uses only the layers below it, and a test checks that (`tests/house.rs`).
//!
//! | layer | what is there |
//! |---|---|
//! | `http`; `signal`, `futures_io` (features) | a client, HTTP/1.0 over sockets; Ctrl-C; traits of other crates |
//! | `handle`; `streams`, [`fs`] | [`EventLoop`], [`run`]; [`open_connection`], [`start_server`]; files |
//! | `tasks`, [`sync`], [`net`], `waits` | hand-written futures, one idea each |
//! | `runtime`; [`views`] | the loop; story, lints, timeline: functions of records. Neither uses the other |
//! | [`trace`] | what happened, and why: records and their observers |
//!
//! Begin with `runtime`, in the order that its `mod.rs` gives. Then read `tasks/cell.rs`, the typed side of a task,
//! and one future of each kind: `waits/sleep.rs`, `net/source.rs` (try, wait, try again), `waits/to_thread.rs`. The
//! rest is made of these. For the views, begin with [`trace::record`] and `trace/emit.rs`. Then read any view: all
//! of them read the same records.
//!
//! # The invariants
//!
//! 1. **Only the loop polls.** `wake()` never runs a task: it puts the task into the ready queue. Callbacks are
//!    queued too, never called inline.
//! 2. **A task is queued at most once.** The first wake sets a flag, which is cleared just before the poll: a
//!    wake during the poll queues the task again, and none is lost. First in, first out.
//! 3. **The latest waker counts.** A future that returns `Pending` keeps the waker of that poll, not of the
//!    first.
//! 4. **You may wait only after you saw "would block".** Readiness is reported at the edge. Since the loop and the
//!    tasks share a thread, this rule is enough. (A read that got less than it had room for also means "would
//!    block", if the peer has not closed.) An error or a hang-up wakes both directions. Connecting is the
//!    exception: there is nothing to try, so it asks for the socket's error, then for its peer.
//! 5. **No borrow and no lock is held while foreign code runs**: a poll, a wake, a callback, an observer, the
//!    clone or drop of a waker, the drop of a future or of a result.
//! 6. **Dropping a future undoes what it registered**: no timer, no interest, no waiter is left.
//!    [`EventLoop::counters`] proves it.
//! 7. **The loop sleeps only when nothing is ready**, until the next deadline or event. A wake from another thread
//!    between the check and the sleep is not lost.
//! 8. **A turn is bounded.** After 64 polls it is the turn of timers, sockets and other threads, and a task whose
//!    socket is always ready has a budget. Nobody starves.
//! 9. **Foreign code may panic anywhere.** Each panic is caught separately and recorded. The rest of the batch
//!    still runs, and the loop stays usable. Only the main future's panic leaves [`run`].

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod fs;
#[cfg(feature = "futures-io")]
pub mod futures_io;
mod handle;
#[cfg(feature = "http")]
pub mod http;
pub mod net;
mod runtime;
#[cfg(feature = "signal")]
pub mod signal;
mod streams;
pub mod sync;
mod tasks;
pub mod trace;
pub mod views;
mod waits;

pub use handle::{
    Builder, Counters, EventLoop, LoopClosed, LoopHandle, RemoteTask, dump, ensure_future,
    get_event_loop, run,
};
pub use streams::{
    Drain, OpenConnection, Read, ReadError, Server, ServerWait, StartServer, StreamReader,
    StreamWriter, WaitClosed, open_connection, start_server,
};
pub use tasks::{
    AsCompleted, ChildError, Gather, GatherAll, GroupError, NextCompleted, PanicPayload,
    ReturnWhen, Scope, Shield, Task, TaskError, TaskGroup, TaskRef, Wait, WaitGroup, all_tasks,
    as_completed, create_task, current_task, gather, shield, task_group, wait,
};
pub use waits::{
    Interval, Sleep, Tick, Timeout, TimeoutError, ToThread, YieldNow, interval, sleep, timeout,
    timeout_at, to_thread, yield_now,
};

/// The README's program is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// So are the programs in the book.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../docs/README.md")]
    struct FirstPage;

    #[doc = include_str!("../docs/why-an-event-loop.md")]
    struct WhyAnEventLoop;

    #[doc = include_str!("../docs/suspension.md")]
    struct Suspension;

    #[doc = include_str!("../docs/task-and-waker.md")]
    struct TaskAndWaker;

    #[doc = include_str!("../docs/reactor-timers-threads.md")]
    struct ReactorTimersThreads;

    #[doc = include_str!("../docs/cancelling.md")]
    struct Cancelling;

    #[doc = include_str!("../docs/fairness.md")]
    struct Fairness;

    #[doc = include_str!("../docs/http-by-hand.md")]
    struct HttpByHand;

    #[doc = include_str!("../docs/watching.md")]
    struct Watching;

    #[doc = include_str!("../docs/misconceptions.md")]
    struct Misconceptions;

    #[doc = include_str!("../docs/asyncio.md")]
    struct Asyncio;
}
