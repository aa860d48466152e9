//! `as_completed`: one by one, as they end. `shield`: what goes on although nobody waits any more.

mod common;
mod many;

use std::{
    cell::{Cell, RefCell},
    future::{Ready, pending, poll_fn},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::Poll,
};

use common::{CountingWaker, assert_nothing_left, poll_with, virtual_and_recorded};
use glassloop::{
    EventLoop, all_tasks, as_completed, create_task, shield, sleep, timeout, yield_now,
};
use many::{Drops, HOUR, MS, in_any_order, now, panic_of};

/// Returns its own milliseconds, after so many.
async fn after(milliseconds: u32) -> u32 {
    sleep(MS * milliseconds).await;
    milliseconds
}

#[test]
fn results_come_in_the_order_of_their_ends_each_at_its_time() {
    in_any_order(|| async {
        let mut completed = as_completed([after(3), after(1), after(2)]);
        for n in 1..=3 {
            assert_eq!((completed.next().await, now()), (Some(n), MS * n));
        }
        assert_eq!((completed.next().await, completed.next().await), (None, None));
    });
}

#[test]
fn of_nothing_there_is_no_next() {
    in_any_order(|| async {
        let mut completed = as_completed(Vec::<Ready<u8>>::new());
        let (_, waker) = CountingWaker::new();
        assert_eq!(poll_with(&mut completed.next(), &waker), Poll::Ready(None));
    });
}

#[test]
fn the_futures_begin_together_at_the_first_poll() {
    in_any_order(|| async {
        let mut completed = as_completed([after(1), after(1)]);
        sleep(MS).await;
        assert_eq!(all_tasks().len(), 0);
        completed.next().await;
        assert_eq!((completed.next().await, now()), (Some(1), MS * 2));
    });
}

#[test]
fn handles_of_tasks_come_as_their_tasks_end() {
    in_any_order(|| async {
        let tasks = [create_task(after(2)), create_task(after(1))];
        let mut completed = as_completed(tasks);
        assert_eq!(completed.next().await.unwrap().unwrap(), 1);
        assert_eq!(completed.next().await.unwrap().unwrap(), 2);
    });
}

#[test]
fn dropping_it_cancels_those_that_are_not_finished() {
    in_any_order(|| async {
        let drops = Drops::default();
        let child = |length| {
            let guard = drops.guard();
            async move {
                let _guard = guard;
                sleep(length).await;
            }
        };
        let mut completed = as_completed([child(HOUR), child(MS), child(HOUR)]);
        completed.next().await;
        assert_eq!((drops.count(), all_tasks().len()), (1, 2));
        drop(completed);
        assert_eq!((drops.count(), all_tasks().len(), now()), (3, 0, MS));
    });
}

#[test]
fn dropping_it_over_handles_detaches_their_tasks() {
    in_any_order(|| async {
        let finished = Rc::new(Cell::new(false));
        let finishes = finished.clone();
        let task = create_task(async move {
            sleep(MS * 2).await;
            finishes.set(true);
        });
        assert!(timeout(MS, as_completed([task]).next()).await.is_err());
        sleep(MS * 2).await;
        assert!(finished.get());
    });
}

#[test]
fn a_next_that_is_dropped_loses_nothing() {
    in_any_order(|| async {
        let mut completed = as_completed([after(3), after(2)]);
        assert!(timeout(MS, completed.next()).await.is_err());
        sleep(MS * 4).await;
        let both = [completed.next().await.unwrap(), completed.next().await.unwrap()];
        assert_eq!((both, now()), ([2, 3], MS * 5));
    });
}

#[test]
fn a_next_that_is_dropped_leaves_no_waker() {
    let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
    event_loop.run_until_complete(async {
        let (count, waker) = CountingWaker::new();
        let mut completed = as_completed([after(1), after(2)]);
        let mut next = completed.next();
        assert!(poll_with(&mut next, &waker).is_pending());
        drop(next);
        drop(waker);
        assert_eq!(Arc::strong_count(&count), 1);
        sleep(MS).await;
        assert_eq!((count.wakes(), completed.next().await), (0, Some(1)));
    });
}

#[test]
fn a_childs_panic_goes_on_in_whoever_awaits_it_and_cancels_the_others_with_it() {
    in_any_order(|| async {
        let drops = Drops::default();
        let child = |panics: bool| {
            let guard = drops.guard();
            async move {
                let _guard = guard;
                assert!(!panics, "the child's own words");
                pending::<()>().await;
            }
        };
        let mut completed = as_completed([child(false), child(true)]);
        let awaiter = create_task(async move { completed.next().await });
        let error = awaiter.await.unwrap_err();
        assert_eq!(error.panic_message(), Some("the child's own words"));
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn a_thousand_children_cost_linear_polls() {
    let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
    event_loop.run_until_complete(async {
        let mut completed = as_completed((0..1000).map(|n| after(1000 - n)));
        for n in 1..=1000 {
            assert_eq!(completed.next().await, Some(n));
        }
    });
    assert_eq!(event_loop.counters().polls, 2 * 1000 + 1 + 1000);
    assert_nothing_left(&event_loop);
}

#[test]
fn what_a_task_waited_for_is_forgotten_once_it_has_it() {
    in_any_order(|| async {
        let unnamed = || poll_fn(|_| Poll::<()>::Pending);
        let shielded = create_task(async move {
            shield(sleep(MS)).await;
            unnamed().await;
        });
        let completed = create_task(async move {
            as_completed([sleep(MS)]).next().await;
            unnamed().await;
        });
        sleep(MS * 2).await;
        for task in [shielded, completed] {
            assert!(!format!("{task:?}").contains("wait_for"), "{task:?}");
            task.cancel();
        }
    });
}

/// A flag that the returned future sets after three milliseconds.
fn save() -> (Rc<Cell<bool>>, impl Future<Output = u32>) {
    let saved = Rc::new(Cell::new(false));
    let saves = saved.clone();
    let save = async move {
        sleep(MS * 3).await;
        saves.set(true);
        7
    };
    (saved, save)
}

#[test]
fn a_shield_returns_what_its_future_returns() {
    in_any_order(|| async {
        assert_eq!((shield(save().1).await, now()), (7, MS * 3));
        assert_eq!(shield(create_task(after(1))).await.unwrap(), 1);
    });
}

#[test]
fn a_shield_survives_that_the_task_around_it_is_cancelled() {
    in_any_order(|| async {
        let (saved, save) = save();
        let outer = create_task(async move { shield(save).await });
        sleep(MS).await;
        assert!(outer.cancel());
        assert!(outer.await.unwrap_err().is_cancelled());
        sleep(MS * 3).await;
        assert!(saved.get());
    });
}

#[test]
fn a_shield_survives_a_timeout_and_can_be_awaited_later() {
    in_any_order(|| async {
        let (saved, save) = save();
        let mut shielded = shield(save);
        assert!(timeout(MS, &mut shielded).await.is_err());
        assert!(!saved.get());
        assert_eq!((shielded.await, now()), (7, MS * 3));
        let (saved, save) = self::save();
        assert!(timeout(MS, shield(save)).await.is_err());
        sleep(MS * 3).await;
        assert!(saved.get());
    });
}

#[test]
fn a_shield_in_a_gather_survives_the_end_of_the_gather() {
    in_any_order(|| async {
        let (saved, save) = save();
        assert!(timeout(MS, glassloop::gather([shield(save)]).return_exceptions()).await.is_err());
        sleep(MS * 3).await;
        assert!(saved.get());
    });
}

#[test]
fn a_shield_that_was_never_polled_shields_nothing() {
    in_any_order(|| async {
        let (saved, save) = save();
        drop(shield(save));
        sleep(MS * 5).await;
        assert!(!saved.get());
    });
}

#[test]
fn a_panic_comes_through_a_shield_and_so_does_a_cancel_of_what_is_in_it() {
    in_any_order(|| async {
        let outer = create_task(shield(async { panic!("oh") as u8 }));
        assert_eq!(outer.await.unwrap_err().panic_message(), Some("oh"));
        let outer = create_task(shield(pending::<()>()));
        while all_tasks().len() < 2 {
            yield_now().await;
        }
        assert!(all_tasks()[1].cancel());
        assert_eq!(outer.await.unwrap_err().panic_message(), Some("task was cancelled"));
    });
}

#[test]
fn a_loop_that_closes_cancels_what_is_shielded() {
    let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
    let (saved, save) = save();
    event_loop.run_until_complete(async {
        assert!(timeout(MS, shield(save)).await.is_err());
    });
    event_loop.close();
    assert_nothing_left(&event_loop);
    assert_eq!(Rc::strong_count(&saved), 1, "the future was not dropped");
}

#[test]
fn a_shield_and_a_next_that_were_moved_wake_the_task_that_polled_them_last() {
    in_any_order(|| async {
        let shield = Rc::new(RefCell::new(shield(after(2))));
        let (first, polls) = (shield.clone(), Rc::new(Cell::new(0)));
        let counted = polls.clone();
        let first = create_task(poll_fn(move |context| {
            counted.set(counted.get() + 1);
            Pin::new(&mut *first.borrow_mut()).poll(context).map(drop)
        }));
        sleep(MS).await;
        let second = poll_fn(|context| Pin::new(&mut *shield.borrow_mut()).poll(context));
        assert_eq!((second.await, polls.get()), (2, 1));
        first.cancel();
    });
}

#[test]
fn misuse_is_a_panic_in_clear_words() {
    let (_, waker) = CountingWaker::new();
    let outside =
        |leaf| format!("{leaf} was polled outside of an event loop: pass it to `run` or to a task");
    let mut completed = as_completed([after(1)]);
    let words = panic_of(|| poll_with(&mut completed.next(), &waker));
    assert_eq!(words, outside("as_completed"));
    assert_eq!(panic_of(|| poll_with(&mut shield(after(1)), &waker)), outside("shield"));

    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let mut finished = shield(after(1));
        (&mut finished).await;
        let again = panic_of(|| poll_with(&mut finished, &waker));
        assert_eq!(again, "a finished shield was polled again");
    });
}
