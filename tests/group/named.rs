//! `task_group` from outside: its tasks by name, its end by others, scopes in scopes, and what is left of one.

use std::rc::Rc;

use common::Log;
use glassloop::task_group;

use super::{
    scope::{an_hour, errors, tells, told},
    *,
};

#[test]
fn a_task_that_is_cancelled_by_name_has_not_failed_and_the_body_goes_on() {
    in_any_order(|| async {
        let log = Log::default();
        let scope = task_group(async |group: Group| {
            let one = group.create_task(an_hour(log.clone(), "one"));
            group.create_task(after(2));
            sleep(MS).await;
            assert!(one.cancel() && !one.cancel());
            log.say("the body goes on");
            sleep(MS * 2).await;
            Ok(())
        });
        assert_eq!(told(scope).await, (Ok(()), MS * 3));
        assert_eq!(log.take(), ["one", "the body goes on"]);
    });
}

#[test]
fn a_task_of_a_group_can_be_named_asked_and_cancelled_by_what_create_task_returns() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let scope = task_group(async |group: Group| {
            let [done, panics, sleeps] = [0, 1, 2].map(|n| {
                group.create_task(async move {
                    match n {
                        0 => Ok(0),
                        1 => pending().await,
                        _ => after(1).await,
                    }
                })
            });
            assert_eq!((&*done.name(), done.id(), done.done()), ("Task-1", TaskId(1), false));
            done.set_name("the first");
            assert_eq!(&*done.name(), "the first");
            assert!(all_tasks() == [done.clone(), panics.clone(), sleeps.clone()]);
            assert!(format!("{done:?}").starts_with("<Task pending name='the first' coro="));
            yield_now().await;
            assert!(done.done() && !done.cancelled() && !done.cancel());
            assert!(panics.cancel() && panics.done() && panics.cancelled());
            assert!(!sleeps.done());
            Ok(sleeps)
        });
        let sleeps = scope.await.unwrap();
        assert!(sleeps.done() && !sleeps.cancelled() && !sleeps.cancel(), "it outlives its task");
    });
    assert_eq!(lines.take_only(&["name", "cancel 2"]), ["name 1 \"the first\"", "cancel 2 by 0"]);
    assert_nothing_left(&event_loop);
}

#[test]
fn the_body_may_borrow_and_so_may_what_it_returns() {
    in_any_order(|| async {
        let words = ["one".to_string(), "two".to_string()];
        let mut count = 0;
        let scope = task_group(async |group: Group| {
            for _ in &words {
                group.create_task(after(1));
                count += 1;
            }
            sleep(MS).await;
            Ok(words.iter().max_by_key(|word| word.len()).unwrap().as_str())
        });
        assert_eq!(scope.await.unwrap(), "two");
        assert_eq!(count, 2);
    });
}

#[test]
fn dropping_a_scope_drops_the_body_and_cancels_the_tasks_in_order() {
    in_any_order(|| async {
        let log = Log::default();
        let scope = |log: Log| {
            task_group(async move |group: Group| {
                group.create_task(an_hour(log.clone(), "first"));
                group.create_task(an_hour(log.clone(), "second"));
                an_hour::<()>(log, "body").await
            })
        };
        assert!(timeout(MS, scope(log.clone())).await.is_err());
        assert_eq!(log.take(), ["body", "first", "second"]);
        let scope = scope(log.clone());
        let owner = create_task(async move { scope.await.is_ok() });
        sleep(MS).await;
        assert!(owner.cancel());
        assert_eq!(log.take(), ["body", "first", "second"]);
        sleep(MS).await; // for the callbacks
    });
}

#[test]
fn a_scope_that_is_dropped_before_its_first_poll_never_begins() {
    in_any_order(|| async {
        let log = Log::default();
        let held = tells(&log, "what the body holds");
        drop(task_group(async |_: Group| {
            let _held = held;
            unreachable!("polled") as Result<(), _>
        }));
        assert_eq!(log.take(), ["what the body holds"]);
    });
}

#[test]
fn a_scope_whose_body_is_done_cancels_its_tasks_when_it_is_dropped() {
    in_any_order(|| async {
        let log = Log::default();
        let scope = task_group(async |group: Group| {
            group.create_task(an_hour(log.clone(), "child"));
            Ok(tells(&log, "value"))
        });
        assert!(timeout(MS, scope).await.is_err());
        assert_eq!(log.take(), ["child", "value"]);
        sleep(MS).await;
    });
}

#[test]
fn a_failure_of_the_outer_scope_ends_the_inner_one_where_it_waits() {
    in_any_order(|| async {
        let log = Log::default();
        let outer = task_group(async |outer: Group| {
            outer.create_task(fails_after(2, "outer child"));
            let inner = task_group(async |inner: Group| {
                inner.create_task(an_hour(log.clone(), "inner child"));
                an_hour::<()>(log.clone(), "inner body").await
            });
            let _ = inner.await;
            unreachable!("dropped in there") as Result<(), _>
        });
        assert_eq!(told(outer).await, (errors(&["outer child"]), MS * 2));
        assert_eq!(log.take(), ["inner body", "inner child"]);
        sleep(MS).await; // for the callbacks
    });
}

#[test]
fn a_failure_of_the_inner_scope_is_the_outer_bodys_to_judge() {
    in_any_order(|| async {
        let log = Log::default();
        let outer = |passes_it_on: bool| {
            let log = log.clone();
            task_group(async move |outer: Group| {
                outer.create_task(an_hour(log.clone(), "outer child")).set_name("outer");
                let inner = task_group(async |inner: Group| {
                    inner.create_task(fails_after(1, "inner child"));
                    an_hour::<()>(log.clone(), "inner body").await
                });
                let ended = inner.await;
                assert_eq!(log.take(), ["inner body"]);
                if passes_it_on {
                    return ended.map_err(|_| "the inner scope");
                }
                all_tasks()[0].cancel();
                Ok(())
            })
        };
        assert_eq!(told(outer(true)).await, (errors(&["the inner scope"]), MS));
        assert_eq!(log.take(), ["outer child"]);
        assert_eq!(told(outer(false)).await, (Ok(()), MS * 2));
        assert_eq!(log.take(), ["outer child"]);
    });
}

#[test]
fn a_task_of_the_inner_scope_may_add_to_the_outer_one() {
    in_any_order(|| async {
        let outer = task_group(async |outer: Group| {
            let adds = outer.clone();
            let inner = task_group(async move |inner: Group| {
                inner.create_task(async move {
                    sleep(MS).await;
                    adds.create_task(after(5));
                    Ok(1)
                });
                Ok(())
            });
            assert_eq!(told(inner).await, (Ok(()), MS));
            Ok(())
        });
        assert_eq!(told(outer).await, (Ok(()), MS * 6));
    });
}

/// asyncio refuses it ("is finished").
#[test]
fn what_is_added_to_a_scope_that_is_over_is_cancelled_before_it_begins() {
    in_any_order(|| async {
        let cancelled = |group: Group| {
            let late = group.create_task(async { unreachable!("polled") });
            assert!(late.done() && late.cancelled());
        };
        cancelled(task_group(async |group: Group| Ok(group)).await.unwrap());
        let kept = RefCell::new(None);
        let body = async |group: Group| {
            kept.replace(Some(group));
            Err::<(), _>("oh")
        };
        assert!(task_group(body).await.is_err());
        cancelled(kept.take().unwrap());
        let body = async |group: Group| {
            kept.replace(Some(group));
            pending::<Result<(), _>>().await
        };
        assert!(timeout(MS, task_group(body)).await.is_err());
        cancelled(kept.take().unwrap());
        sleep(MS).await;
    });
}

/// The scope waits for those that come later. It keeps no results: a server's scope would grow with each connection.
#[test]
fn the_body_may_wait_for_its_tasks_which_leave_nothing_behind() {
    in_any_order(|| async {
        let scope = task_group(async |group: Group| {
            [2, 1].into_iter().for_each(|n| drop(group.create_task(after(n))));
            let results = group.wait().await.map_err(|_| "it ends the body")?;
            group.create_task(after(3));
            Ok(results)
        });
        assert_eq!(told(scope).await, (Ok(vec![]), MS * 5));
        let fails = task_group(async |group: Group| {
            group.create_task(fails_after(1, "oh"));
            let waited = group.wait().await;
            unreachable!("{waited:?}") as Result<(), _>
        });
        assert_eq!(told(fails).await, (errors(&["oh"]), MS * 6));
    });
}

#[test]
fn a_scope_that_waits_for_what_never_comes_is_a_deadlock_and_is_named() {
    let (event_loop, _lines) = virtual_and_recorded();
    let body = task_group(async |_: Group| pending::<Result<(), _>>().await);
    let report = panic_of(|| event_loop.run_until_complete(body));
    assert!(report.starts_with("deadlock: "), "{report}");
    let child = task_group(async |group: Group| {
        drop(group.create_task(pending()));
        Ok(())
    });
    let report = panic_of(|| event_loop.run_until_complete(child));
    assert!(report.starts_with("deadlock: "), "{report}");
    assert!(report.contains("main waits for the tasks of a group at tests/group"), "{report}");
    event_loop.run_until_complete(sleep(MS));
    assert_nothing_left(&event_loop);
}

#[test]
fn a_scope_that_was_moved_wakes_the_task_that_polled_it_last() {
    in_any_order(|| async {
        let scope = Box::pin(task_group(async |group: Group| {
            group.create_task(fails_after(2, "oh"));
            pending::<Result<(), _>>().await
        }));
        let scope = Rc::new(RefCell::new(scope));
        let first = scope.clone();
        let first = create_task(timeout(MS, async move {
            std::future::poll_fn(|context| first.borrow_mut().as_mut().poll(context)).await
        }));
        assert!(first.await.unwrap().is_err());
        let scope = Rc::into_inner(scope).unwrap().into_inner();
        assert_eq!(told(scope).await, (errors(&["oh"]), MS * 2));
    });
}

#[test]
fn misuse_of_a_scope_is_a_panic_in_clear_words() {
    let mut outside = task_group(async |_: Group| Ok(()));
    let (_, waker) = common::CountingWaker::new();
    let words = panic_of(|| common::poll_with(&mut outside, &waker).is_ready());
    assert!(words.starts_with("task_group was polled outside of an event loop"), "{words}");
    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(&mut outside).unwrap();
    let again = panic_of(|| event_loop.run_until_complete(&mut outside));
    assert_eq!(again, "a finished task_group was polled again");
}

#[test]
fn a_thousand_tasks_of_a_scope_cost_linear_polls() {
    let (event_loop, _lines) = virtual_and_recorded();
    let scope = task_group(async |group: Group| {
        (1..=1000).for_each(|milliseconds| drop(group.create_task(after(milliseconds))));
        Ok(())
    });
    event_loop.run_until_complete(scope).unwrap();
    assert_eq!(event_loop.counters().polls, 2 * 1000 + 2);
    assert_nothing_left(&event_loop);
}

/// Somebody else has been given the group, and waits for it, too. The failures are told once: by the scope.
#[test]
fn a_scope_fails_though_somebody_else_waits_for_its_group() {
    in_any_order(|| async {
        let outsider = RefCell::new(None);
        let scope = task_group(async |group: Group| {
            let waits = group.clone();
            outsider.replace(Some(create_task(async move { waits.wait().await.unwrap() })));
            group.create_task(fails_after(2, "oh"));
            group.create_task(after(1));
            pending::<Result<(), _>>().await
        });
        assert_eq!(told(scope).await, (errors(&["oh"]), MS * 2));
        assert_eq!(outsider.take().unwrap().await.unwrap(), [0; 0]);
    });
}
