//! A loop closes while threads still have to do with it: what they send is done or dropped, and nothing is left.

use std::{
    future::poll_fn,
    panic::Location,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    task::Poll,
    thread,
    time::Duration,
};

use crate::{
    event_loop::EventLoop,
    trace::Clock,
    waits::{Job, Pool, sleep},
};

/// A waker that is called too late must not keep the inbox, in which it lies, which keeps the waker.
pub(crate) fn a_wake_while_the_loop_closes() -> &'static str {
    let event_loop = EventLoop::new();
    let inbox = event_loop.inbox();
    let thread = event_loop.run(poll_fn(|context| {
        let waker = context.waker().clone();
        Poll::Ready(thread::spawn(move || waker.wake()))
    }));
    drop(event_loop);
    thread.expect("no deadlock").join().expect("it does not panic");
    assert!(inbox.upgrade().is_none(), "nobody holds the inbox but what is in it");
    "nothing is left"
}

/// Says when it is dropped.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        assert!(!self.0.swap(true, Relaxed), "dropped twice");
    }
}

/// What is sent is done, or dropped by the loop, or given back.
pub(crate) fn a_call_while_the_loop_closes() -> &'static str {
    // Not `yield_now`: that is polled again in the same turn, and the inbox is looked into when a turn is over.
    let event_loop = EventLoop::with(Clock::virtual_time(), 1);
    let inbox = event_loop.inbox();
    let (called, dropped) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (outsider, call) = (event_loop.outsider(), (called.clone(), Dropped(dropped.clone())));
    let thread = thread::spawn(move || {
        let call = Box::new(move |_: &_| {
            let (called, _dropped) = call;
            called.store(true, Relaxed);
        });
        outsider.inbox().call(call).is_err()
    });
    assert_eq!(event_loop.run(sleep(Duration::from_secs(1))), Some(()));
    drop(event_loop);
    let refused = thread.join().expect("it does not panic");
    assert!(dropped.load(Relaxed), "it is lost");
    assert!(inbox.upgrade().is_none(), "nobody holds the inbox but what is in it");
    match (called.load(Relaxed), refused) {
        (true, false) => "called",
        (false, false) => "dropped",
        (false, true) => "refused",
        (true, true) => panic!("called and refused"),
    }
}

/// A job that has begun is waited for, one that no thread has taken is dropped. Another loop, in which its future is
/// polled next, is told which.
pub(crate) fn a_job_while_the_loop_closes() -> &'static str {
    let event_loop = EventLoop::new();
    let (begun, ended) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let counts = (begun.clone(), ended.clone());
    let work = move || {
        counts.0.fetch_add(1, Relaxed);
        counts.1.fetch_add(1, Relaxed);
    };
    let mut job = pin!(Job::new(work, Pool::Work, Location::caller()));
    let known = event_loop.run(poll_fn(|context| Poll::Ready(job.as_mut().poll(context))));
    drop(event_loop);
    assert_eq!(begun.load(Relaxed), ended.load(Relaxed), "closing waits for what has begun");
    let end = match known.expect("no deadlock") {
        Poll::Ready(end) => end,
        Poll::Pending => EventLoop::new().run(job).expect("no deadlock"),
    };
    match (end.is_ok(), begun.load(Relaxed)) {
        (true, 1) => "done",
        (false, 0) => "dropped",
        (is_done, times) => panic!("done {times} times, and told that this is {is_done}"),
    }
}

/// A thread that nobody has work for is sent home: else both would wait for ever, which loom tells of.
pub(crate) fn an_idle_thread_while_the_loop_closes() -> &'static str {
    let event_loop = EventLoop::new();
    assert!(matches!(event_loop.run(Job::new(|| (), Pool::Work, Location::caller())), Some(Ok(_))));
    drop(event_loop);
    "it is gone"
}
