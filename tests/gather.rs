//! `gather`: order, the first error, panics, and who is cancelled when nobody waits any more.

mod common;
mod many;

use std::{
    cell::{Cell, RefCell},
    convert::Infallible,
    future::{Ready, pending, poll_fn, ready},
    rc::Rc,
    task::Poll,
    time::Duration,
};

use common::{CountingWaker, assert_nothing_left, poll_with, virtual_and_recorded};
use glassloop::{EventLoop, TaskError, all_tasks, create_task, gather, sleep, timeout, yield_now};
use many::{Drops, HOUR, MS, in_any_order, now, panic_of};

/// Returns `result` after so many milliseconds.
async fn after<T>(milliseconds: u32, result: T) -> T {
    sleep(MS * milliseconds).await;
    result
}

/// Never ends; counts in `drops` that it was dropped.
async fn for_ever(drops: Drops) -> Result<(), String> {
    let _guard = drops.guard();
    pending().await
}

#[test]
fn a_gather_of_nothing_is_an_empty_vector_at_once() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let (_, waker) = CountingWaker::new();
        let nothing = Vec::<Ready<Result<u8, String>>>::new();
        assert_eq!(poll_with(&mut gather(nothing.clone()), &waker), Poll::Ready(Ok(vec![])));
        let all = poll_with(&mut gather(nothing).return_exceptions(), &waker);
        assert_eq!(all, Poll::Ready(vec![]));
    });
    assert_eq!(lines.take_only(&["create", "pending"]), [""; 0]);
}

#[test]
fn results_come_in_the_order_given_whatever_the_order_of_their_ends() {
    in_any_order(|| async {
        let results = gather([after(3, Ok(3)), after(1, Ok(1)), after(0, Ok::<_, String>(0))]);
        assert_eq!(results.await, Ok(vec![3, 1, 0]));
        assert_eq!(now(), MS * 3, "they should sleep at the same time");
    });
}

#[test]
fn the_futures_are_tasks_from_the_first_poll_on_and_the_awaiter_wakes_once_a_turn() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let gather = gather([after(1, Ok(())), after(1, Ok::<_, String>(()))]);
        assert_eq!(event_loop.counters().tasks, 1, "only the main future, so far");
        gather.await.unwrap();
    });
    let expected = [
        "create 1 by 0",
        "create 2 by 0",
        "pending 0: the tasks of gather",
        "pending 1: sleep 1ms",
        "pending 2: sleep 1ms",
        "ready 1",
        "wake 0 by task 1",
        "ready 2",
        "ready 0",
    ];
    assert_eq!(lines.take_only(&["create", "pending", "ready", "wake 0"]), expected);
}

#[test]
fn the_first_error_comes_at_once_and_the_others_run_on() {
    in_any_order(|| async {
        let finished = Rc::new(Cell::new(0));
        let child = |milliseconds, result| {
            let finished = finished.clone();
            async move {
                let result = after(milliseconds, result).await;
                finished.set(finished.get() + 1);
                result
            }
        };
        let results = gather([child(5, Ok(())), child(2, Err("second")), child(1, Err("first"))]);
        assert_eq!(results.await, Err("first"));
        assert_eq!((now(), finished.get()), (MS, 1));
        sleep(MS * 4).await;
        yield_now().await;
        while !all_tasks().is_empty() {
            yield_now().await;
        }
        assert_eq!((now(), finished.get()), (MS * 5, 3));
    });
}

#[test]
fn return_exceptions_gives_what_all_returned_in_the_order_given() {
    in_any_order(|| async {
        let results = gather([after(3, Ok(3)), after(1, Err("oh")), after(2, Ok(2))]);
        assert_eq!(results.return_exceptions().await, [Ok(3), Err("oh"), Ok(2)]);
        assert_eq!(now(), MS * 3);
        assert_eq!(gather([after(2, 'b'), after(1, 'a')]).return_exceptions().await, ['b', 'a']);
        assert_eq!(gather([ready(Ok::<_, Infallible>(1))]).await, Ok(vec![1]));
    });
}

#[test]
fn a_childs_panic_goes_on_in_the_awaiter_and_the_others_run_on() {
    in_any_order(|| async {
        let finished = Rc::new(Cell::new(0));
        let children = || {
            [false, true].map(|panics| {
                let finished = finished.clone();
                async move {
                    assert!(!panics, "the child's own words");
                    sleep(MS).await;
                    finished.set(finished.get() + 1);
                    Ok::<_, ()>(())
                }
            })
        };
        let awaiter = create_task(gather(children()));
        let error = awaiter.await.unwrap_err();
        assert_eq!(error.panic_message(), Some("the child's own words"));
        let awaiter = create_task(gather(children()).return_exceptions());
        let error = awaiter.await.unwrap_err();
        assert_eq!(error.panic_message(), Some("the child's own words"));
        assert_eq!((now(), finished.get()), (Duration::ZERO, 0));
        sleep(MS * 2).await;
        assert_eq!(finished.get(), 2);
    });
}

#[test]
fn a_child_that_somebody_cancels_is_a_panic_in_the_awaiter() {
    in_any_order(|| async {
        let drops = Drops::default();
        let awaiter = create_task(gather([for_ever(drops.clone())]));
        while all_tasks().len() < 2 {
            yield_now().await;
        }
        assert!(all_tasks()[1].cancel());
        assert_eq!(awaiter.await.unwrap_err().panic_message(), Some("task was cancelled"));
    });
}

#[test]
fn cancelling_a_gather_over_futures_cancels_them() {
    in_any_order(|| async {
        let drops = Drops::default();
        let child = |length| {
            let guard = drops.guard();
            async move {
                let _guard = guard;
                sleep(length).await;
                Ok::<_, ()>(())
            }
        };
        let awaiter = create_task(gather([child(HOUR), child(MS), child(HOUR)]));
        sleep(MS * 2).await;
        assert_eq!((drops.count(), all_tasks().len()), (1, 3));
        assert!(awaiter.cancel());
        assert_eq!((drops.count(), all_tasks().len(), now()), (3, 0, MS * 2));
    });
}

#[test]
fn cancelling_a_gather_reaches_the_gathers_in_it() {
    in_any_order(|| async {
        let drops = Drops::default();
        let inner = || gather([for_ever(drops.clone()), for_ever(drops.clone())]);
        let outer = gather([inner(), inner()]).return_exceptions();
        assert!(timeout(MS, outer).await.is_err());
        assert_eq!((drops.count(), all_tasks().len()), (4, 0));
    });
}

#[test]
fn a_cancelled_gather_wakes_nobody() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let drops = Drops::default();
        let awaiter = create_task(gather([for_ever(drops.clone())]));
        assert!(timeout(MS, gather([for_ever(drops.clone())])).await.is_err());
        lines.take();
        awaiter.cancel();
        yield_now().await;
        assert_eq!(drops.count(), 2);
    });
    assert_eq!(lines.take_only(&["wake", "dead"]), ["wake 0 by task 0"], "more than our own yield");
    assert_eq!(event_loop.counters().dead_wakes, 0);
}

#[test]
fn cancelling_a_gather_over_handles_detaches_their_tasks() {
    in_any_order(|| async {
        let finished = Rc::new(Cell::new(0));
        let tasks = [MS, MS * 3].map(|length| {
            let finished = finished.clone();
            create_task(async move {
                sleep(length).await;
                finished.set(finished.get() + 1);
            })
        });
        assert!(timeout(MS * 2, gather(tasks)).await.is_err());
        assert_eq!((finished.get(), all_tasks().len()), (1, 1));
        sleep(MS * 2).await;
        assert_eq!(finished.get(), 2);
    });
}

#[test]
fn over_handles_a_panic_and_a_cancelled_task_are_errors_like_any_other() {
    in_any_order(|| async {
        let panics = create_task(async { panic!("oh") as u8 });
        let error = gather([create_task(after(1, 1)), panics]).await.unwrap_err();
        assert_eq!((error.panic_message(), now()), (Some("oh"), Duration::ZERO));

        let cancelled = create_task(after(1, 1));
        cancelled.cancel();
        let results = gather([create_task(after(2, 2)), cancelled]).return_exceptions().await;
        assert!(matches!(results[..], [Ok(2), Err(TaskError::Cancelled)]), "{results:?}");
    });
}

#[test]
fn a_gather_that_is_dropped_before_its_first_poll_never_runs_its_futures() {
    in_any_order(|| async {
        let drops = Drops::default();
        let guard = drops.guard();
        drop(gather([async move {
            let _guard = guard;
            unreachable!("polled") as Result<(), ()>
        }]));
        assert_eq!((drops.count(), all_tasks().len()), (1, 0));
    });
}

#[test]
fn a_loop_that_closes_cancels_the_children_of_a_gather() {
    let (event_loop, lines) = virtual_and_recorded();
    let drops = Drops::default();
    drop(event_loop.create_task(gather([for_ever(drops.clone()), for_ever(drops.clone())])));
    event_loop.run_until_complete(sleep(MS));
    event_loop.close();
    assert_eq!(drops.count(), 2);
    assert_nothing_left(&event_loop);
    assert_eq!(
        lines.take_only(&["drop", "cancel 2", "cancel 3"]),
        ["drop 1", "cancel 2 by 1", "cancel 3 by 1"]
    );
}

#[test]
fn what_a_gather_does_not_return_is_dropped_once() {
    in_any_order(|| async {
        let drops = Drops::default();
        let child = |milliseconds| {
            let output = drops.guard();
            after(milliseconds, if milliseconds == 2 { Err("oh") } else { Ok(output) })
        };
        let awaited = gather([child(1), child(2), child(3)]).await;
        assert_eq!((awaited.err(), drops.count()), (Some("oh"), 2));
        sleep(MS * 2).await;
        assert_eq!(drops.count(), 3);
    });
}

#[test]
fn a_gather_that_was_moved_wakes_the_task_that_polled_it_last() {
    in_any_order(|| async {
        let gather = Rc::new(RefCell::new(gather([after(2, Ok::<_, ()>(1))])));
        let (first, polls) = (gather.clone(), Rc::new(Cell::new(0)));
        let counted = polls.clone();
        let first = create_task(poll_fn(move |context| {
            counted.set(counted.get() + 1);
            assert!(std::pin::Pin::new(&mut *first.borrow_mut()).poll(context).is_pending());
            Poll::<()>::Pending
        }));
        sleep(MS).await;
        let second = poll_fn(|context| std::pin::Pin::new(&mut *gather.borrow_mut()).poll(context));
        assert_eq!(second.await, Ok(vec![1]));
        assert_eq!(polls.get(), 1, "the first task was woken too");
        first.cancel();
    });
}

/// Looking at all children whenever one ends would not show here; waking the awaiter for each of them and
/// polling each child for each other one would.
#[test]
fn a_thousand_children_cost_two_polls_each_and_one_of_the_awaiter_a_moment() {
    let polls = |children: u32| {
        let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
        event_loop.run_until_complete(async {
            let same_time = gather((0..children).map(|n| after(1, Ok::<_, ()>(n))));
            assert_eq!(same_time.await.unwrap().len(), children as usize);
            let one_by_one = gather((0..children).map(|n| after(n + 1, Ok::<_, ()>(n))));
            assert_eq!(one_by_one.await.unwrap().len(), children as usize);
        });
        assert_nothing_left(&event_loop);
        event_loop.counters().polls
    };
    assert_eq!(polls(1000), 4 * 1000 + 2 + 1000);
}

#[test]
fn misuse_of_a_gather_is_a_panic_in_clear_words() {
    let (_, waker) = CountingWaker::new();
    let mut outside = gather([ready(Ok::<_, ()>(1))]);
    assert_eq!(
        panic_of(|| poll_with(&mut outside, &waker)),
        "gather was polled outside of an event loop: pass it to `run` or to a task"
    );
    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let mut finished = gather([ready(Ok::<_, ()>(1))]);
        (&mut finished).await.unwrap();
        let again = panic_of(|| poll_with(&mut finished, &waker));
        assert_eq!(again, "a finished gather was polled again");
    });
}
