//! The contract of a waker with the loop: who is polled after a wake, how often, and who is not.
//!
//! Invariants 1 (only the loop polls), 2 (queued at most once, no wake lost) and 7 (no wake is lost
//! between the check and the sleep) of `src/lib.rs`.

mod common;

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    rc::Rc,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::{Poll, Waker},
    thread,
    time::Duration,
};

use common::{recorded, virtual_and_recorded};
use glassloop::{
    EventLoop, Task, create_task, sleep, timeout,
    trace::{Record, TaskId, What},
    yield_now,
};

/// Where a lost wake would leave a test asleep for ever, this makes it fail instead. Under virtual time it
/// costs nothing.
const MINUTE: Duration = Duration::from_secs(60);

/// A place for a task's waker, and how often it was polled.
#[derive(Clone, Default)]
struct Watched {
    waker: Rc<RefCell<Option<Waker>>>,
    polls: Rc<Cell<u32>>,
}

impl Watched {
    /// A future that is ready at its `last` poll and is woken by nobody but the test.
    fn until_poll(&self, last: u32) -> impl Future<Output = ()> + use<> {
        let Watched { waker, polls } = self.clone();
        poll_fn(move |context| {
            waker.replace(Some(context.waker().clone()));
            polls.set(polls.get() + 1);
            if polls.get() == last { Poll::Ready(()) } else { Poll::Pending }
        })
    }

    fn waker(&self) -> Waker {
        self.waker.borrow().clone().expect("it was polled")
    }
}

/// A loop under virtual time.
fn virtual_loop() -> EventLoop {
    EventLoop::builder().unwatched().virtual_time().build().unwrap()
}

#[test]
fn a_wake_during_a_poll_is_not_lost() {
    let (event_loop, lines) = virtual_and_recorded();
    let mut polls = 0;
    event_loop.run_until_complete(poll_fn(|context| {
        polls += 1;
        context.waker().wake_by_ref();
        if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
    }));
    let expected = [
        "loop starts with 0",
        "poll 0 #1",
        "wake 0 by task 0",
        "pending 0",
        "poll 0 #2",
        "wake 0 by task 0",
        "ready 0",
        "loop ends with 0",
    ];
    assert_eq!(lines.take(), expected);
}

#[test]
fn two_wakes_before_a_poll_are_one_poll() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let watched = Watched::default();
        let task = create_task(watched.until_poll(3));
        yield_now().await;
        watched.waker().wake();
        watched.waker().wake();
        yield_now().await;
        assert_eq!(watched.polls.get(), 2);
        watched.waker().wake();
        task.await.unwrap();
    });
    let expected = [
        "poll 1 #1",
        "wake 1 by task 0",
        "wake 1 by task 0, already queued",
        "poll 1 #2",
        "wake 1 by task 0",
        "poll 1 #3",
    ];
    assert_eq!(lines.take_only(&["poll 1", "wake 1"]), expected);
}

#[test]
fn a_task_is_polled_once_and_then_only_after_a_wake() {
    let watched = Watched::default();
    virtual_loop().run(async {
        drop(create_task(watched.until_poll(0)));
        for _ in 0..200 {
            yield_now().await;
        }
    });
    assert_eq!(watched.polls.get(), 1);
}

#[test]
fn wake_never_polls_inline() {
    virtual_loop().run(async {
        let watched = Watched::default();
        let task = create_task(watched.until_poll(2));
        yield_now().await;
        watched.waker().wake();
        assert_eq!(watched.polls.get(), 1, "polled by wake()");
        task.await.unwrap();
        assert_eq!(watched.polls.get(), 2);
    });
}

#[test]
fn a_wake_of_a_finished_task_is_ignored_and_counted() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let watched = Watched::default();
        create_task(watched.until_poll(1)).await.unwrap();
        lines.take();
        watched.waker().wake();
        watched.waker().wake();
        yield_now().await;
    });
    assert_eq!(
        lines.take_only(&["wake 1"])[0..2],
        ["wake 1 by task 0", "wake 1 by task 0, already queued"]
    );
    assert_eq!(event_loop.counters().dead_wakes, 1);
    assert_eq!(event_loop.counters().tasks, 0);
}

#[test]
fn a_wake_of_a_finished_task_by_another_thread_is_ignored_and_counted() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let watched = Watched::default();
        create_task(watched.until_poll(1)).await.unwrap();
        let waker = watched.waker();
        thread::spawn(move || waker.wake()).join().unwrap();
        sleep(Duration::from_secs(1)).await;
    });
    let expected = ["wake 1 by outside", "dead wake 1"];
    assert_eq!(lines.take_only(&["wake 1", "dead wake"]), expected);
    assert_eq!(event_loop.counters().dead_wakes, 1);
}

#[test]
fn the_waker_of_a_task_that_is_gone_does_not_wake_the_one_that_took_its_place() {
    virtual_loop().run(async {
        let (gone, next) = (Watched::default(), Watched::default());
        let first = create_task(gone.until_poll(1));
        let first_id = first.id();
        first.await.unwrap();
        let second = create_task(next.until_poll(0));
        assert_ne!(first_id, second.id());
        yield_now().await;
        gone.waker().wake();
        yield_now().await;
        assert_eq!(next.polls.get(), 1, "woken by a waker that was not its own");
    });
}

#[test]
fn a_waker_that_nobody_has_kept_serves_the_next_task() {
    let address = || create_task(poll_fn(|context| Poll::Ready(context.waker().data() as usize)));
    virtual_loop().run(async {
        let first = address().await.unwrap();
        assert_eq!(address().await.unwrap(), first);

        let watched = Watched::default();
        create_task(watched.until_poll(1)).await.unwrap();
        assert_ne!(address().await.unwrap(), watched.waker().data() as usize);
    });
}

#[test]
fn ids_are_never_reused_and_each_main_future_has_a_fresh_one() {
    let (event_loop, lines) = virtual_and_recorded();
    let mut ids = Vec::new();
    for _ in 0..2 {
        event_loop.run_until_complete(async {
            for _ in 0..2 {
                let task = create_task(async {});
                ids.push(task.id());
                task.await.unwrap();
            }
        });
    }
    assert_eq!(ids, [1, 2, 4, 5].map(TaskId));
    assert_eq!(lines.take_only(&["loop starts"]), ["loop starts with 0", "loop starts with 3"]);
}

#[test]
fn the_waker_of_an_earlier_main_future_does_not_wake_a_later_one() {
    let event_loop = virtual_loop();
    let first = Watched::default();
    event_loop.run_until_complete(first.until_poll(1));
    event_loop.run_until_complete(async {
        first.waker().wake();
        sleep(Duration::from_secs(1)).await;
    });
    assert_eq!(event_loop.counters().polls, 1 + 2);
    assert_eq!(event_loop.counters().dead_wakes, 1);
}

#[test]
fn the_main_future_may_borrow_and_is_polled_only_when_it_is_woken() {
    let event_loop = virtual_loop();
    let mut polls = 0;
    let busy = event_loop.create_task(async {
        for _ in 0..100 {
            yield_now().await;
        }
    });
    let mut busy = std::pin::pin!(busy);
    event_loop.run_until_complete(poll_fn(|context| {
        polls += 1;
        busy.as_mut().poll(context).map(Result::unwrap)
    }));
    assert_eq!(polls, 2);
}

#[test]
fn a_waker_outlives_its_loop() {
    let watched = Watched::default();
    let event_loop = virtual_loop();
    let task = event_loop.create_task(watched.until_poll(0));
    event_loop.run_until_complete(yield_now());
    drop(event_loop);
    assert!(task.cancelled());
    watched.waker().wake();
    let waker = watched.waker();
    thread::spawn(move || waker.wake()).join().expect("a wake of a closed loop does nothing");
    assert_eq!(watched.polls.get(), 1);
}

#[test]
fn a_wake_from_another_loop_on_the_same_thread_reaches_its_own_loop() {
    let (ours, lines) = virtual_and_recorded();
    let watched = Watched::default();
    let task = ours.create_task(watched.until_poll(2));
    ours.run_until_complete(yield_now());
    lines.take();

    let (other, watched) = (virtual_loop(), &watched);
    other.run(async { watched.waker().wake() });
    assert_eq!(lines.take(), [""; 0], "the other loop did it");

    ours.run_until_complete(timeout(MINUTE, task)).expect("woken").unwrap();
    assert_eq!(lines.take_only(&["wake 1"]), ["wake 1 by outside"]);
}

#[test]
fn a_wake_by_another_thread_before_the_sleep_keeps_the_loop_awake() {
    let (event_loop, lines) = recorded(EventLoop::builder().unwatched());
    let mut polls = 0;
    event_loop
        .run_until_complete(timeout(
            MINUTE,
            poll_fn(|context| {
                polls += 1;
                let waker = context.waker().clone();
                thread::spawn(move || waker.wake()).join().unwrap();
                if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
            }),
        ))
        .expect("the wake was lost");
    let seen = lines.take_only(&["poll", "wake", "park", "unpark"]);
    let wake = "wake 0 by outside";
    assert_eq!(seen, ["poll 0 #1", wake, "poll 0 #2", wake, "poll 0 #3"]);
}

/// The race that every loop must win: the thread wakes when the loop has resolved to sleep.
#[test]
fn a_wake_by_another_thread_after_the_check_ends_the_sleep() {
    for _ in 0..100 {
        let (parked, when_parked) = mpsc::channel::<()>();
        let observer = move |record: &Record| {
            if matches!(record.what, What::Parked { .. }) {
                let _ = parked.send(());
            }
        };
        let (event_loop, lines) = recorded(EventLoop::builder().unwatched().observer(observer));
        let watched = Rc::new(RefCell::new(Some(when_parked)));
        let main = poll_fn(|context| {
            let Some(when_parked) = watched.take() else { return Poll::Ready(()) };
            let waker = context.waker().clone();
            thread::spawn(move || {
                when_parked.recv().unwrap();
                waker.wake();
            });
            Poll::Pending
        });
        event_loop.run_until_complete(timeout(MINUTE, main)).expect("the wake was lost");
        let seen = lines.take_only(&["poll", "wake", "unpark"]);
        assert_eq!(
            seen,
            ["poll 0 #1", "unpark by another thread", "wake 0 by outside", "poll 0 #2"]
        );
    }
}

#[test]
fn many_threads_that_wake_many_tasks_lose_none() {
    const THREADS: usize = 8;
    type Shared = Arc<(AtomicUsize, Mutex<Option<Waker>>)>;
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    let all: Vec<Shared> = (0..200).map(|_| Shared::default()).collect();
    let tasks: Vec<Task<()>> = (all.iter().cloned())
        .map(|shared| {
            event_loop.create_task(poll_fn(move |context| {
                *shared.1.lock().unwrap() = Some(context.waker().clone());
                match shared.0.load(SeqCst) {
                    THREADS => Poll::Ready(()),
                    _ => Poll::Pending,
                }
            }))
        })
        .collect();
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let all = all.clone();
            thread::spawn(move || {
                for shared in all {
                    shared.0.fetch_add(1, SeqCst);
                    let waker = shared.1.lock().unwrap().clone();
                    waker.inspect(Waker::wake_by_ref);
                }
            })
        })
        .collect();
    let all_done = async {
        for task in tasks {
            task.await.unwrap();
        }
    };
    event_loop.run(timeout(MINUTE, all_done)).expect("a wake was lost");
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}
