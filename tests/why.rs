//! `views::why` goes from a record back to what began it, whatever the stream of records is.

use std::panic::Location;

use glassloop::{
    trace::{Record, TaskId, What, record::*},
    views::why,
};

const ONE: TaskId = TaskId(1);
const READABLE: Direction = Direction::Readable;

fn stream(whats: Vec<What>) -> Vec<Record> {
    whats.into_iter().map(|what| Record::new(0, 1, what)).collect()
}

fn poll(poll: u32) -> What {
    What::PollStarted { task: ONE, poll }
}

fn pending(what: WaitFor) -> What {
    let waits = Some(Wait { what, place: Location::caller() });
    What::PollEnded { task: ONE, outcome: Outcome::Pending, waits, wakers: 1 }
}

fn woken(by: Cause) -> What {
    What::Woken { task: ONE, by, outcome: WakeOutcome::Queued }
}

/// A task waits twice for the same socket.
fn reader() -> Vec<Record> {
    let tried = |outcome| What::Tried { socket: 5, operation: Operation::Read, outcome };
    let wait = WaitFor::Socket { socket: 5, direction: READABLE };
    let ready = What::Ready { socket: 5, readable: true, writable: true, error: false };
    let by = Cause::Socket { socket: 5, direction: READABLE };
    let armed = What::Armed { socket: 5, direction: READABLE };
    let wait_again = [tried(Attempt::WouldBlock), armed, pending(wait), ready, woken(by)];
    let mut whats = vec![poll(1)];
    whats.extend(wait_again.clone());
    whats.push(poll(2));
    whats.extend(wait_again);
    whats.push(poll(3));
    stream(whats)
}

#[test]
fn a_poll_goes_back_to_the_would_block_that_began_it() {
    let sentences = why(&reader(), 12);
    let asked =
        "this event had been asked for, in poll #2 of task 1, which waits for it at why.rs:";
    assert!(sentences[3].starts_with(asked), "{sentences:?}");
    assert_eq!(sentences[1], "task 1 was woken by socket 5 readable");
    assert_eq!(sentences[2], "the operating system reported socket 5 readable");
    assert_eq!(sentences[4..], ["read on socket 5 answered: would block"]);
}

#[test]
fn an_event_that_nobody_waits_for_says_so() {
    let mut records = reader();
    assert!(why(&records, 10)[1].contains("in poll #2 of task 1"));
    records.push(records[10].clone());
    let sentences = why(&records, 13);
    assert_eq!(sentences, ["socket 5 was reported, and no task waited for that"]);
}

#[test]
fn whatever_a_poll_does_is_explained_by_the_poll() {
    let records = reader();
    assert_eq!(why(&records, 8), why(&records, 6), "arming, within poll #2");
    assert_eq!(why(&records, 9), why(&records, 6), "its end");
}

#[test]
fn a_task_that_waited_for_another_was_woken_by_its_end() {
    let main = TaskId(0);
    let records = stream(vec![
        What::TaskCreated { task: ONE, by: Some(main), coroutine: "f", place: Location::caller() },
        poll(1),
        What::PollEnded { task: ONE, outcome: Outcome::Panicked, waits: None, wakers: 0 },
        What::Woken { task: main, by: Cause::Task(ONE), outcome: WakeOutcome::Queued },
    ]);
    let sentences = why(&records, 3);
    assert_eq!(sentences[..2], ["task 0 was woken by task 1", "task 1 ended: panicked"]);
    assert_eq!(sentences[2], "poll #1 of task 1");
    assert!(sentences[3].starts_with("task 1 was made by task 0 at why.rs:"), "{sentences:?}");
}

#[test]
fn a_job_leads_to_the_poll_that_handed_it_over() {
    let job = What::JobQueued { job: 4 };
    let by = Cause::Job { job: 4, thread: 2 };
    let records = stream(vec![poll(1), job, pending(WaitFor::Turn), woken(by)]);
    // That it waits for its next turn does not tell where the job is waited for.
    let handed = "job 4 was handed to a thread, in poll #1 of task 1";
    let expected = ["task 1 was woken by job 4", "job 4 was done, on thread 2", handed];
    assert_eq!(why(&records, 3), expected);
}

#[test]
fn what_the_loop_does_by_itself_is_no_task_s() {
    let records = stream(vec![What::TurnEnded { polls: 0 }]);
    assert_eq!(why(&records, 0), ["no task is polled here: the loop or the program did it"]);
    assert_eq!(why(&records, 1), [""; 0]);
}

#[test]
fn a_chain_without_end_is_cut_and_one_without_beginning_says_so() {
    let by_itself = [poll(1), woken(Cause::Task(ONE))];
    let records = stream(by_itself.into_iter().cycle().take(100).collect());
    let sentences = why(&records, 99);
    assert_eq!((sentences.len(), &*sentences[24]), (25, "and so on"));

    let sentences = why(&records[..1], 0);
    assert_eq!(sentences, ["poll #1 of task 1", "what led to that is not among these records"]);
}
