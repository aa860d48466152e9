//! Cancelling is dropping, and dropping undoes what was registered: here for time, tasks and threads.
//! Sockets and streams are in `cancel_sockets.rs`.

mod cancelling;
mod common;

use std::{
    cell::{Cell, RefCell},
    future::{pending, poll_fn},
    rc::Rc,
    sync::mpsc,
    task::Poll,
    thread,
    time::Duration,
};

use cancelling::drop_after;
use common::{
    CountingWaker, Lines, assert_nothing_left, poll_with, recorded, virtual_and_recorded,
};
use glassloop::{
    EventLoop, Task, TaskError, create_task, interval, net::lookup_host, sleep, timeout,
    timeout_at, to_thread, yield_now,
};

const MINUTE: Duration = Duration::from_secs(60);
const MS: Duration = Duration::from_millis(1);

/// Tells that it was dropped.
struct Guard(Rc<Cell<u32>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

fn guard() -> (Guard, Rc<Cell<u32>>) {
    let drops = Rc::new(Cell::new(0));
    (Guard(drops.clone()), drops)
}

/// Drops what `make` makes after 0, 1, 2… polls, each on a loop of its own, and looks at what is
/// left. Returns how many polls it takes to the end.
fn polls_to_the_end<F: Future>(make: impl Fn() -> F) -> usize {
    for polls in 0.. {
        let (event_loop, _) = virtual_and_recorded();
        let ended = event_loop.run_until_complete(drop_after(polls, make()));
        assert_nothing_left(&event_loop);
        if ended {
            return polls;
        }
    }
    unreachable!("it ends")
}

#[test]
fn what_waits_for_time_can_be_dropped_after_any_number_of_polls() {
    assert_eq!(polls_to_the_end(|| sleep(MINUTE)), 2);
    assert_eq!(polls_to_the_end(|| sleep(Duration::ZERO)), 2);
    assert_eq!(polls_to_the_end(yield_now), 2);
    assert_eq!(polls_to_the_end(|| timeout(MS, sleep(MINUTE))), 2);
    assert_eq!(polls_to_the_end(|| timeout(MINUTE, sleep(MS))), 2);
    assert_eq!(polls_to_the_end(|| timeout(MS, pending::<()>())), 2);
    assert_eq!(polls_to_the_end(|| timeout_at(MS, timeout(MS * 2, sleep(MINUTE)))), 2);
    assert_eq!(polls_to_the_end(|| timeout_at(MS * 2, timeout(MS, sleep(MINUTE)))), 2);
}

#[test]
fn a_chain_of_waits_can_be_dropped_at_each_of_them() {
    let chain = || async {
        let mut interval = interval(MS);
        for _ in 0..3 {
            interval.tick().await; // the first one is ready at once
        }
        yield_now().await;
        let _ = timeout(MS, timeout(MINUTE, sleep(MINUTE))).await;
        sleep(MS).await;
    };
    assert_eq!(polls_to_the_end(chain), 6);
}

#[test]
fn a_dropped_sleep_takes_its_timer_back_at_once() {
    let (event_loop, lines) = virtual_and_recorded();
    let handle = event_loop.clone();
    event_loop.run_until_complete(async move {
        assert!(!drop_after(1, sleep(MINUTE)).await);
        assert_eq!(handle.counters().timers, 0);
    });
    let timers = lines.take_only(&["arm", "cancel", "fire"]);
    assert_eq!(timers, ["arm timer 0 for 60s", "cancel timer 0"]);
    assert_eq!(event_loop.time(), Duration::ZERO);
}

#[test]
fn a_timeout_drops_its_future_when_the_time_is_over_not_when_it_is_dropped_itself() {
    let (event_loop, _) = virtual_and_recorded();
    let handle = event_loop.clone();
    event_loop.run_until_complete(async move {
        let (guard, drops) = guard();
        let mut late = timeout(MS, async move {
            let _guard = guard;
            sleep(MINUTE).await;
        });
        assert!((&mut late).await.is_err());
        assert_eq!((drops.get(), handle.counters().timers), (1, 0));
    });
}

#[test]
fn a_dropped_tick_is_the_next_one_still() {
    let (event_loop, _) = virtual_and_recorded();
    let handle = event_loop.clone();
    event_loop.run_until_complete(async move {
        let mut interval = interval(MS * 10);
        interval.tick().await;
        assert!(timeout(MS * 3, interval.tick()).await.is_err());
        assert_eq!(handle.counters().timers, 0);
        interval.tick().await;
        assert_eq!(handle.time(), MS * 10);
    });
}

#[test]
fn dropping_a_handle_detaches_its_task() {
    let (event_loop, lines) = virtual_and_recorded();
    drop(event_loop.create_task(sleep(MS)));
    event_loop.run_until_complete(sleep(MS * 2));
    assert!(lines.take().contains(&"ready 1".to_string()));
    assert_nothing_left(&event_loop);
}

#[test]
fn dropping_whoever_awaits_a_task_leaves_the_task_alone() {
    let (event_loop, _) = virtual_and_recorded();
    let mut task = event_loop.create_task(async {
        sleep(MS * 2).await;
        "done"
    });
    event_loop.run_until_complete(async {
        assert!(timeout(MS, &mut task).await.is_err());
        assert_eq!(task.await.unwrap(), "done");
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn cancelling_whoever_awaits_a_task_leaves_the_task_alone() {
    let (event_loop, _) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let (guard, drops) = guard();
        let inner = create_task(async move {
            sleep(MS * 2).await;
            drop(guard);
        });
        let outer = create_task(inner);
        sleep(MS).await;
        assert!(outer.cancel());
        assert_eq!(drops.get(), 0);
        sleep(MS * 2).await;
        assert_eq!(drops.get(), 1);
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn a_task_that_is_cancelled_before_its_first_poll_is_never_polled() {
    let (event_loop, lines) = virtual_and_recorded();
    let (guard, drops) = guard();
    let task = event_loop.create_task(async move { drop(guard) });
    assert!(task.cancel());
    assert_eq!((drops.get(), task.cancelled()), (1, true));
    let result = event_loop.run_until_complete(task);
    assert!(matches!(result, Err(TaskError::Cancelled)));
    assert!(!lines.take().contains(&"poll 1 #1".to_string()));
    assert_eq!(event_loop.counters().dead_wakes, 1, "its place in the queue was found empty");
    assert_nothing_left(&event_loop);
}

#[test]
fn a_task_that_is_cancelled_while_it_sleeps_is_dropped_there_and_then() {
    let (event_loop, lines) = virtual_and_recorded();
    let handle = event_loop.clone();
    event_loop.run_until_complete(async move {
        let (guard, drops) = guard();
        let task = create_task(async move {
            let _guard = guard;
            sleep(MINUTE).await;
        });
        yield_now().await;
        assert!(task.cancel());
        assert_eq!((drops.get(), handle.counters().timers, handle.counters().tasks), (1, 0, 1));
        assert!(!task.cancel(), "there is nothing left to cancel");
        assert!(task.await.unwrap_err().is_cancelled());
    });
    let told = lines.take_only(&["cancel", "fire"]);
    assert_eq!(told, ["cancel 1 by 0", "cancel timer 0"]);
    assert_nothing_left(&event_loop);
}

#[test]
fn a_task_that_is_queued_already_is_not_polled_after_its_cancel() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let sleeper = create_task(sleep(MS));
        sleep(MS).await; // its timer went off right after the sleeper's own: both are queued
        yield_now().await;
        let queued = create_task(yield_now());
        yield_now().await;
        assert!(queued.cancel());
        assert!(sleeper.await.is_ok());
    });
    let second = lines.take().into_iter().filter(|line| line.starts_with("poll 2")).count();
    assert_eq!(second, 1);
    assert_nothing_left(&event_loop);
}

/// A task that finds its own handle.
fn itself<F: Future<Output = ()> + 'static>(
    event_loop: &EventLoop,
    body: impl FnOnce(Rc<RefCell<Option<Task<()>>>>) -> F,
) -> Rc<RefCell<Option<Task<()>>>> {
    let own = Rc::new(RefCell::new(None));
    let task = event_loop.create_task(body(own.clone()));
    own.replace(Some(task));
    own
}

#[test]
fn a_task_that_cancels_itself_goes_on_to_its_next_await_and_is_dropped_there() {
    let (event_loop, lines) = virtual_and_recorded();
    let (guard, drops) = guard();
    let went_on = Rc::new(Cell::new(false));
    let passed = went_on.clone();
    let own = itself(&event_loop, |own| async move {
        let _guard = guard;
        assert!(own.borrow().as_ref().unwrap().cancel());
        passed.set(true);
        sleep(MINUTE).await;
        unreachable!("it is dropped at its await");
    });
    event_loop.run_until_complete(yield_now());
    assert_eq!((drops.get(), went_on.get()), (1, true));
    assert!(own.take().unwrap().cancelled());
    assert!(lines.take().contains(&"cancelled 1".to_string()));
    assert_nothing_left(&event_loop);
}

#[test]
fn a_task_that_cancels_itself_in_its_last_poll_is_cancelled_all_the_same() {
    let (event_loop, _) = virtual_and_recorded();
    let own = itself(&event_loop, |own| async move {
        own.borrow().as_ref().unwrap().cancel();
    });
    event_loop.run_until_complete(yield_now());
    assert!(own.take().unwrap().cancelled());
    assert_nothing_left(&event_loop);
}

#[test]
fn a_destructor_may_cancel_another_task() {
    struct Cancels(Task<()>);
    impl Drop for Cancels {
        fn drop(&mut self) {
            self.0.cancel();
        }
    }
    let (event_loop, _) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let (guard, drops) = guard();
        let other = create_task(async move {
            let _guard = guard;
            sleep(MINUTE).await;
        });
        let first = create_task(async move {
            let _cancels = Cancels(other);
            sleep(MINUTE).await;
        });
        yield_now().await;
        first.cancel();
        assert_eq!(drops.get(), 1);
    });
    assert_nothing_left(&event_loop);
}

/// A loop with a single thread, and that thread is busy until something is sent.
fn busy_thread() -> (EventLoop, Lines, Task<()>, mpsc::Sender<()>) {
    let (event_loop, lines) = recorded(EventLoop::builder().unwatched().max_threads(1));
    let (open, gate) = mpsc::channel();
    let busy = event_loop.create_task(to_thread(move || gate.recv().unwrap()));
    event_loop.run_until_complete(yield_now());
    (event_loop, lines, busy, open)
}

#[test]
fn a_job_that_no_thread_has_taken_yet_is_withdrawn_and_never_runs() {
    let (event_loop, _, busy, open) = busy_thread();
    let (ran, has_run) = mpsc::channel();
    let queued = to_thread(move || ran.send(()));
    assert!(!event_loop.run_until_complete(drop_after(1, queued)));
    assert_eq!(event_loop.counters().jobs, 1, "the busy one");
    assert_eq!(has_run.try_recv(), Err(mpsc::TryRecvError::Disconnected), "its closure is gone");
    open.send(()).unwrap();
    event_loop.run_until_complete(busy).unwrap();
    assert_nothing_left(&event_loop);
}

#[test]
fn a_dropped_lookup_goes_by_itself() {
    let (event_loop, _) = recorded(EventLoop::builder().unwatched());
    event_loop.run_until_complete(async {
        drop_after(1, lookup_host(("localhost", 80))).await;
        while event_loop.counters().jobs > 0 {
            yield_now().await;
        }
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn what_a_job_returns_after_its_future_was_dropped_is_dropped_on_the_thread() {
    struct Tells(mpsc::Sender<String>);
    impl Drop for Tells {
        fn drop(&mut self) {
            let _ = self.0.send(thread::current().name().unwrap_or("").to_string());
        }
    }
    let (event_loop, _) = recorded(EventLoop::builder().unwatched());
    let (begun, has_begun) = mpsc::channel();
    let (open, gate) = mpsc::channel();
    let (tell, told) = mpsc::channel();
    let mut job = to_thread(move || {
        begun.send(()).unwrap();
        gate.recv().unwrap();
        Tells(tell)
    });
    event_loop.run_until_complete(async {
        let (waker, task_waker) = CountingWaker::new();
        assert!(poll_with(&mut job, &task_waker).is_pending());
        has_begun.recv().unwrap();
        drop(job);
        open.send(()).unwrap();
        assert_eq!(told.recv().unwrap(), "glassloop-work-1");
        assert_eq!(waker.wakes(), 0, "nobody waits for it any more");
    });
    event_loop.close();
    assert_nothing_left(&event_loop);
}

#[test]
fn a_future_may_be_dropped_between_two_runs() {
    let (event_loop, lines) = virtual_and_recorded();
    let (_, waker) = CountingWaker::new();
    let mut kept = (sleep(MINUTE), timeout(MINUTE, pending::<()>()));
    event_loop.run_until_complete(poll_fn(|_| {
        assert!(poll_with(&mut kept.0, &waker).is_pending());
        assert!(poll_with(&mut kept.1, &waker).is_pending());
        Poll::Ready(())
    }));
    assert_eq!(event_loop.counters().timers, 2);
    drop(kept);
    assert_eq!(lines.take_only(&["cancel"]), ["cancel timer 0", "cancel timer 1"]);
    assert_nothing_left(&event_loop);
}

#[test]
fn a_future_may_be_dropped_while_another_loop_runs_or_after_its_own_was_closed() {
    let (first, _) = virtual_and_recorded();
    let (second, _) = virtual_and_recorded();
    let (_, waker) = CountingWaker::new();
    let (mut early, mut late) = (sleep(MINUTE), sleep(MINUTE));
    first.run_until_complete(poll_fn(|_| {
        assert!(poll_with(&mut early, &waker).is_pending());
        assert!(poll_with(&mut late, &waker).is_pending());
        Poll::Ready(())
    }));
    second.run_until_complete(async move { drop(early) });
    assert_eq!(first.counters().timers, 1);
    first.close();
    drop(late);
    assert_nothing_left(&first);
    assert_nothing_left(&second);
}
