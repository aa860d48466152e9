//! `task_group`: the scope that owns its body. Its rules are those of its rustdoc; where asyncio's `async with` can be
//! asked, it gives the same outcomes at the same times, but for the order of the errors (the body's comes last there).

use std::{future::ready, rc::Rc};

use common::Log;
use glassloop::{TaskRef, sync::oneshot, task_group};

use super::*;

pub type Outcome<T> = Result<T, &'static str>;

/// Says so when it is dropped.
pub fn tells(log: &Log, words: &'static str) -> impl Drop + use<> {
    let log = log.clone();
    many::OnDrop(move || log.say(words))
}

/// Sleeps for an hour; says so when it is dropped.
pub async fn an_hour<T: Default>(log: Log, words: &'static str) -> Outcome<T> {
    let _tells = tells(&log, words);
    sleep(HOUR).await;
    Ok(T::default())
}

/// What a scope came to, and when.
pub async fn told<T>(
    scope: impl Future<Output = Result<T, GroupError<&'static str>>>,
) -> (Result<T, Vec<String>>, std::time::Duration) {
    let ended = scope.await.map_err(|error| words(&error));
    (ended, now())
}

pub fn errors<T>(words: &[&str]) -> Result<T, Vec<String>> {
    Err(words.iter().map(ToString::to_string).collect())
}

#[test]
fn the_bodys_value_comes_when_all_tasks_are_done() {
    in_any_order(|| async {
        let scope = task_group(async |group: Group| {
            group.create_task(after(3));
            group.create_task(after(1));
            sleep(MS * 2).await;
            Ok("value")
        });
        assert_eq!(told(scope).await, (Ok("value"), MS * 3));
        let slow_body = task_group(async |group: Group| {
            group.create_task(after(1));
            sleep(MS * 2).await;
            Ok(())
        });
        assert_eq!(told(slow_body).await, (Ok(()), MS * 5));
        assert_eq!(told(task_group(async |_: Group| Ok(1))).await, (Ok(1), MS * 5), "no tasks");
    });
}

#[test]
fn the_body_begins_at_the_first_poll_in_the_same_task() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let begun = Cell::new(false);
        let scope = task_group(async |group: Group| {
            begun.set(true);
            group.create_task(after(0));
            Ok(current_task().unwrap().name())
        });
        yield_now().await;
        assert!(!begun.get());
        assert_eq!(&*scope.await.unwrap(), "main");
    });
    let expected = [
        "poll 0 #1",
        "pending 0: its next turn",
        "poll 0 #2",
        "create 1 by 0",
        "pending 0: the tasks of a group",
        "poll 1 #1",
        "pending 1: its next turn",
        "poll 1 #2",
        "ready 1",
        "retrieve 1",
        "wake 0 by task 1",
        "callbacks 1, 1 run",
        "poll 0 #3",
        "ready 0",
    ];
    let words = ["poll", "pending", "create", "ready", "callbacks", "wake 0 by task 1", "retrieve"];
    assert_eq!(lines.take_only(&words), expected);
    assert_nothing_left(&event_loop);
}

#[test]
fn a_child_that_fails_ends_a_body_that_would_sleep_for_an_hour_at_once() {
    in_any_order(|| async {
        let log = Log::default();
        let scope = task_group(async |group: Group| {
            group.create_task(an_hour(log.clone(), "sibling"));
            group.create_task(fails_after(2, "oh"));
            an_hour(log.clone(), "body").await
        });
        let (ended, at): (Result<(), _>, _) = told(scope).await;
        assert_eq!((ended, at), (errors(&["oh"]), MS * 2));
        assert_eq!(log.take(), ["sibling", "body"], "undone before the error is given");
        assert_eq!(all_tasks().len(), 0);
    });
}

/// What it waits for may have come by that very failure: here, from the destructor of a sibling that was cancelled.
#[test]
fn a_body_does_not_get_another_turn_once_a_child_has_failed() {
    in_any_order(|| async {
        let (sender, receiver) = oneshot();
        let mut sender = Some(sender);
        let tells_the_body = many::OnDrop(move || sender.take().unwrap().send(()).unwrap());
        let scope = task_group(async |group: Group| {
            group.create_task(async move {
                let _tells = tells_the_body;
                pending().await
            });
            group.create_task(fails_after(1, "oh"));
            let told = receiver.await;
            unreachable!("{told:?}") as Outcome<()>
        });
        assert_eq!(told(scope).await, (errors(&["oh"]), MS));
    });
}

#[test]
fn a_childs_panic_ends_the_body_too() {
    in_any_order(|| async {
        let log = Log::default();
        let scope = task_group(async |group: Group| {
            group.create_task(async {
                sleep(MS).await;
                explode();
                Ok(1)
            });
            an_hour::<()>(log.clone(), "body").await
        });
        assert_eq!(told(scope).await, (errors(&["task panicked: on purpose"]), MS));
        assert_eq!(log.take(), ["body"]);
    });
}

#[test]
fn a_body_that_fails_cancels_the_tasks_and_its_error_comes_first() {
    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let log = Log::default();
        let scope = task_group(async |group: Group| {
            group.create_task(an_hour(log.clone(), "first"));
            group.create_task(ready(Err("child")));
            group.create_task(an_hour(log.clone(), "third"));
            yield_now().await; // the second has failed, and its callback comes next
            Err::<(), _>("body")
        });
        assert_eq!(told(scope).await.0, errors(&["body", "child"]));
        assert_eq!(log.take(), ["first", "third"]);
        let alone = task_group(async |group: Group| {
            group.create_task(an_hour(log.clone(), "child"));
            yield_now().await;
            Err::<(), _>("body")
        });
        assert_eq!(told(alone).await, (errors(&["body"]), now()));
        let none = task_group(async |_: Group| Err::<(), _>("body"));
        assert_eq!(told(none).await, (errors(&["body"]), now()));
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn a_body_that_panics_is_told_as_a_failure_with_those_of_the_tasks() {
    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let log = Log::default();
        let scope = task_group(async |group: Group| {
            let _tells = tells(&log, "body");
            group.create_task(an_hour(log.clone(), "child"));
            group.create_task(ready(Err("also")));
            yield_now().await;
            explode();
            Ok(())
        });
        let error = scope.await.unwrap_err();
        assert_eq!(words(&error), ["task panicked: on purpose", "also"]);
        assert!(matches!(error.errors[..], [ChildError::Panicked(_), ChildError::Failed("also")]));
        assert_eq!(log.take(), ["body", "child"]);
    });
    assert_nothing_left(&event_loop);
}

#[test]
pub fn errors_of_tasks_come_in_the_order_in_which_the_tasks_were_added() {
    in_any_order(|| async {
        let scope = task_group(async |group: Group| {
            group.create_task(fails_after(2, "late"));
            group.create_task(after(1));
            group.create_task(fails_after(1, "b"));
            group.create_task(fails_after(1, "c"));
            pending::<Outcome<()>>().await
        });
        let (ended, at) = told(scope).await;
        assert_eq!(at, MS);
        let ended = ended.unwrap_err();
        // Whether both fail before one has cancelled the other is a matter of the order of their polls.
        let possible = [&["b", "c"][..], &["b"], &["c"]];
        assert!(
            possible.contains(&&ended.iter().map(String::as_str).collect::<Vec<_>>()[..]),
            "{ended:?}"
        );
    });
}

#[test]
fn a_failure_after_the_body_is_done_takes_its_value_along() {
    in_any_order(|| async {
        let drops = Drops::default();
        let scope = task_group(async |group: Group| {
            group.create_task(fails_after(3, "late"));
            group.create_task(for_ever(drops.clone()));
            Ok(drops.guard())
        });
        let (ended, at) = told(scope).await;
        assert_eq!((ended.err().unwrap(), at), (vec!["late".to_string()], MS * 3));
        assert_eq!(drops.count(), 2, "the sibling and the value");
    });
}

#[test]
fn tasks_that_tasks_add_are_waited_for_and_fail_like_any_other() {
    in_any_order(|| async {
        let grown = |last: fn() -> Outcome<u32>| {
            task_group(async move |group: Group| {
                let (more, still_more) = (group.clone(), group.clone());
                group.create_task(async move {
                    sleep(MS).await;
                    more.create_task(async move {
                        sleep(MS).await;
                        still_more.create_task(async move {
                            sleep(MS).await;
                            last()
                        });
                        Ok(2)
                    });
                    Ok(1)
                });
                Ok("body")
            })
        };
        assert_eq!(told(grown(|| Ok(3))).await, (Ok("body"), MS * 3));
        assert_eq!(told(grown(|| Err("grandchild"))).await, (errors(&["grandchild"]), MS * 6));
    });
}

#[test]
fn what_is_added_after_the_failure_is_cancelled_before_it_begins() {
    in_any_order(|| async {
        let late = Rc::new(RefCell::new(Vec::<TaskRef>::new()));
        let scope = task_group(async |group: Group| {
            let adds = |late: &Rc<RefCell<Vec<TaskRef>>>| {
                let (late, group) = (late.clone(), group.clone());
                many::OnDrop(move || {
                    late.borrow_mut().push(group.create_task(async { unreachable!("polled") }));
                })
            };
            let of_a_sibling = adds(&late);
            group.create_task(async move {
                let _adds = of_a_sibling;
                pending().await
            });
            let _of_the_body = adds(&late);
            group.create_task(fails_after(1, "oh"));
            pending::<Outcome<()>>().await
        });
        assert_eq!(told(scope).await, (errors(&["oh"]), MS));
        assert!(late.borrow().iter().all(|task| task.done() && task.cancelled()));
        assert_eq!(late.borrow().len(), 2);
    });
}

/// Or the scope of a server would grow with each connection.
#[test]
fn a_scope_keeps_nothing_of_a_task_that_is_done() {
    glassloop::run(async {
        task_group(async |group: TaskGroup<Rc<()>, &str>| {
            let value = Rc::new(());
            for n in 0..3 {
                let result = value.clone();
                group.create_task(async move { Ok(result) });
                yield_now().await;
                yield_now().await;
                assert_eq!(Rc::strong_count(&value), 1, "after {n}");
            }
            Ok(())
        })
        .await
        .unwrap();
    });
}
