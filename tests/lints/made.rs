//! Lints over records that were made by hand: what depends on time, and what this loop never does.

use std::{cell::RefCell, panic::Location, time::Duration};

use glassloop::{
    EventLoop, create_task, sleep, to_thread,
    trace::{
        Place, Record, TaskId, What,
        record::{Attempt, Cause, Direction, Lost, Operation, Outcome, Wait, WaitFor, WakeOutcome},
    },
    views::{lint, story, tree},
    yield_now,
};

use super::without_lines;

#[track_caller]
fn here() -> Place {
    Location::caller()
}

/// What the lints find where these things happened, each at so many microseconds.
fn findings(happened: &[(u64, What)]) -> Vec<String> {
    let record = |(t, what): &(u64, What)| Record::new(t * 1000, 1, what.clone());
    without_lines(lint(&happened.iter().map(record).collect::<Vec<_>>()))
}

#[track_caller]
fn created(t: u64, task: u64) -> (u64, What) {
    (
        t,
        What::TaskCreated {
            task: TaskId(task),
            by: None,
            coroutine: "app::fetch::{{closure}}",
            place: here(),
        },
    )
}

fn woken(t: u64, task: u64, by: Cause) -> (u64, What) {
    (t, What::Woken { task: TaskId(task), by, outcome: WakeOutcome::Queued })
}

fn started(t: u64, task: u64, poll: u32) -> (u64, What) {
    (t, What::PollStarted { task: TaskId(task), poll })
}

fn ended(t: u64, task: u64, outcome: Outcome) -> (u64, What) {
    let waits = Some(Wait { what: WaitFor::Other("something"), place: here() });
    (t, What::PollEnded { task: TaskId(task), outcome, waits, wakers: 1 })
}

const PENDING: Outcome = Outcome::Pending;

#[test]
fn a_poll_of_100_ms_held_the_loop() {
    let poll = |t| {
        [
            created(0, 1),
            started(0, 1, 1),
            ended(9, 1, PENDING),
            started(9, 1, 2),
            ended(t, 1, PENDING),
        ]
    };
    let blocked = "blocked: task 1 held the loop for 100 ms in poll #2; nothing else could run. Move the work \
                   to `to_thread`, or await. (task \"fetch\", made at HERE)";
    assert_eq!(findings(&poll(100_009)), [blocked]);
    assert_eq!(findings(&poll(99_909)), [""; 0]);
}

/// Task 2 is ready from 1 µs on, and is polled at last when task 1 has had so many polls of this length.
fn kept_waiting(polls: u32, length: u64, by: Cause) -> Vec<(u64, What)> {
    let mut happened =
        vec![created(0, 1), created(0, 2), started(0, 2, 1), ended(1, 2, PENDING), woken(1, 2, by)];
    for n in 0..polls {
        let t = 1 + u64::from(n) * length;
        happened.extend([started(t, 1, n + 1), ended(t + length, 1, PENDING)]);
    }
    happened.push(started(1 + u64::from(polls) * length, 2, 2));
    happened
}

#[test]
fn who_is_ready_for_over_100_ms_is_starved() {
    let by = Cause::Socket { socket: 5, direction: Direction::Readable };
    let starved = "starved: task 2, woken by socket 5, waited 105 ms; task 1 was polled meanwhile. \
                   (task \"fetch\", made at HERE)";
    assert_eq!(findings(&kept_waiting(3, 35_000, by)), [starved]);
    assert_eq!(findings(&kept_waiting(3, 33_000, by)), [""; 0]);
    // The last polls of all are looked at, not all: the sum is what counts.
    assert_eq!(findings(&kept_waiting(1050, 100, by)), [starved]);
}

#[test]
fn who_made_it_wait_is_named_once_where_a_single_poll_is_to_blame() {
    let findings = findings(&kept_waiting(1, 210_000, Cause::Outside));
    let [blocked] = &findings[..] else { panic!("one finding: {findings:?}") };
    assert!(
        blocked.starts_with("blocked: task 1 held the loop for 210 ms in poll #1"),
        "{blocked}"
    );
}

#[test]
fn no_task_is_blamed_for_time_in_which_none_was_polled() {
    // A callback ran for 300 ms, or the machine was asleep.
    let mut happened = kept_waiting(3, 10, Cause::Outside);
    happened.pop();
    happened.push(started(300_000, 2, 2));
    assert_eq!(findings(&happened), [""; 0]);
}

#[test]
fn who_had_the_longest_poll_is_blamed_only_for_what_came_after_the_wake() {
    let happened = [
        created(0, 1),
        created(0, 2),
        created(0, 3),
        started(0, 2, 1),
        ended(0, 2, PENDING),
        // Longer than any other, and over.
        started(0, 3, 1),
        ended(95_000, 3, PENDING),
        // Of 90 ms, 80 count: they are more than 25.
        started(95_000, 1, 1),
        woken(105_000, 2, Cause::Task(TaskId(1))),
        ended(185_000, 1, PENDING),
        started(185_000, 3, 2),
        ended(210_000, 3, PENDING),
        started(210_000, 2, 2),
    ];
    let starved = "starved: task 2, woken by task 1, waited 105 ms; task 1 was polled meanwhile. \
                   (task \"fetch\", made at HERE)";
    assert_eq!(findings(&happened), [starved]);
}

#[test]
fn a_task_does_not_starve_itself() {
    let happened = [
        created(0, 1),
        started(0, 1, 1),
        woken(1, 1, Cause::Task(TaskId(1))),
        ended(99_000, 1, PENDING),
        started(101_100, 1, 2),
    ];
    assert_eq!(findings(&happened), [""; 0]);
}

#[test]
fn who_was_ready_before_the_run_was_not_kept_waiting_by_it() {
    let started_at = |t| (t, What::LoopStarted { main: TaskId(0), place: here(), name: None });
    let run_after = |t| {
        let polls = [started(t, 0, 1), ended(t + 60_000, 0, PENDING), started(t + 60_000, 1, 1)];
        findings(&[&[created(0, 1), started_at(t)][..], &polls].concat())
    };
    assert_eq!(run_after(50_000), [""; 0]);
}

#[test]
fn who_is_polled_after_ready_is_named_and_who_is_polled_before_is_not() {
    let poll = |n, outcome| [started(0, 3, n), ended(0, 3, outcome)];
    let twice =
        |outcome| findings(&[&[created(0, 3)], &poll(5, outcome)[..], &poll(6, PENDING)].concat());
    let again = "polled again: task 3 was ready in poll #5: a finished future must not be polled. \
                 (task \"fetch\", made at HERE)";
    assert_eq!(twice(Outcome::Ready), [again]);
    assert_eq!(twice(PENDING), [""; 0]);
}

fn tried(socket: u64, outcome: Attempt) -> (u64, What) {
    (0, What::Tried { socket, operation: Operation::Read, outcome })
}

fn armed(socket: u64, direction: Direction) -> (u64, What) {
    (0, What::Armed { socket, direction })
}

#[test]
fn who_waits_for_an_edge_without_having_seen_would_block_is_named() {
    let within_a_poll = |doings: &[(u64, What)]| {
        findings(&[&[created(0, 1), started(0, 1, 1)], doings, &[ended(0, 1, PENDING)]].concat())
    };
    let missed = |attempt| {
        format!(
            "edge missed: no {attempt} socket 5 said \"would block\" just before this wait: no new event will come. \
             (task \"fetch\", made at HERE)"
        )
    };
    let (readable, writable) = (Direction::Readable, Direction::Writable);
    let event = (0, What::Ready { socket: 5, readable: true, writable: false, error: false });
    assert_eq!(within_a_poll(&[armed(5, readable)]), [missed("read of")]);
    assert_eq!(within_a_poll(&[tried(5, Attempt::WouldBlock), armed(5, readable)]), [""; 0]);
    let of_the_other = [tried(5, Attempt::WouldBlock), armed(5, writable)];
    assert_eq!(within_a_poll(&of_the_other), [missed("write to")]);
    let bytes = Some(1);
    let not_until =
        [tried(5, Attempt::WouldBlock), tried(5, Attempt::Done { bytes }), armed(5, readable)];
    assert_eq!(within_a_poll(&not_until), [missed("read of")]);
    let is_past = [tried(5, Attempt::WouldBlock), event, armed(5, readable)];
    assert_eq!(within_a_poll(&is_past), [missed("read of")]);
}

#[test]
fn the_task_whose_destructors_run_is_named_and_no_earlier_one() {
    let unsent = (0, What::Unsent { socket: 5, bytes: 312 });
    let dropped = (0, What::Dropped { task: TaskId(1) });
    let text = "unsent data: socket 5 was closed with 312 bytes unsent: `close` the writer and await \
                `wait_closed`.";
    let meanwhile = [created(0, 1), dropped.clone(), unsent.clone()];
    let findings_then = findings(&meanwhile);
    assert_eq!(findings_then[1..], [format!("{text} (task \"fetch\", made at HERE)")]);
    let later =
        [created(0, 1), created(0, 2), dropped, started(0, 2, 1), ended(0, 2, PENDING), unsent];
    assert_eq!(findings(&later)[1..], [text]);
}

/// What the lints find where the last of these records comes after so much lost time, in microseconds.
fn findings_after(happened: &[(u64, What)], watching: u64, preempted: u64) -> Vec<String> {
    let record = |(t, what): &(u64, What)| Record::new(t * 1000, 1, what.clone());
    let mut records: Vec<_> = happened.iter().map(record).collect();
    let lost = Lost { watching: watching * 1000, preempted: preempted * 1000 };
    records.last_mut().expect("there is one").lost = lost;
    without_lines(lint(&records))
}

#[test]
fn nobody_is_accused_of_the_time_that_watching_took_or_that_the_system_gave_to_others() {
    let poll = [created(0, 1), started(0, 1, 1), ended(112_000, 1, PENDING)];
    assert_eq!(findings_after(&poll, 0, 0).len(), 1, "the poll took 112 ms of its own");
    assert_eq!(findings_after(&poll, 0, 13_000), [""; 0]);
    assert_eq!(findings_after(&poll, 13_000, 0), [""; 0]);
    assert_eq!(findings_after(&poll, 6_000, 7_000), [""; 0]);
    let still = findings_after(&poll, 6_000, 6_000);
    assert!(still[0].starts_with("blocked: task 1 held the loop for 100 ms"), "{still:?}");
}

#[test]
fn nobody_starves_in_time_that_was_lost() {
    // Task 2 is ready all the time. Task 1 is polled again and again, each time too short to be accused.
    let mut waits = vec![created(0, 2), created(0, 1)];
    for n in 0..6 {
        waits.extend([started(n * 20_000, 1, 1), ended((n + 1) * 20_000, 1, PENDING)]);
    }
    waits.push(started(120_000, 2, 1));
    assert_eq!(findings_after(&waits, 0, 0).len(), 1, "it waited for 120 ms");
    assert_eq!(findings_after(&waits, 0, 20_000), [""; 0]);
    assert_eq!(findings_after(&waits, 20_000, 0), [""; 0]);
}

#[test]
fn a_loop_that_seems_stuck_says_so_once() {
    let stuck = (0, What::Stuck { tasks: 2 });
    let text = "stuck: it is not known what could wake 2 tasks, but somebody has a waker (another crate's \
                channel, a thread): the loop sleeps on.";
    assert_eq!(findings(&[stuck.clone(), stuck]), [text]);
}

#[test]
fn records_without_sense_make_no_view_panic() {
    let (event_loop, records) = super::kept(EventLoop::builder().unwatched());
    event_loop.run_until_complete(async {
        let task = create_task(async { sleep(Duration::from_millis(1)).await });
        let listener = glassloop::net::TcpListener::bind(([127, 0, 0, 1], 0).into()).unwrap();
        drop(create_task(async move { drop(listener.accept().await) }));
        yield_now().await;
        drop(create_task(to_thread(|| panic!("for a test"))));
        task.await.unwrap();
    });
    event_loop.close();
    let mut records = RefCell::take(&records);
    records.push(Record::new(0, 0, What::Unsent { socket: 0, bytes: usize::MAX }));
    let mut seed: u64 = 1;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for _ in 0..300 {
        for _ in 0..records.len() {
            let (one, other) = (random(records.len()), random(records.len()));
            records.swap(one, other);
            records[one].t = [0, 1, 1_000_000_000, u64::MAX / 2, u64::MAX][random(5)];
        }
        let _ = (lint(&records), story(&records), tree(&records));
    }
}
