//! Whole schedules, as exact lists of what the loop did: who is polled when, after what, and who is not.
//!
//! Invariants 2 (first in, first out), 7 (it sleeps only when nothing is ready) and 8 (a turn is bounded) of
//! `src/lib.rs`.

mod common;

use std::{
    future::poll_fn,
    io::Write,
    net::{Ipv4Addr, TcpStream as StdTcpStream},
    task::Poll,
    time::Duration,
};

use common::{Lines, Log, assert_nothing_left, virtual_and_recorded};
use glassloop::{
    EventLoop, create_task,
    net::{TcpListener, TcpStream},
    sleep, yield_now,
};

const MS: Duration = Duration::from_millis(1);

/// Which tasks were polled, in order.
fn polled(lines: &Lines) -> Vec<String> {
    let polls = lines.take_only(&["poll "]);
    polls.iter().map(|line| line.split(' ').nth(1).unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_task_is_created_polled_and_awaited_in_this_order() {
    let (event_loop, lines) = virtual_and_recorded();
    let output = event_loop.run_until_complete(async {
        let task = create_task(async {
            sleep(MS).await;
            7
        });
        task.await.unwrap()
    });
    assert_eq!(output, 7);
    let expected = [
        "loop starts with 0",
        "poll 0 #1",
        "create 1 by 0",
        "pending 0: task 1",
        "poll 1 #1",
        "arm timer 0 for 1ms",
        "pending 1: sleep 1ms",
        "turn ends, 2 polled",
        "park until 1ms",
        "unpark by the deadline",
        "fire timer 0",
        "wake 1 by timer 0",
        "poll 1 #2",
        "ready 1",
        "wake 0 by task 1",
        "poll 0 #2",
        "retrieve 1",
        "ready 0",
        "loop ends with 0",
    ];
    assert_eq!(lines.take(), expected);
}

#[test]
fn ready_tasks_are_polled_first_in_first_out() {
    let (event_loop, lines) = virtual_and_recorded();
    for _ in 0..3 {
        drop(event_loop.create_task(async {
            yield_now().await;
            yield_now().await;
        }));
    }
    event_loop.run_until_complete(async {
        yield_now().await;
        yield_now().await;
    });
    assert_eq!(polled(&lines), ["1", "2", "3", "0", "1", "2", "3", "0", "1", "2", "3", "0"]);
}

#[test]
fn tasks_are_woken_and_polled_in_the_order_of_their_wakes_not_of_their_ids() {
    let (event_loop, lines) = virtual_and_recorded();
    for length in [3, 1, 2] {
        drop(event_loop.create_task(sleep(MS * length)));
    }
    event_loop.run_until_complete(sleep(MS * 4));
    assert_eq!(polled(&lines), ["1", "2", "3", "0", "2", "3", "1", "0"]);
}

#[test]
fn a_turn_is_64_polls_even_if_more_are_ready() {
    let (event_loop, lines) = virtual_and_recorded();
    for _ in 0..150 {
        drop(event_loop.create_task(async {}));
    }
    event_loop.run_until_complete(yield_now());
    assert_eq!(lines.take_only(&["turn"]), ["turn ends, 64 polled", "turn ends, 64 polled"]);
}

/// Under the real clock: a spinner never lets virtual time go on.
#[test]
fn a_task_that_always_wakes_itself_starves_neither_timers_nor_sockets() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    drop(event_loop.create_task(poll_fn(|context| {
        context.waker().wake_by_ref();
        Poll::<()>::Pending
    })));
    event_loop.run(async {
        sleep(MS).await;
        let (mut peer, stream) = connection().await;
        let read = create_task(async move { stream.read(&mut [0; 8]).await });
        yield_now().await;
        peer.write_all(b"hi").unwrap();
        assert_eq!(read.await.unwrap().unwrap(), 2);
    });
}

async fn connection() -> (StdTcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let peer = StdTcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (peer, listener.accept().await.unwrap().0)
}

#[test]
fn a_socket_that_is_always_ready_gives_128_answers_a_poll_and_then_lets_the_others_go() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let (mut peer, stream) = connection().await;
        peer.write_all(&[0; 300]).unwrap();
        lines.take();
        let greedy = create_task(async move {
            for _ in 0..300 {
                stream.read(&mut [0]).await.unwrap();
            }
        });
        greedy.await.unwrap();
    });
    let lines = lines.take();
    let polls: Vec<&[String]> = lines.split(|line| line.starts_with("poll 1")).skip(1).collect();
    let reads = polls.iter().map(|poll| poll.iter().filter(|l| l.starts_with("try read")).count());
    assert_eq!(reads.collect::<Vec<_>>(), [128, 128, 44]);
    let spent = ["wake 1 by task 1", "pending 1: its next turn"];
    assert_eq!(polls[0][128..130], spent);
}

#[test]
fn the_loop_sleeps_only_when_nothing_is_ready() {
    let (event_loop, lines) = virtual_and_recorded();
    drop(event_loop.create_task(sleep(MS)));
    event_loop.run_until_complete(async {
        for _ in 0..200 {
            yield_now().await;
        }
        sleep(MS * 2).await;
    });
    let ends = lines.take_only(&["turn", "park"]);
    assert_eq!(ends[..3], ["turn ends, 64 polled", "turn ends, 64 polled", "turn ends, 64 polled"]);
    assert_eq!(ends[3..5], ["turn ends, 10 polled", "park until 1ms"]);
}

#[test]
fn done_callbacks_are_queued_and_run_before_the_awaiter_has_the_result() {
    let (event_loop, lines) = virtual_and_recorded();
    let log = Log::default();
    let (first, second) = (log.clone(), log.clone());
    event_loop.run_until_complete(async {
        let task = create_task(async {});
        task.add_done_callback(move |task| {
            first.say("first callback");
            let nested = first.clone();
            task.add_done_callback(move |_| nested.say("added by the first"));
        });
        task.add_done_callback(move |_| second.say("second callback"));
        let behind = log.clone();
        drop(create_task(async move { behind.say("the task behind it") }));
        task.await.unwrap();
        log.say("awaiter");
    });
    let said = ["the task behind it", "first callback", "second callback", "added by the first"];
    assert_eq!(log.take(), [&said[..], &["awaiter"]].concat());
    let expected =
        ["ready 1", "callbacks 1, 2 run", "callbacks 1, 1 run", "wake 0 by task 1", "retrieve 1"];
    assert_eq!(lines.take_only(&["ready 1", "callbacks", "wake 0", "retrieve"]), expected);
}

#[test]
fn a_callback_of_a_finished_task_is_queued_too() {
    let (event_loop, _lines) = virtual_and_recorded();
    let log = Log::default();
    event_loop.run_until_complete(async {
        let task = create_task(async {});
        yield_now().await;
        let callback = log.clone();
        task.add_done_callback(move |_| callback.say("callback"));
        log.say("added");
        task.await.unwrap();
        log.say("awaited");
    });
    assert_eq!(log.take(), ["added", "callback", "awaited"]);
    assert_nothing_left(&event_loop);
}

#[test]
fn a_seed_shuffles_the_same_way_each_time_and_other_seeds_otherwise() {
    let order = |seed| {
        let builder = EventLoop::builder().unwatched().virtual_time().shuffle(seed);
        let (event_loop, lines) = common::recorded(builder);
        let tasks: Vec<_> = (0..10).map(|_| event_loop.create_task(yield_now())).collect();
        event_loop.run_until_complete(async {
            for task in tasks {
                task.await.unwrap();
            }
        });
        polled(&lines)
    };
    assert_eq!(order(1), order(1));
    let orders: std::collections::HashSet<_> = (0..10).map(order).collect();
    assert!(orders.len() > 5, "only {} orders of ten seeds", orders.len());
}
