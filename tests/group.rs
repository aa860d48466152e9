//! `TaskGroup`: a failing child cancels its siblings, and all errors are reported.

mod common;
mod many;
#[path = "group/named.rs"]
mod named;
#[path = "group/scope.rs"]
mod scope;

use std::{
    cell::{Cell, RefCell},
    future::pending,
    rc::Rc,
};

use common::{assert_nothing_left, virtual_and_recorded};
use glassloop::{
    ChildError, EventLoop, GroupError, TaskGroup, all_tasks, create_task, current_task, sleep,
    timeout, trace::TaskId, yield_now,
};
use many::{Drops, HOUR, MS, explode, in_any_order, now, panic_of};

type Group = TaskGroup<u32, &'static str>;

/// Returns its own milliseconds, after so many.
async fn after(milliseconds: u32) -> Result<u32, &'static str> {
    sleep(MS * milliseconds).await;
    Ok(milliseconds)
}

async fn fails_after(milliseconds: u32, error: &'static str) -> Result<u32, &'static str> {
    sleep(MS * milliseconds).await;
    Err(error)
}

/// Never ends; counts in `drops` that it was dropped.
async fn for_ever(drops: Drops) -> Result<u32, &'static str> {
    let _guard = drops.guard();
    pending().await
}

/// The errors in words.
fn words(error: &GroupError<&'static str>) -> Vec<String> {
    error.errors.iter().map(ToString::to_string).collect()
}

#[test]
fn a_group_returns_what_its_tasks_returned_in_the_order_in_which_they_were_added() {
    in_any_order(|| async {
        let group = Group::new();
        for milliseconds in [3, 1, 2] {
            group.create_task(after(milliseconds));
        }
        assert_eq!((group.wait().await.unwrap(), now()), (vec![3, 1, 2], MS * 3));
    });
}

#[test]
fn a_group_without_tasks_is_done_at_once_and_can_be_used_again() {
    in_any_order(|| async {
        let group = Group::default();
        assert_eq!(group.wait().await.unwrap(), [0; 0]);
        group.create_task(after(1));
        assert_eq!(group.wait().await.unwrap(), [1]);
        group.create_task(fails_after(1, "oh"));
        assert_eq!(words(&group.wait().await.unwrap_err()), ["oh"]);
        group.create_task(after(1));
        assert_eq!(group.wait().await.unwrap(), [1], "the failure was reported, and is over");
    });
}

#[test]
fn a_child_that_fails_cancels_its_siblings() {
    in_any_order(|| async {
        let (group, drops) = (Group::new(), Drops::default());
        group.create_task(for_ever(drops.clone()));
        group.create_task(fails_after(2, "oh"));
        group.create_task(after(1));
        group.create_task(for_ever(drops.clone()));
        let error = group.wait().await.unwrap_err();
        assert_eq!((words(&error), now()), (vec!["oh".to_string()], MS * 2));
        assert_eq!((drops.count(), all_tasks().len()), (2, 0));
        assert_eq!(error.to_string(), "a task of the group failed: oh");
    });
}

#[test]
fn all_errors_are_reported_in_the_order_in_which_the_tasks_were_added() {
    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let group = Group::new();
        group.create_task(after(1));
        group.create_task(fails_after(1, "first"));
        group.create_task(async { panic!("second") });
        yield_now().await; // it panics now, and what comes of it comes next
        drop(group.wait());
        group.create_task(after(0));
        let error = group.wait().await.unwrap_err();
        assert_eq!(words(&error), ["task panicked: second"], "its sibling was cancelled in time");

        group.create_task(fails_after(1, "first"));
        group.create_task(fails_after(1, "second"));
        let error = group.wait().await.unwrap_err();
        assert_eq!(error.to_string(), "2 tasks of the group failed: first; second");
    });
}

#[test]
fn a_childs_panic_is_a_failure_like_any_other() {
    in_any_order(|| async {
        let (group, drops) = (Group::new(), Drops::default());
        group.create_task(for_ever(drops.clone()));
        group.create_task(async {
            sleep(MS).await;
            explode();
            Ok(1)
        });
        let error = group.wait().await.unwrap_err();
        let [ChildError::Panicked(panic)] = &error.errors[..] else { panic!("{error:?}") };
        assert_eq!((panic.panic_message(), drops.count()), (Some("on purpose"), 1));
    });
}

#[test]
fn a_task_that_was_cancelled_by_name_is_left_out_and_cancels_nobody() {
    in_any_order(|| async {
        let group = Group::new();
        group.create_task(after(9));
        group.create_task(after(1));
        assert!(all_tasks()[0].cancel());
        assert_eq!((group.wait().await.unwrap(), now()), (vec![1], MS));
    });
}

#[test]
fn tasks_that_are_added_meanwhile_are_waited_for_too() {
    in_any_order(|| async {
        let group = Group::new();
        let more = group.clone();
        group.create_task(async move {
            let last = more.clone();
            more.create_task(async move {
                sleep(MS).await;
                last.create_task(after(2));
                Ok(1)
            });
            Ok(0)
        });
        assert_eq!((group.wait().await.unwrap(), now()), (vec![0, 1, 2], MS * 3));
    });
}

#[test]
fn what_is_added_after_a_failure_is_cancelled_before_it_begins() {
    in_any_order(|| async {
        let group = Group::new();
        let late = group.clone();
        group.create_task(fails_after(1, "oh"));
        let adds = many::OnDrop(move || drop(late.create_task(async { unreachable!("polled") })));
        group.create_task(async move {
            let _adds = adds;
            pending().await
        });
        assert_eq!(words(&group.wait().await.unwrap_err()), ["oh"]);
    });
}

#[test]
fn dropping_a_group_cancels_its_tasks() {
    in_any_order(|| async {
        let (group, drops) = (Group::new(), Drops::default());
        group.create_task(for_ever(drops.clone()));
        group.create_task(for_ever(drops.clone()));
        sleep(MS).await;
        let clone = group.clone();
        drop(group);
        assert_eq!(drops.count(), 0, "there is another handle");
        drop(clone);
        assert_eq!((drops.count(), all_tasks().len()), (2, 0));
        yield_now().await;
        while glassloop::get_event_loop().counters().tasks > 1 {
            yield_now().await; // the callbacks have their turn
        }
    });
}

#[test]
fn cancelling_whoever_holds_and_awaits_a_group_cancels_its_tasks() {
    in_any_order(|| async {
        let drops = Drops::default();
        let children = [drops.clone(), drops.clone()];
        let owner = create_task(async move {
            let group = Group::new();
            children.into_iter().for_each(|drops| drop(group.create_task(for_ever(drops))));
            group.wait().await.map(drop)
        });
        sleep(MS).await;
        owner.cancel();
        assert_eq!((drops.count(), all_tasks().len()), (2, 0));
        sleep(MS).await;
    });
}

#[test]
fn a_wait_that_is_dropped_leaves_the_group_as_it_is() {
    in_any_order(|| async {
        let group = Group::new();
        group.create_task(after(3));
        assert!(timeout(MS, group.wait()).await.is_err());
        assert_eq!((group.wait().await.unwrap(), now()), (vec![3], MS * 3));
    });
}

#[test]
fn a_group_whose_last_handle_is_in_one_of_its_tasks_goes_with_that_task() {
    let (event_loop, _lines) = virtual_and_recorded();
    let alive = Rc::new(());
    event_loop.run_until_complete(async {
        let (group, held) = (TaskGroup::<Rc<()>, ()>::new(), alive.clone());
        let own = group.clone();
        group.create_task(async move {
            let _own = own;
            sleep(MS).await;
            Ok(held)
        });
        let sibling = alive.clone();
        group.create_task(async move {
            sleep(HOUR).await;
            Ok(sibling)
        });
        drop(group);
        sleep(MS * 2).await;
        assert_eq!((all_tasks().len(), Rc::strong_count(&alive)), (0, 1));
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn tasks_that_hold_their_group_are_freed_with_the_loop() {
    let (event_loop, _lines) = virtual_and_recorded();
    let alive = Rc::new(());
    event_loop.run_until_complete(async {
        let group = Group::new();
        for _ in 0..3 {
            let (own, held) = (group.clone(), alive.clone());
            group.create_task(async move {
                let _held = held;
                own.wait().await.map_err(|_| "oh").map(|results| results[0])
            });
        }
        sleep(MS).await;
    });
    assert_eq!(Rc::strong_count(&alive), 4);
    event_loop.close();
    assert_eq!(Rc::strong_count(&alive), 1);
    assert_nothing_left(&event_loop);
}

#[test]
fn destructors_of_cancelled_siblings_may_use_the_group_and_panic() {
    in_any_order(|| async {
        let group = Group::new();
        let results = Rc::new(RefCell::new(Vec::new()));
        for _ in 0..3 {
            let (own, results) = (group.clone(), results.clone());
            let meddles = many::OnDrop(move || {
                drop(own.wait());
                own.create_task(after(1));
                results.borrow_mut().push(all_tasks().len());
                explode();
            });
            group.create_task(async move {
                let _meddles = meddles;
                pending().await
            });
        }
        group.create_task(fails_after(1, "oh"));
        assert_eq!(words(&group.wait().await.unwrap_err()), ["oh"]);
        assert_eq!(results.borrow().len(), 3);
    });
}

#[test]
fn a_group_may_be_awaited_in_two_tasks() {
    in_any_order(|| async {
        let group = Group::new();
        group.create_task(after(1));
        let (woken, other) = (Rc::new(Cell::new(false)), group.clone());
        let wakes = woken.clone();
        let other = create_task(async move {
            let results = other.wait().await.unwrap();
            wakes.set(true);
            results
        });
        let own = group.wait().await.unwrap();
        let both = [own, other.await.unwrap()].concat();
        assert_eq!((both, woken.get()), (vec![1], true), "the results go to one of them");
    });
}

#[test]
fn a_thousand_tasks_cost_linear_polls() {
    let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
    event_loop.run_until_complete(async {
        let group = Group::new();
        (1..=1000).for_each(|milliseconds| drop(group.create_task(after(milliseconds))));
        assert_eq!(group.wait().await.unwrap().len(), 1000);
        (0..1000).for_each(|n| drop(group.create_task(fails_after(1 + n / 999, "oh"))));
        assert_eq!(group.wait().await.unwrap_err().errors.len(), 999);
    });
    // Two of each task, but for the last: it was cancelled before its second. The main future is
    // woken once a group.
    assert_eq!(event_loop.counters().polls, 2 * 2 * 1000 - 1 + 3);
    assert_nothing_left(&event_loop);
}

#[test]
fn a_group_needs_a_running_loop_and_says_so() {
    let words = panic_of(|| Group::new().create_task(after(1)));
    assert_eq!(words, "TaskGroup::create_task: no event loop is running on this thread");
}

/// Each loop counts its tasks from 1.
#[test]
fn a_group_that_outlives_a_loop_keeps_what_its_tasks_gave_there() {
    let group = Group::new();
    let add_and_let_run = async |task: u32| {
        group.create_task(async move { if task == 0 { Err("disk full") } else { Ok(task) } });
        yield_now().await;
        yield_now().await;
    };
    EventLoop::new().unwrap().run(add_and_let_run(1));
    EventLoop::new().unwrap().run(add_and_let_run(2));
    assert_eq!(EventLoop::new().unwrap().run(group.wait()).unwrap(), [1, 2]);
    EventLoop::new().unwrap().run(add_and_let_run(0));
    EventLoop::new().unwrap().run(add_and_let_run(3));
    let error = EventLoop::new().unwrap().run(group.wait()).unwrap_err();
    assert_eq!(error.to_string(), "a task of the group failed: disk full");
}
