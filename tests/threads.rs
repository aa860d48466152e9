//! Threads for blocking work: started when needed, bounded, used again; what a job does wrong stays
//! with its awaiter; closing waits for what runs and drops what has not begun.

#![cfg_attr(
    not(target_os = "linux"),
    allow(unused_imports, dead_code, reason = "a part of the tests is for Linux alone")
)]

mod common;

use std::{
    collections::HashSet,
    env,
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind},
    process::Command,
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc,
    },
    thread,
};

use common::{CountingWaker, assert_nothing_left, poll_with, recorded};
use glassloop::{EventLoop, Task, create_task, net::lookup_host, to_thread, yield_now};

fn with_threads(most: usize) -> EventLoop {
    EventLoop::builder().unwatched().max_threads(most).build().unwrap()
}

fn own_name() -> String {
    thread::current().name().unwrap_or("").to_string()
}

/// Lets the loop run until a job of this task has been handed to a thread and is held there.
fn held(event_loop: &EventLoop) -> (Task<()>, mpsc::Sender<()>) {
    let (begun, has_begun) = mpsc::channel();
    let (open, gate) = mpsc::channel();
    let task = event_loop.create_task(to_thread(move || {
        begun.send(()).unwrap();
        gate.recv().unwrap();
    }));
    event_loop.run_until_complete(yield_now());
    has_begun.recv().unwrap();
    (task, open)
}

#[test]
fn a_job_runs_on_a_thread_of_the_loop_and_its_story_is_told_in_order() {
    let (event_loop, lines) = recorded(EventLoop::builder().unwatched());
    let (open, gate) = mpsc::channel();
    event_loop.run_until_complete(async {
        let job = create_task(to_thread(move || {
            gate.recv().unwrap();
            own_name()
        }));
        yield_now().await;
        open.send(()).unwrap();
        assert_eq!(job.await.unwrap(), "glassloop-work-1");
    });
    let told = lines.take_only(&["queue", "done", "pending 1", "wake 1"]);
    let story = ["queue job 1", "pending 1: job 1", "wake 1 by job 1", "done job 1"];
    assert_eq!(told, story);
    assert_nothing_left(&event_loop);
}

#[test]
fn a_job_begins_with_the_first_poll_not_before() {
    let (event_loop, lines) = recorded(EventLoop::builder().unwatched());
    let job = to_thread(|| ());
    event_loop.run_until_complete(yield_now());
    drop(job);
    assert_eq!(lines.take_only(&["queue"]), [""; 0]);
}

#[test]
fn jobs_that_need_each_other_run_at_the_same_time() {
    let event_loop = with_threads(3);
    let barrier = Arc::new(Barrier::new(3));
    let meet = || {
        let barrier = barrier.clone();
        event_loop.create_task(to_thread(move || {
            barrier.wait();
            own_name()
        }))
    };
    let tasks = [meet(), meet(), meet()];
    event_loop.run_until_complete(async {
        let mut names = HashSet::new();
        for task in tasks {
            names.insert(task.await.unwrap());
        }
        assert_eq!(names.len(), 3, "{names:?}");
    });
}

#[test]
fn there_are_never_more_threads_than_was_said_and_jobs_are_begun_in_order() {
    let event_loop = with_threads(1);
    let (task, open) = held(&event_loop);
    let (report, reports) = mpsc::channel();
    let jobs: Vec<_> = (0..20)
        .map(|n| {
            let report = report.clone();
            event_loop.create_task(to_thread(move || report.send((n, own_name())).unwrap()))
        })
        .collect();
    event_loop.run_until_complete(yield_now());
    assert_eq!(event_loop.counters().jobs, 21);
    open.send(()).unwrap();
    event_loop.run_until_complete(async {
        task.await.unwrap();
        for job in jobs {
            job.await.unwrap();
        }
    });
    drop(report);
    let expected: Vec<_> = (0..20).map(|n| (n, "glassloop-work-1".to_string())).collect();
    assert_eq!(reports.into_iter().collect::<Vec<_>>(), expected);
    assert_nothing_left(&event_loop);
}

#[test]
fn an_idle_thread_is_used_again() {
    let event_loop = with_threads(64);
    let names: HashSet<String> = event_loop.run_until_complete(async {
        let mut names = HashSet::new();
        for _ in 0..200 {
            names.insert(to_thread(own_name).await);
        }
        names
    });
    // A thread that is not quite idle yet when the next job comes has another one started; seldom.
    assert!(names.len() < 64, "{} threads for one job at a time", names.len());
}

#[test]
fn many_jobs_on_few_threads_each_bring_their_own_result() {
    let event_loop = with_threads(4);
    event_loop.run_until_complete(async {
        let tasks: Vec<_> = (0..500).map(|n| create_task(to_thread(move || n * n))).collect();
        for (n, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.unwrap(), n * n);
        }
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn the_panic_of_a_job_reaches_its_awaiter_and_nobody_else() {
    let event_loop = with_threads(1);
    event_loop.run_until_complete(async {
        let task = create_task(async {
            to_thread(|| panic!("of the job")).await;
        });
        assert_eq!(task.await.unwrap_err().panic_message(), Some("of the job"));
        assert_eq!(to_thread(own_name).await, "glassloop-work-1", "the thread goes on");
    });
    let main = catch_unwind(AssertUnwindSafe(|| {
        event_loop.run_until_complete(to_thread(|| panic!("of main's job")))
    }));
    assert_eq!(main.unwrap_err().downcast_ref(), Some(&"of main's job"));
    assert_nothing_left(&event_loop);
}

#[test]
fn the_loop_goes_on_while_a_job_waits() {
    // The job waits for what another task of the loop does: were the loop held, neither would end.
    let event_loop = with_threads(1);
    let (open, gate) = mpsc::channel();
    let job = event_loop.create_task(to_thread(move || gate.recv().unwrap()));
    let opener = event_loop.create_task(async move {
        for _ in 0..100 {
            yield_now().await;
        }
        open.send("opened").unwrap();
    });
    assert_eq!(event_loop.run_until_complete(job).unwrap(), "opened");
    event_loop.run_until_complete(opener).unwrap();
    assert_nothing_left(&event_loop);
}

/// Does something when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn closing_waits_for_the_job_that_runs() {
    let event_loop = with_threads(1);
    let (begun, has_begun) = mpsc::channel();
    let (open, gate) = mpsc::channel();
    let finished = Arc::new(AtomicBool::new(false));
    let finishes = finished.clone();
    drop(event_loop.create_task(to_thread(move || {
        begun.send(()).unwrap();
        gate.recv().unwrap();
        (0..1000).for_each(|_| thread::yield_now());
        finishes.store(true, SeqCst);
    })));
    // Closing drops this task, and that lets the job go on: so closing has begun by then.
    drop(event_loop.create_task(async move {
        let _opens = OnDrop(move || open.send(()).unwrap());
        pending::<()>().await;
    }));
    event_loop.run_until_complete(yield_now());
    has_begun.recv().unwrap();
    event_loop.close();
    assert!(finished.load(SeqCst));
    assert_nothing_left(&event_loop);
}

#[test]
fn closing_drops_the_jobs_that_no_thread_has_taken() {
    let event_loop = with_threads(1);
    let (task, open) = held(&event_loop);
    let (ran, has_run) = mpsc::channel();
    let ran_too = ran.clone();
    let in_a_task = event_loop.create_task(to_thread(move || ran.send("in a task")));
    // The thread is held until this job is dropped: were it waited for, that would be for ever.
    let opens = OnDrop(move || open.send(()).unwrap());
    let mut in_hand = to_thread(move || {
        let _opens = opens;
        ran_too.send("in hand")
    });
    let (_, waker) = CountingWaker::new();
    event_loop.run_until_complete(async {
        assert!(poll_with(&mut in_hand, &waker).is_pending());
        yield_now().await;
    });
    assert_eq!(event_loop.counters().jobs, 3);
    event_loop.close();
    assert_nothing_left(&event_loop);
    assert_eq!(has_run.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    assert!(task.cancelled() && in_a_task.cancelled());
    drop(in_hand);
    assert_nothing_left(&event_loop);
}

#[test]
fn a_result_whose_destructor_panics_on_the_thread_stops_nothing() {
    let event_loop = with_threads(1);
    let (begun, has_begun) = mpsc::channel();
    let (open, gate) = mpsc::channel();
    event_loop.run_until_complete(async {
        let mut job = to_thread(move || {
            begun.send(()).unwrap();
            gate.recv().unwrap();
            OnDrop(|| panic!("of the result's destructor"))
        });
        let (_, waker) = CountingWaker::new();
        assert!(poll_with(&mut job, &waker).is_pending());
        has_begun.recv().unwrap();
        drop(job);
        open.send(()).unwrap();
        assert_eq!(to_thread(own_name).await, "glassloop-work-1", "the thread goes on");
    });
    assert_nothing_left(&event_loop);
    event_loop.close();
}

#[test]
fn a_job_that_is_withdrawn_may_panic_in_its_destructor() {
    let event_loop = with_threads(1);
    let (task, open) = held(&event_loop);
    let (_, waker) = CountingWaker::new();
    let job = || {
        let panics = OnDrop(|| panic!("of the closure's destructor"));
        to_thread(move || drop(panics))
    };
    let (mut withdrawn, mut left) = (job(), job());
    event_loop.run_until_complete(async {
        assert!(poll_with(&mut withdrawn, &waker).is_pending());
        assert!(poll_with(&mut left, &waker).is_pending());
    });
    drop(withdrawn);
    assert_eq!(event_loop.counters().jobs, 2);
    drop(event_loop.create_task(async move {
        let _opens = OnDrop(move || open.send(()).unwrap());
        pending::<()>().await;
    }));
    event_loop.run_until_complete(yield_now());
    event_loop.close();
    assert!(task.cancelled());
    assert_nothing_left(&event_loop);
}

#[test]
fn two_loops_have_threads_of_their_own() {
    let (first, second) = (with_threads(1), with_threads(1));
    let (task, open) = held(&first);
    assert_eq!(second.run_until_complete(to_thread(own_name)), "glassloop-work-1");
    open.send(()).unwrap();
    first.run_until_complete(task).unwrap();
}

/// The lookup is held by the operating system: it opens the user's list of aliases, which is a pipe
/// that nobody writes to. So this is done in a process of its own. (Where the system asks others
/// than DNS first, it ends at once.)
#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn a_lookup_that_takes_for_ever_does_not_hold_the_loop_when_it_closes() {
    if env::var_os("HOSTALIASES").is_some() {
        return close_during_a_lookup();
    }
    let pipe = env::temp_dir().join(format!("glassloop-aliases-{}", std::process::id()));
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    let test = "a_lookup_that_takes_for_ever_does_not_hold_the_loop_when_it_closes";
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("HOSTALIASES", &pipe)
        .output();
    std::fs::remove_file(&pipe).unwrap();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn close_during_a_lookup() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    drop(event_loop.create_task(lookup_host(("nowhere", 80))));
    event_loop.run_until_complete(async {
        while !lookup_sleeps() {
            yield_now().await;
        }
    });
    event_loop.close();
}

/// Is there a thread for lookups, and does it sleep? Its job is queued before it is started, so
/// what it sleeps in is the lookup.
fn lookup_sleeps() -> bool {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    tasks.filter_map(Result::ok).any(|task| {
        let stat = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        stat.contains("(glassloop-looku)") && stat.contains(") S ") // the kernel keeps 15 letters
    })
}
