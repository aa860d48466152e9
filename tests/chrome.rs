//! The file for Perfetto and chrome://tracing keeps the rules of those who read it, whatever the records are.

#[path = "common/json.rs"]
mod json;

#[path = "common/trace_event.rs"]
mod trace_event;

#[path = "chrome/nonsense.rs"]
mod nonsense;

use std::{cell::RefCell, net::Ipv4Addr, rc::Rc, time::Duration};

use glassloop::{
    Builder, EventLoop, create_task, current_task, gather,
    net::{TcpListener, TcpStream},
    sleep, to_thread,
    trace::{Record, TaskId, What, record::Cause},
    views::chrome,
    yield_now,
};
use trace_event::{Event, check, of_phase};

const SECOND: Duration = Duration::from_secs(1);

/// The records of a run, from the making of the loop to its end.
fn records_of(builder: Builder, run: impl FnOnce(&EventLoop)) -> Vec<Record> {
    let records = Rc::new(RefCell::new(Vec::new()));
    let list = records.clone();
    let observer = move |record: &Record| list.borrow_mut().push(record.clone());
    let event_loop = builder.observer(observer).build().expect("a loop can be made");
    run(&event_loop);
    event_loop.close();
    records.take()
}

fn virtual_run(future: impl Future<Output = ()>) -> Vec<Record> {
    let builder = EventLoop::builder().unwatched().virtual_time();
    records_of(builder, |event_loop| event_loop.run_until_complete(future))
}

fn sleepers() -> Vec<Record> {
    virtual_run(async {
        let sleeps = (1..=3).map(|seconds| async move {
            sleep(seconds * SECOND).await;
            yield_now().await;
            Ok::<_, ()>(seconds)
        });
        assert_eq!(gather(sleeps).await, Ok(vec![1, 2, 3]));
    })
}

fn client_and_server() -> Vec<Record> {
    let builder = EventLoop::builder().unwatched();
    let listener_and_client = async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let server = create_task(async move {
            let (stream, _) = listener.accept().await.unwrap();
            sleep(Duration::from_millis(2)).await;
            stream.write(b"hello").await.unwrap();
        });
        let stream = TcpStream::connect(address).await.unwrap();
        let mut buffer = [0; 16];
        while stream.read(&mut buffer).await.unwrap() > 0 {}
        server.await.unwrap();
    };
    records_of(builder, |event_loop| event_loop.run_until_complete(listener_and_client))
}

fn threads() -> Vec<Record> {
    virtual_run(async {
        let jobs = (1..=3).map(|n| async move { Ok::<_, ()>(to_thread(move || n).await) });
        assert_eq!(gather(jobs).await, Ok(vec![1, 2, 3]));
    })
}

/// Tasks that are cancelled from within and from without, that panic, and that are left over.
fn ends() -> Vec<Record> {
    virtual_run(async {
        let cancelled = create_task(sleep(SECOND));
        let panics = create_task(async { panic!("\"quoted\" </script> \u{2028}") });
        panics.set_name("\"quoted\"\n</script>\u{2028}");
        let never_polled = create_task(async {});
        never_polled.cancel();
        drop(create_task(sleep(9 * SECOND)));
        yield_now().await;
        cancelled.cancel();
        assert!(cancelled.await.is_err() && panics.await.is_err());
        create_task(async { create_task(sleep(SECOND)).cancel() }).await.unwrap();
    })
}

/// A loop that is run twice, with callbacks, and a task that is made between the runs.
fn two_runs() -> Vec<Record> {
    records_of(EventLoop::builder().unwatched().virtual_time(), |event_loop| {
        let task = event_loop.create_task(sleep(SECOND));
        task.add_done_callback(|_| drop(create_task(async {})));
        event_loop.run_until_complete(yield_now());
        let other = event_loop.create_task(async {});
        event_loop.run_until_complete(task).unwrap();
        assert!(other.done());
    })
}

fn runs() -> Vec<Vec<Record>> {
    vec![sleepers(), client_and_server(), threads(), ends(), two_runs()]
}

#[test]
fn every_real_run_keeps_the_rules() {
    for records in runs() {
        let events = check(&chrome(&records));
        let polls = records.iter().filter(|record| matches!(record.what, What::PollStarted { .. }));
        let is_poll = |event: &&Event| event.tid > 1 && event.name.starts_with("poll #");
        assert_eq!(events.iter().filter(is_poll).count(), polls.count());
    }
}

#[test]
fn any_stream_of_records_keeps_the_rules() {
    let runs = runs();
    for seed in 0..2000 {
        let records = nonsense::variant(&runs, seed);
        let checked = std::panic::catch_unwind(|| check(&chrome(&records)).len());
        assert!(checked.is_ok(), "seed {seed}");
    }
    assert!(check(&chrome(&[])).iter().all(|event| event.phase == "M"));
}

/// The row of a thread: 0 is the loop, tasks count from 1. (Thread 2 is who watches.)
fn row(tid: u64) -> u64 {
    if tid == 1 { 0 } else { tid - 2 }
}

/// `row: name`, of all slices, in their order.
fn slices(events: &[Event]) -> Vec<String> {
    let slices = of_phase(events, "X").into_iter();
    slices.map(|slice| format!("{}: {}", row(slice.tid), slice.name)).collect()
}

fn one_sleeper() -> Vec<Record> {
    virtual_run(async {
        create_task(sleep(SECOND)).await.unwrap();
    })
}

#[test]
fn the_loop_has_turns_with_polls_sleep_and_dispatch_and_a_task_is_scheduled_polled_or_waiting() {
    let events = check(&chrome(&one_sleeper()));
    let expected = [
        "1: scheduled",
        "0: turn 1",
        "0: poll 0 main",
        "1: poll #1",
        "2: scheduled",
        "1: waiting: task 1",
        "0: poll 1 Sleep",
        "2: poll #1",
        "2: waiting: sleep 1s",
        "0: sleep",
        "0: dispatch",
        "2: scheduled",
        "0: turn 2",
        "0: poll 1 Sleep",
        "2: poll #2",
        "1: scheduled",
        "0: poll 0 main",
        "1: poll #2",
    ];
    assert_eq!(slices(&events), expected);
}

#[test]
fn a_task_that_was_woken_in_its_poll_is_scheduled_not_waiting() {
    let events = check(&chrome(&virtual_run(yield_now())));
    let task: Vec<_> = slices(&events).into_iter().filter(|line| line.starts_with("1:")).collect();
    assert_eq!(task, ["1: scheduled", "1: poll #1", "1: scheduled", "1: poll #2"]);
}

#[test]
fn a_task_that_cancels_itself_is_polled_until_its_poll_is_over() {
    let events = check(&chrome(&virtual_run(async {
        let task = create_task(async { current_task().expect("it is polled").cancel() });
        assert!(task.await.is_err());
    })));
    let poll = events.iter().find(|event| row(event.tid) == 2 && event.name == "poll #1");
    let end = poll.and_then(|poll| poll.args.as_ref()).and_then(|args| args.get("end"));
    assert_eq!(end.and_then(json::Json::text), Some("cancelled 1"));
}

#[test]
fn without_a_sleep_and_without_turns_there_is_dispatch_between_the_polls_all_the_same() {
    let mut records = one_sleeper();
    records.retain(|record| !matches!(record.what, What::Parked { .. } | What::Unparked { .. }));
    for turns in [true, false] {
        records.iter_mut().filter(|_| !turns).for_each(|record| record.turn = 0);
        let events = check(&chrome(&records));
        let dispatch = events.iter().find(|event| event.name == "dispatch").expect("dispatch");
        let polls =
            events.iter().filter(|event| row(event.tid) == 0 && event.name == "poll 1 Sleep");
        let ends: Vec<bool> = polls.map(|poll| poll.ts >= dispatch.end()).collect();
        assert_eq!(ends, [false, true]);
    }
}

#[test]
fn a_wake_of_a_finished_task_changes_nothing() {
    let mut records = one_sleeper();
    let before = check(&chrome(&records));
    let woken = |record: &&Record| record.what.to_string() == "wake 1 by timer 0";
    let wake = records.iter().find(woken).expect("it was woken").what.clone();
    let last = records.last().expect("there are records").clone();
    records.push(Record { what: wake, ..last });
    let after = check(&chrome(&records));
    assert_eq!(slices(&after), slices(&before));
    assert_eq!(counts(&after, "alive"), counts(&before, "alive"));
}

#[test]
fn a_sleep_lasts_as_long_as_the_loop_has_slept() {
    let events = check(&chrome(&one_sleeper()));
    let sleep = events.iter().find(|event| event.name == "sleep").expect("it sleeps");
    let until = sleep.args.as_ref().and_then(|args| args.get("end")).and_then(json::Json::text);
    assert_eq!((sleep.end(), until), (1_000_000_000, Some("unpark by the deadline")));
}

/// The slices at the ends of each wake, as `tid name -> tid name`.
fn wakes(events: &[Event]) -> Vec<String> {
    let around = |end: &Event| {
        let holds = |slice: &&Event| {
            let same_thread = (slice.pid, slice.tid) == (end.pid, end.tid);
            slice.phase == "X" && same_thread && (slice.ts..slice.end()).contains(&end.ts)
        };
        let slice = events.iter().rfind(holds).expect("a slice around it");
        format!("{} {}", row(slice.tid), slice.name)
    };
    let ends = of_phase(events, "f");
    let begins = of_phase(events, "s");
    let begin_of = |end: &Event| begins.iter().find(|begin| begin.id == end.id).map(|s| around(s));
    ends.iter()
        .map(|end| format!("{} -> {}", begin_of(end).expect("a begin"), around(end)))
        .collect()
}

#[test]
fn a_wake_leads_from_the_slice_that_caused_it_to_the_poll_that_follows() {
    let events = check(&chrome(&one_sleeper()));
    assert_eq!(wakes(&events), ["0 dispatch -> 2 poll #2", "2 poll #2 -> 1 poll #2"]);

    let from_a_poll = check(&chrome(&virtual_run(yield_now())));
    assert_eq!(wakes(&from_a_poll), ["1 poll #1 -> 1 poll #2"]);
}

#[test]
fn a_wake_that_leads_to_no_poll_is_no_arrow() {
    let records = virtual_run(async {
        let never_again = create_task(sleep(SECOND));
        yield_now().await;
        sleep(SECOND).await; // the timer of the other goes off first, and wakes it
        drop(never_again);
    });
    let woken = |record: &Record| matches!(record.what, What::Woken { by: Cause::Timer(0), .. });
    let until = records.iter().position(woken).expect("it was woken");
    assert_eq!(wakes(&check(&chrome(&records[..=until]))).len(), 1, "that of yield_now alone");
}

#[test]
fn where_a_polled_task_has_no_slice_the_arrow_begins_at_the_loop() {
    let mut records = one_sleeper();
    let woken = |record: &&Record| record.what.to_string() == "wake 1 by timer 0";
    let wake = records.iter().find(woken).expect("it was woken").what.clone();
    let created = |record: &Record| matches!(record.what, What::TaskCreated { .. });
    let place = records.iter().position(created).expect("it was made");
    let in_the_poll = records[place].clone();
    for what in [wake, What::Dropped { task: TaskId(0) }] {
        records.insert(place + 1, Record { what, ..in_the_poll.clone() });
    }
    assert_eq!(wakes(&check(&chrome(&records)))[0], "0 poll 0 main -> 2 poll #1");
}

/// The numbers of a counter, one after another.
fn counts(events: &[Event], name: &str) -> Vec<u64> {
    let counts = of_phase(events, "C").into_iter().filter(|event| event.name == name);
    counts.map(|count| count.args.as_ref()?.get("tasks")?.integer()).map(Option::unwrap).collect()
}

#[test]
fn the_counters_tell_how_many_tasks_are_ready_and_alive() {
    let events = check(&chrome(&virtual_run(async {
        let tasks: Vec<_> = (0..3).map(|_| create_task(yield_now())).collect();
        tasks[2].cancel();
        for task in tasks {
            let _ = task.await;
        }
    })));
    // main, three tasks, one cancelled; main waits; each of two is polled and wakes itself; then they end, and
    // the first has woken main.
    assert_eq!(counts(&events, "ready"), [1, 0, 1, 2, 3, 2, 1, 2, 1, 2, 1, 2, 1, 0]);
    assert_eq!(counts(&events, "alive"), [1, 2, 3, 4, 3, 2, 1, 0]);
}

#[test]
fn sockets_and_timers_are_there_from_their_beginning_to_their_end() {
    let events = check(&chrome(&client_and_server()));
    let begun: Vec<&str> = of_phase(&events, "b").iter().map(|event| event.name.as_str()).collect();
    let count = |name: &str| begun.iter().filter(|begun| **begun == name).count();
    for socket in ["socket 0", "socket 1", "socket 2"] {
        assert_eq!(count(socket), 1, "{begun:?}");
    }
    assert_eq!(count("timer"), 1);
    let moments = of_phase(&events, "n");
    let fired = moments.iter().find(|event| event.name == "fire timer 0").map(|event| event.ts);
    let end = of_phase(&events, "e").into_iter().find(|event| event.name == "timer");
    assert!(fired.is_some() && end.map(|end| end.ts) == fired);
    assert!(moments.iter().any(|event| event.name.ends_with("would block")));
}

#[test]
fn a_poll_in_the_middle_of_another_is_drawn_inside_of_it() {
    let mut records = one_sleeper();
    let place = |records: &[Record], line: &str| {
        records.iter().position(|record| record.what.to_string() == line).expect("it is there")
    };
    let ends = place(&records, "pending 0: task 1");
    let end = records.remove(ends);
    let inner_ends = place(&records, "pending 1: sleep 1s");
    records.insert(inner_ends + 1, end);

    let events = check(&chrome(&records));
    let slice = |name: &str| events.iter().find(|event| row(event.tid) == 0 && event.name == name);
    let (outer, inner) = (slice("poll 0 main").unwrap(), slice("poll 1 Sleep").unwrap());
    assert!(outer.ts < inner.ts && inner.end() < outer.end(), "{outer:?} {inner:?}");
}

#[test]
fn what_is_open_when_the_stream_breaks_off_ends_with_it() {
    let records = one_sleeper();
    let parked = records.iter().position(|record| matches!(record.what, What::Parked { .. }));
    let events = check(&chrome(&records[..=parked.unwrap()]));
    let last = events.iter().map(Event::end).max();
    for name in ["turn 1", "sleep", "waiting: sleep 1s", "waiting: task 1"] {
        let slice = events.iter().find(|event| event.name == name);
        assert_eq!(slice.map(Event::end), last, "{name}");
    }
    assert_eq!(of_phase(&events, "e").last().map(|end| end.ts), last);
}

#[test]
fn of_slices_that_begin_and_end_together_the_outer_one_comes_first() {
    let records = one_sleeper();
    let polled = records.iter().position(|record| matches!(record.what, What::PollStarted { .. }));
    let events = check(&chrome(&records[..=polled.unwrap()]));
    let loops: Vec<_> = slices(&events).into_iter().filter(|line| line.starts_with("0:")).collect();
    assert_eq!(loops, ["0: turn 1", "0: poll 0 main"]);
}

#[test]
fn a_name_arrives_as_it_was_given() {
    let file = chrome(&ends());
    let name = "2 \"quoted\"\n</script>\u{2028}";
    let events = check(&file);
    let is_named = |event: &&Event| {
        event.args.as_ref().and_then(|args| args.get("name")).and_then(json::Json::text)
            == Some(name)
    };
    assert_eq!(events.iter().filter(is_named).count(), 1);
    assert!(!file.contains("</script>"));
}
