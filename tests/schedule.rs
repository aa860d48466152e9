//! Whole schedules, as exact lists of what the loop did: who is polled when, after what, and who is not.
//!
//! Invariants 2 (first in, first out), 7 (it sleeps only when nothing is ready) and 8 (a turn is bounded) of
//! `src/lib.rs`.

mod common;

use std::{
    cell::{Cell, RefCell},
    future::{pending, poll_fn},
    io::Write,
    net::{Ipv4Addr, TcpStream as StdTcpStream},
    rc::Rc,
    task::{Poll, Waker},
    time::Duration,
};

use common::{Lines, Log, assert_nothing_left, virtual_and_recorded};
use glassloop::{
    EventLoop, create_task,
    net::{TcpListener, TcpStream},
    sleep,
    sync::Semaphore,
    yield_now,
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

/// Their task's old entry, from before its end, is still in the queue, ahead of all the others: it is not theirs.
#[test]
fn callbacks_of_a_cancelled_task_that_was_queued_come_after_those_that_were_queued_before_them() {
    for is_woken in [false, true] {
        let ((event_loop, lines), log) = (virtual_and_recorded(), Log::default());
        event_loop.run_until_complete(async {
            let task = create_task(yield_now());
            if is_woken {
                yield_now().await; // it has woken itself
            }
            let callback = log.clone();
            task.add_done_callback(move |_| callback.say("callback"));
            let behind = log.clone();
            drop(create_task(async move { behind.say("the task behind it") }));
            lines.take();
            assert!(task.cancel());
            yield_now().await;
            yield_now().await;
        });
        assert_eq!(log.take(), ["the task behind it", "callback"]);
        let expected = [
            "cancel 1 by 0",
            "pending 0: its next turn",
            "dead wake 1",
            "poll 2 #1",
            "ready 2",
            "callbacks 1, 1 run",
        ];
        let told = lines.take_only(&["cancel", "pending", "dead", "poll", "ready", "callbacks"]);
        assert_eq!(told[..6], expected);
        assert_nothing_left(&event_loop);
    }
}

/// The same of callbacks that are added when it is done: they may have the very slot of which the old entry tells.
#[test]
fn callbacks_that_are_added_to_a_cancelled_task_come_after_those_that_were_queued_before_them() {
    for is_woken in [false, true] {
        let ((event_loop, lines), log) = (virtual_and_recorded(), Log::default());
        event_loop.run_until_complete(async {
            let task = create_task(yield_now());
            if is_woken {
                yield_now().await; // it has woken itself
            }
            let behind = log.clone();
            drop(create_task(async move { behind.say("the task behind it") }));
            lines.take();
            assert!(task.cancel());
            let callback = log.clone();
            task.add_done_callback(move |_| callback.say("callback"));
            yield_now().await;
            yield_now().await;
        });
        assert_eq!(log.take(), ["the task behind it", "callback"]);
        let told = lines.take_only(&["dead", "poll 2", "ready 2", "callbacks"]);
        assert_eq!(told, ["dead wake 1", "poll 2 #1", "ready 2", "callbacks 1, 1 run"]);
        assert_nothing_left(&event_loop);
    }
}

#[test]
fn callbacks_of_a_task_that_woke_itself_in_its_last_poll_come_after_those_that_were_queued_before_them()
 {
    let ((event_loop, lines), log) = (virtual_and_recorded(), Log::default());
    event_loop.run_until_complete(async {
        let behind = log.clone();
        let task = create_task(poll_fn(move |context| {
            context.waker().wake_by_ref();
            let behind = behind.clone();
            drop(create_task(async move { behind.say("the task behind it") }));
            Poll::Ready(())
        }));
        let callback = log.clone();
        task.add_done_callback(move |_| callback.say("callback"));
        task.await.unwrap();
        log.say("awaiter");
    });
    assert_eq!(log.take(), ["the task behind it", "callback", "awaiter"]);
    let expected = [
        "ready 1",
        "dead wake 1",
        "poll 2 #1",
        "ready 2",
        "callbacks 1, 1 run",
        "wake 0 by task 1",
    ];
    let told = lines.take_only(&["ready", "dead", "poll 2", "callbacks", "wake 0"]);
    assert_eq!(told[..6], expected);
    assert_eq!(event_loop.counters().dead_wakes, 1);
    assert_nothing_left(&event_loop);
}

/// Takes from the budget of whatever runs until none is left. Says how much that was.
fn spend_budget() -> u32 {
    let free = Semaphore::new(1);
    let acquired = || common::poll_with(&mut free.acquire(), Waker::noop()).is_ready();
    (0..).take_while(|_| acquired()).count() as u32
}

#[test]
fn each_callback_turn_has_a_budget_of_its_own() {
    let (event_loop, _lines) = virtual_and_recorded();
    let spent = Rc::new(Cell::new(0));
    event_loop.run_until_complete(async {
        let task = create_task(async { assert_eq!(spend_budget(), 128) });
        let spends = spent.clone();
        task.add_done_callback(move |_| spends.set(spend_budget()));
        task.await.unwrap();
        assert_eq!(spend_budget(), 128, "and so has whoever comes behind them");
    });
    assert_eq!(spent.get(), 128);
}

/// Be it in the middle of a poll that has none left, between two runs, or at the end.
#[test]
fn whoever_cancels_a_task_lends_no_budget_to_its_destructors_and_gets_none() {
    let (event_loop, _lines) = virtual_and_recorded();
    let spent = Rc::new(Cell::new(0));
    let sleeper = || {
        let spends = spent.clone();
        let in_destructor = common::OnDrop(move || spends.set(spend_budget()));
        event_loop.create_task(async move {
            let _spends = in_destructor;
            pending::<()>().await
        })
    };
    let [first, second, third] = [sleeper(), sleeper(), sleeper()];
    event_loop.run_until_complete(async {
        yield_now().await;
        first.cancel();
        assert_eq!((spent.take(), spend_budget()), (128, 128));
        second.cancel();
        assert_eq!((spent.take(), spend_budget()), (128, 0));
    });
    third.cancel();
    assert_eq!(spent.take(), 128);
}

/// What the last poll has left is nothing to those that are dropped at the end.
#[test]
fn callbacks_and_destructors_have_a_budget_of_their_own_when_the_loop_closes() {
    let (event_loop, _lines) = virtual_and_recorded();
    let spent = Rc::new(RefCell::new(Vec::new()));
    let spends = |spent: &Rc<RefCell<Vec<u32>>>| {
        let spent = spent.clone();
        move || spent.borrow_mut().push(spend_budget())
    };
    for _ in 0..2 {
        let in_destructor = common::OnDrop(spends(&spent));
        drop(event_loop.create_task(async move {
            let _spends = in_destructor;
            pending::<()>().await
        }));
        let task = event_loop.create_task(pending::<()>());
        let in_callback = spends(&spent);
        task.add_done_callback(move |_| in_callback());
    }
    event_loop.run_until_complete(async {
        yield_now().await;
        assert_eq!(spend_budget(), 128);
    });
    event_loop.close();
    assert_eq!(spent.take(), [128; 4]);
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
