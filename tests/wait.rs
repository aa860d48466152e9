//! `wait`: what counts as enough, and that nothing fails and nothing is cancelled when the time is over.

mod common;
mod many;

use std::{
    cell::Cell,
    rc::Rc,
    sync::Arc,
    task::{Wake, Waker},
    time::Duration,
};

use common::{CountingWaker, assert_nothing_left, poll_with, virtual_and_recorded};
use glassloop::{
    EventLoop,
    ReturnWhen::{AllCompleted, FirstCompleted, FirstException},
    Task, TaskError, TaskGroup, all_tasks, as_completed, create_task, gather, shield, sleep,
    timeout, wait, yield_now,
};
use many::{Drops, HOUR, MS, explode, in_any_order, now, panic_of};

/// A task that returns its own milliseconds, after so many.
fn after(milliseconds: u32) -> Task<u32> {
    create_task(async move {
        sleep(MS * milliseconds).await;
        milliseconds
    })
}

/// A task that panics after so many milliseconds.
fn panics_after(milliseconds: u32) -> Task<u32> {
    create_task(async move {
        sleep(MS * milliseconds).await;
        explode();
        milliseconds
    })
}

/// What the tasks returned; 0 for a failure, and for a task that is not done.
fn results(tasks: &[Task<u32>]) -> Vec<u32> {
    let result = |task: &Task<u32>| match task.result().as_deref() {
        Some(Ok(result)) => *result,
        _ => 0,
    };
    tasks.iter().map(result).collect()
}

/// Lets all that are left end.
async fn finish(tasks: Vec<Task<u32>>) {
    for task in tasks {
        let _ = task.await;
    }
}

#[test]
fn waiting_for_nothing_is_a_panic() {
    let words = "wait: there is no task to wait for";
    assert_eq!(panic_of(|| drop(wait(Vec::<Task<()>>::new()))), words);
}

#[test]
fn all_are_waited_for_unless_it_is_said_otherwise() {
    in_any_order(|| async {
        let (done, pending) = wait([after(3), panics_after(1), after(2)]).await;
        assert_eq!((results(&done), pending.len(), now()), (vec![3, 0, 2], 0, MS * 3));
        let (done, _) = wait([after(2), panics_after(1)]).return_when(AllCompleted).await;
        assert_eq!((results(&done), now()), (vec![2, 0], MS * 5));
    });
}

#[test]
fn tasks_that_are_all_done_already_come_back_at_once() {
    in_any_order(|| async {
        let tasks = [after(0), panics_after(0), after(0)];
        sleep(MS).await;
        let (done, pending) = wait(tasks).timeout(HOUR).await;
        assert_eq!((done.len(), pending.len(), now()), (3, 0, MS));
        let (done, _) = wait(done).return_when(FirstException).timeout(HOUR).await;
        assert_eq!((done.len(), now()), (3, MS));
    });
}

#[test]
fn first_completed_with_two_already_done_returns_both() {
    in_any_order(|| async {
        let tasks = [after(0), after(9), after(0)];
        sleep(MS).await;
        let (done, pending) = wait(tasks).return_when(FirstCompleted).await;
        assert_eq!((done.len(), pending.len(), now()), (2, 1, MS));
        finish(pending).await;
    });
}

#[test]
fn first_completed_waits_for_one_and_keeps_the_order_given_in_both_lists() {
    in_any_order(|| async {
        let tasks = [after(4), after(2), after(3), after(9)];
        let (done, pending) = wait(tasks).return_when(FirstCompleted).await;
        assert_eq!((results(&done), now()), (vec![2], MS * 2));
        let (done, pending) = wait(pending).timeout(MS * 3).await;
        assert_eq!((results(&done), pending.len(), now()), (vec![4, 3], 1, MS * 5));
        finish(pending).await;
    });
}

#[test]
fn first_completed_counts_a_panic_and_a_cancelled_task() {
    in_any_order(|| async {
        let tasks = [after(9), panics_after(1)];
        let (done, pending) = wait(tasks).return_when(FirstCompleted).await;
        assert_eq!((results(&done), now()), (vec![0], MS));
        let cancelled = after(9);
        cancelled.cancel();
        let both = pending.into_iter().chain([cancelled]);
        let (done, pending) = wait(both).return_when(FirstCompleted).await;
        assert!(matches!(done[0].result().as_deref(), Some(Err(TaskError::Cancelled))));
        assert_eq!(now(), MS);
        finish(pending).await;
    });
}

#[test]
fn first_exception_that_has_happened_already_returns_at_once() {
    in_any_order(|| async {
        let tasks = [after(9), panics_after(0), after(0)];
        sleep(MS).await;
        let (done, pending) = wait(tasks).return_when(FirstException).await;
        assert_eq!((done.len(), pending.len(), now()), (2, 1, MS));
        finish(pending).await;
    });
}

#[test]
fn first_exception_is_waited_for_past_those_that_are_well() {
    in_any_order(|| async {
        let tasks = [after(1), after(9), panics_after(2)];
        let (done, pending) = wait(tasks).return_when(FirstException).await;
        assert_eq!((results(&done), pending.len(), now()), (vec![1, 0], 1, MS * 2));

        let victim = after(9);
        let id = victim.id();
        drop(create_task(async move {
            sleep(MS).await;
            let all = glassloop::all_tasks();
            assert!(all.iter().find(|task| task.id() == id).unwrap().cancel());
        }));
        let both = pending.into_iter().chain([victim]);
        let (done, pending) = wait(both).return_when(FirstException).await;
        assert!(done[0].cancelled());
        assert_eq!((pending.len(), now()), (1, MS * 3));
        finish(pending).await;
    });
}

#[test]
fn first_exception_that_never_comes_means_all() {
    in_any_order(|| async {
        let (done, pending) = wait([after(2), after(1)]).return_when(FirstException).await;
        assert_eq!((results(&done), pending.len(), now()), (vec![2, 1], 0, MS * 2));
    });
}

#[test]
fn an_err_is_a_result_to_first_exception_and_enough_for_first_error() {
    in_any_order(|| async {
        let tasks = || {
            [(1, Ok(())), (2, Err("oh")), (3, Ok(()))].map(|(milliseconds, result)| {
                create_task(async move {
                    sleep(MS * milliseconds).await;
                    result
                })
            })
        };
        let (done, _) = wait(tasks()).return_when(FirstException).await;
        assert_eq!((done.len(), now()), (3, MS * 3));
        let (done, pending) = wait(tasks()).first_error().await;
        assert_eq!((done.len(), pending.len(), now()), (2, 1, MS * 5));
        let (done, pending) = wait(pending).first_error().await;
        assert_eq!((done.len(), pending.len(), now()), (1, 0, MS * 6));
        let panics = create_task(async { panic!("oh") as Result<(), ()> });
        let sleeps = create_task(std::future::pending());
        let (done, pending) = wait([sleeps, panics]).first_error().await;
        assert_eq!((done.len(), pending.len(), pending[0].cancel()), (1, 1, true));
    });
}

#[test]
fn a_timeout_neither_fails_nor_cancels() {
    in_any_order(|| async {
        let (done, pending) = wait([after(3), after(1)]).timeout(MS * 2).await;
        assert_eq!((results(&done), now()), (vec![1], MS * 2));
        let (done, pending) = wait(pending).timeout(HOUR).await;
        assert_eq!((results(&done), pending.len(), now()), (vec![3], 0, MS * 3));
    });
}

#[test]
fn a_timeout_of_zero_looks_once() {
    in_any_order(|| async {
        let tasks = [after(9), after(0)];
        sleep(MS).await;
        let (done, pending) = wait(tasks).timeout(Duration::ZERO).await;
        assert_eq!((results(&done), pending.len(), now()), (vec![0], 1, MS));
        let (done, _) = wait(pending).timeout(Duration::MAX).await;
        assert_eq!((results(&done), now()), (vec![9], MS * 9));
    });
}

#[test]
fn a_timeout_of_zero_lets_tasks_that_are_ready_run_first() {
    let done = async || {
        let (done, pending) = wait([create_task(async {})]).timeout(Duration::ZERO).await;
        (done.len(), pending.len())
    };
    assert_eq!(EventLoop::builder().virtual_time().build().unwrap().run(done()), (1, 0));
    assert_eq!(EventLoop::builder().build().unwrap().run(done()), (1, 0));
}

#[test]
fn a_task_that_is_done_but_for_its_callbacks_is_done_when_the_time_is_over() {
    in_any_order(|| async {
        let cancelled = after(9);
        cancelled.add_done_callback(|_| {});
        cancelled.cancel();
        assert!(cancelled.done());
        let (done, pending) = wait([cancelled]).timeout(Duration::ZERO).await;
        assert_eq!((done.len(), pending.len()), (1, 0));
        wait(done).await;
    });
}

#[test]
fn callbacks_run_before_their_task_counts_as_done() {
    in_any_order(|| async {
        let called = Rc::new(Cell::new(false));
        let task = after(1);
        let told = called.clone();
        task.add_done_callback(move |_| told.set(true));
        wait([task]).await;
        assert!(called.get());
    });
}

#[test]
fn cancelling_whoever_waits_leaves_the_tasks_alone_and_takes_the_timer_back() {
    in_any_order(|| async {
        let finished = Rc::new(Cell::new(false));
        let finishes = finished.clone();
        let task = create_task(async move {
            sleep(MS * 3).await;
            finishes.set(true);
        });
        assert!(timeout(MS, wait([task]).timeout(HOUR)).await.is_err());
        assert_eq!(glassloop::get_event_loop().counters().timers, 1);
        sleep(MS * 3).await;
        assert!(finished.get());
    });
}

#[test]
fn a_wait_of_handles_that_are_dropped_by_it_leaves_no_waker() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        assert!(timeout(MS, wait([after(3), after(4)])).await.is_err());
        lines.take();
        sleep(MS * 5).await;
    });
    assert_eq!(lines.take_only(&["wake 0"]), ["wake 0 by timer 3"]);
    assert_nothing_left(&event_loop);
}

#[test]
fn the_same_task_is_waited_for_again_and_its_result_is_still_in_it() {
    in_any_order(|| async {
        let (done, _) = wait([after(1)]).await;
        let (mut done, _) = wait(done).return_when(FirstCompleted).await;
        assert_eq!(done.pop().unwrap().await.unwrap(), 1);
    });
}

#[test]
fn waiting_retrieves_no_result_and_looking_at_one_does() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let (done, _) = wait([panics_after(0), after(0)]).return_when(FirstException).await;
        assert_eq!(lines.take_only(&["retrieve"]), [""; 0]);
        assert_eq!(results(&done[..1]), [0]);
        assert_eq!(lines.take_only(&["retrieve"]), ["retrieve 1"]);
        finish(done).await;
    });
}

/// A waker whose drop panics.
struct Rude;

impl Wake for Rude {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Rude {
    fn drop(&mut self) {
        explode();
    }
}

#[test]
fn what_waits_for_tasks_and_holds_a_panicking_waker_is_dropped_in_peace() {
    fn polled_and_dropped<F: Future + Unpin>(mut future: F) {
        let rude = Waker::from(Arc::new(Rude));
        assert!(poll_with(&mut future, &rude).is_pending());
        drop(rude);
        drop(future);
    }
    in_any_order(|| async {
        let forever = || std::future::pending::<Result<(), ()>>();
        polled_and_dropped(gather([forever(), forever()]));
        polled_and_dropped(wait([create_task(forever())]));
        polled_and_dropped(wait([create_task(forever())]).timeout(HOUR));
        polled_and_dropped(as_completed([forever(), forever()]).next());
        polled_and_dropped(shield(forever()));
        let group = TaskGroup::new();
        group.create_task(forever());
        polled_and_dropped(group.wait());
        drop(group);
        assert!(all_tasks().iter().all(|task| task.cancel())); // those of `wait` and `shield`
        sleep(MS).await;
    });
}

#[test]
fn a_thousand_tasks_cost_as_many_polls_of_whoever_waits_as_there_are_moments() {
    let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
    let main = event_loop.run_until_complete(async {
        let tasks: Vec<_> = (1..=1000).map(after).collect();
        let (done, _) = wait(tasks).await;
        done.len()
    });
    assert_eq!((main, event_loop.counters().polls), (1000, 2 * 1000 + 1 + 1000));
    assert_nothing_left(&event_loop);
}

#[test]
fn misuse_of_a_wait_is_a_panic_in_clear_words() {
    let (_, waker) = CountingWaker::new();
    let (event_loop, _lines) = virtual_and_recorded();
    let drops = Drops::default();
    let guard = drops.guard();
    let mut outside = wait([event_loop.create_task(async move { drop(guard) })]);
    assert_eq!(
        panic_of(|| poll_with(&mut outside, &waker).is_pending()),
        "wait was polled outside of an event loop: pass it to `run` or to a task"
    );
    event_loop.run_until_complete(async {
        (&mut outside).await;
        let again = panic_of(|| poll_with(&mut outside, &waker).is_pending());
        assert_eq!(again, "a finished wait was polled again");
        yield_now().await;
    });
    assert_eq!(drops.count(), 1);
}
