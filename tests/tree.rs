//! The tree: who made whom, who waits for whom, as records tell it or a call from anywhere shows it.

mod common;

use std::{future::pending, panic::Location, time::Duration};

use common::kept;
use glassloop::{
    EventLoop, create_task, sleep,
    sync::Event,
    trace::{Record, TaskId, What},
    views::tree,
    yield_now,
};

const HOUR: Duration = Duration::from_secs(3600);

/// The tree without the lines of the program.
fn drawn(tree: &str) -> Vec<String> {
    let without_line = |line: &str| {
        let (text, place) = line.rsplit_once("at tree.rs:").unwrap_or((line, ""));
        let rest = place.trim_start_matches(|digit: char| digit.is_ascii_digit());
        format!("{text}{}{rest}", if text.len() < line.len() { "HERE" } else { "" })
    };
    tree.lines().map(without_line).collect()
}

async fn grandchild() {
    sleep(HOUR).await;
}

async fn child() {
    create_task(grandchild()).await.unwrap();
}

async fn waits_for(event: Event) {
    event.wait().await;
}

#[test]
fn it_shows_who_made_whom_and_who_waits_for_what() {
    let (event_loop, records) = kept(EventLoop::builder().unwatched().virtual_time());
    let moment = event_loop.run_until_complete(async {
        drop(create_task(child()));
        let event = Event::new();
        create_task(waits_for(event.clone())).set_name("a\tname");
        sleep(HOUR / 2).await;
        drop(create_task(yield_now()));
        event.set();
        records.borrow().len()
    });
    let expected = [
        "0 \"main\" is being polled (made HERE)",
        "├─ 1 \"child\" waits for task 3, for 1800 s so far HERE",
        "│  └─ 3 \"grandchild\" sleeps for 3600s, for 1800 s so far HERE",
        "├─ 2 \"a\\tname\" is in the ready queue, for 0 ns (made HERE)",
        "└─ 4 \"YieldNow\" is in the ready queue, for 0 ns (made HERE)",
    ];
    assert_eq!(drawn(&tree(&records.borrow()[..moment])), expected);
}

#[test]
fn who_outlives_its_maker_stands_by_itself() {
    let (event_loop, records) = kept(EventLoop::builder().unwatched().virtual_time());
    event_loop.run_until_complete(async {
        drop(create_task(child()));
        yield_now().await;
        yield_now().await;
    });
    let expected = [
        "1 \"child\" waits for task 2, for 0 ns so far HERE",
        "└─ 2 \"grandchild\" sleeps for 3600s, for 0 ns so far HERE",
    ];
    assert_eq!(drawn(&tree(&records.borrow())), expected);
    event_loop.close();
    assert_eq!(tree(&records.borrow()), "", "nobody is left");
}

#[test]
fn a_chain_of_ten_thousand_makers_is_drawn_in_bounds() {
    let place = Location::caller();
    let create = |task| {
        let by = Some(TaskId(task - 1));
        let what = What::TaskCreated { task: TaskId(task), by, coroutine: "", place };
        Record::new(0, 0, what)
    };
    let tree = tree(&(1..=10_000).map(create).collect::<Vec<_>>());
    assert_eq!(tree.lines().count(), 10_000);
    assert!(tree.lines().all(|line| line.chars().count() < 200));
}

#[test]
fn makers_that_made_each_other_do_not_draw_for_ever() {
    let place = Location::caller();
    let create = |(task, by)| {
        let what =
            What::TaskCreated { task: TaskId(task), by: Some(TaskId(by)), coroutine: "", place };
        Record::new(0, 0, what)
    };
    let tree = tree(&[(1, 2), (2, 1), (3, 3)].map(create));
    assert_eq!(tree.lines().count(), 1, "who has made itself stands by itself: {tree}");
}

#[test]
fn a_loop_can_be_asked_for_it_at_any_time() {
    let event_loop = EventLoop::builder().virtual_time().build().unwrap();
    event_loop.create_task(pending::<()>()).set_name("waits");
    event_loop.run_until_complete(async {
        yield_now().await;
        let inside = event_loop.dump();
        if cfg!(debug_assertions) {
            assert!(inside.starts_with("0 \"main\" is being polled (made at tree.rs:"), "{inside}");
        }
        glassloop::dump();
    });
    assert_eq!(event_loop.dump().lines().count(), 1);
    assert!(event_loop.dump().contains("waits"));
    event_loop.close();
    assert_eq!(event_loop.dump(), "");
}

#[test]
fn where_nobody_keeps_account_each_task_shows_itself() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    let tasks = [event_loop.create_task(child()), event_loop.create_task(child())];
    let shown = tasks.each_ref().map(|task| format!("{task:?}\n"));
    assert_eq!(event_loop.dump(), shown.concat());
    drop(tasks);
}

#[test]
fn without_a_loop_the_call_does_nothing_but_say_so() {
    glassloop::dump();
}
