//! Work on threads: what is queued is done once, or is withdrawn.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::Poll,
    thread,
    time::Duration,
};

use crate::{
    event_loop::EventLoop,
    trace::Clock,
    waits::{ToThread, sleep, to_thread},
};

/// Polls once.
async fn begin<T: Send + 'static>(job: &mut Pin<&mut ToThread<T>>) -> Option<T> {
    poll_fn(|context| match job.as_mut().poll(context) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// A thread does it while the loop goes to sleep.
pub(crate) fn a_job() -> &'static str {
    let event_loop = EventLoop::new();
    assert_eq!(event_loop.run(to_thread(|| 7)), Some(7));
    match event_loop.polls() {
        1 => "done by the first poll",
        2 => {
            // It was woken by a thread that had let go of it by then.
            assert_eq!(event_loop.jobs(), 0);
            "woken"
        }
        polls => panic!("{polls} polls"),
    }
}

/// Two jobs at once; each returns how many were begun before it.
fn two_jobs(threads: usize) -> (u64, u64) {
    let event_loop = EventLoop::with(Clock::real(), threads);
    let begun = Arc::new(AtomicU64::new(0));
    let job = || {
        let begun = begun.clone();
        to_thread(move || begun.fetch_add(1, Relaxed))
    };
    let places = event_loop.run(async {
        let (mut first, mut second) = (pin!(job()), pin!(job()));
        let known = (begin(&mut first).await, begin(&mut second).await);
        match known {
            (Some(first), Some(second)) => (first, second),
            (Some(first), None) => (first, second.await),
            (None, Some(second)) => (first.await, second),
            (None, None) => (first.await, second.await),
        }
    });
    places.expect("no deadlock")
}

/// One thread does them in turn.
pub(crate) fn two_jobs_of_a_thread() -> &'static str {
    assert_eq!(two_jobs(1), (0, 1));
    "in turn"
}

pub(crate) fn a_job_each_of_two_threads() -> &'static str {
    match two_jobs(2) {
        (0, 1) => "in turn",
        (1, 0) => "the other way round",
        places => panic!("one was done twice, or none: {places:?}"),
    }
}

/// Counts how often the work that holds it was done and dropped.
#[derive(Clone, Default)]
struct Counts {
    done: Arc<AtomicU64>,
    dropped: Arc<AtomicU64>,
}

struct Counted(Counts);

impl Counted {
    fn work(self) {
        self.0.done.fetch_add(1, Relaxed);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Relaxed);
    }
}

/// The future is dropped while the thread takes the job, or before, or after it.
pub(crate) fn a_withdrawn_job() -> &'static str {
    let event_loop = EventLoop::new();
    let counts = Counts::default();
    let counted = Counted(counts.clone());
    let begun = event_loop.run(async {
        let mut job = pin!(to_thread(move || counted.work()));
        begin(&mut job).await
    });
    assert!(begun.is_some(), "no deadlock");
    drop(event_loop);
    assert_eq!(counts.dropped.load(Relaxed), 1, "closing waits for what is under way");
    match counts.done.load(Relaxed) {
        0 => "withdrawn",
        1 => "done",
        times => panic!("done {times} times"),
    }
}

/// A job is withdrawn while the thread takes one. The job behind it is not touched.
pub(crate) fn a_job_behind_a_withdrawn_one() -> &'static str {
    let event_loop = EventLoop::new();
    let counts = Counts::default();
    let counted = Counted(counts.clone());
    let result = event_loop.run(async {
        let mut behind = pin!(to_thread(|| 7));
        {
            let mut job = pin!(to_thread(move || counted.work()));
            begin(&mut job).await;
            if let Some(result) = begin(&mut behind).await {
                return result;
            }
        }
        behind.await
    });
    assert_eq!(result, Some(7));
    drop(event_loop);
    assert_eq!(counts.dropped.load(Relaxed), 1);
    if counts.done.load(Relaxed) == 0 { "withdrawn" } else { "done" }
}

/// A thread has been idle for long and is about to end, when a job comes.
pub(crate) fn a_job_for_a_thread_that_ends() -> &'static str {
    let event_loop = EventLoop::new();
    let by_which = || to_thread(|| thread::current().id());
    let time = thread::spawn(std::time_passes);
    let (first, second) =
        event_loop.run(async { (by_which().await, by_which().await) }).expect("no deadlock");
    time.join().expect("it does not panic");
    if first == second { "the same thread" } else { "another thread" }
}

/// Virtual time does not jump while a job is under way, nor before whoever waits for it has been woken.
pub(crate) fn a_job_under_virtual_time() -> &'static str {
    let event_loop = EventLoop::with(Clock::virtual_time(), 1);
    let result = event_loop.run(async {
        let (mut job, mut limit) = (pin!(to_thread(|| 7)), pin!(sleep(Duration::from_secs(1))));
        poll_fn(|context| match (job.as_mut().poll(context), limit.as_mut().poll(context)) {
            (Poll::Ready(result), _) => Poll::Ready(result),
            (Poll::Pending, Poll::Ready(())) => panic!("time has jumped"),
            (Poll::Pending, Poll::Pending) => Poll::Pending,
        })
        .await
    });
    assert_eq!(result, Some(7));
    assert!(event_loop.is_at_time_zero());
    "in no time"
}

/// Virtual time waits for a job for which nobody waits any more; when that is done, it goes on.
pub(crate) fn time_behind_a_dropped_job() -> &'static str {
    let event_loop = EventLoop::with(Clock::virtual_time(), 1);
    let counts = Counts::default();
    let counted = Counted(counts.clone());
    let slept = event_loop.run(async {
        {
            let mut job = pin!(to_thread(move || counted.work()));
            begin(&mut job).await;
        }
        sleep(Duration::from_secs(1)).await;
    });
    assert_eq!(slept, Some(()));
    assert_eq!(event_loop.jobs(), 0, "time has not jumped over it");
    if counts.done.load(Relaxed) == 0 { "withdrawn" } else { "done" }
}
