//! A failure that nobody looks at is told once; one that somebody has looked at is not.

mod common;

use std::time::Duration;

use common::{assert_nothing_left, recorded};
use glassloop::{EventLoop, TaskGroup, create_task, gather, sleep, wait, yield_now};

/// What is told of these failures after a whole run.
fn told<F: Future>(future: F) -> Vec<String> {
    let (event_loop, lines) = recorded(EventLoop::builder().unwatched().virtual_time());
    event_loop.run_until_complete(future);
    assert_nothing_left(&event_loop);
    event_loop.close();
    drop(event_loop);
    lines.take_only(&["never retrieved"])
}

async fn fails() -> Result<(), String> {
    Err("no".to_string())
}

async fn panics() {
    panic!("on purpose");
}

#[test]
fn an_error_of_a_detached_task_is_told() {
    assert_eq!(
        told(async {
            drop(create_task(fails()));
            yield_now().await;
        }),
        ["never retrieved 1"]
    );
}

#[test]
fn a_panic_of_a_detached_task_is_told() {
    assert_eq!(
        told(async {
            drop(create_task(panics()));
            yield_now().await;
        }),
        ["never retrieved 1"]
    );
}

#[test]
fn a_failure_is_told_when_the_last_handle_goes_not_before() {
    let (event_loop, lines) = recorded(EventLoop::builder().unwatched());
    let task = event_loop.create_task(fails());
    event_loop.run_until_complete(yield_now());
    assert_eq!(lines.take_only(&["never retrieved"]), [""; 0]);
    drop(task);
    assert_eq!(lines.take_only(&["never retrieved"]), ["never retrieved 1"]);
}

#[test]
fn whoever_awaits_or_looks_has_retrieved_it() {
    let nothing = told(async {
        assert!(create_task(fails()).await.unwrap().is_err());
        assert!(create_task(panics()).await.is_err());
        let (done, _) = wait([create_task(fails())]).await;
        assert!(matches!(done[0].result().as_deref(), Some(Ok(Err(_)))));
        let watched = create_task(fails());
        watched.add_done_callback(|task| drop(task.result()));
        drop(watched);
        yield_now().await;
        yield_now().await;
    });
    assert_eq!(nothing, [""; 0]);
}

#[test]
fn a_task_that_was_cancelled_or_succeeded_has_not_failed() {
    let nothing = told(async {
        drop(create_task(async { Ok::<(), String>(()) }));
        let cancelled = create_task(async {
            sleep(Duration::MAX).await;
            fails().await
        });
        cancelled.cancel();
        yield_now().await;
    });
    assert_eq!(nothing, [""; 0]);
}

#[test]
fn after_the_first_error_of_a_gather_the_others_are_of_no_interest() {
    let nothing = told(async {
        assert!(gather([fails(), fails(), fails()]).await.is_err());
        let panic = create_task(gather((0..3).map(|_| async { panic!("oh") as Result<(), ()> })));
        assert!(panic.await.is_err());
        sleep(Duration::from_secs(1)).await;
    });
    assert_eq!(nothing, [""; 0]);
}

#[test]
fn a_group_that_nobody_waits_for_hides_no_failure() {
    let group_told = told(async {
        let group = TaskGroup::new();
        group.create_task(fails());
        sleep(Duration::from_secs(1)).await;
    });
    assert_eq!(group_told, ["never retrieved 1"]);
}
