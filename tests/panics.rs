//! Foreign code may panic: a waker, a destructor, a callback, an observer. Everything else is still served.
//!
//! Invariant 9 of `src/lib.rs`: each panic is caught by itself, and only the main future's leaves `run`.

#[path = "panics/bombs.rs"]
mod bombs;
mod common;
#[path = "panics/refused.rs"]
mod refused;

use std::{
    cell::{Cell, RefCell},
    future::{pending, poll_fn},
    io::Write,
    mem,
    net::{Ipv4Addr, TcpStream as StdTcpStream},
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    rc::Rc,
    sync::mpsc,
    task::{Poll, Waker},
    time::Duration,
};

use common::{CountingWaker, Hook, OnDrop, poll_with, virtual_and_recorded, with_records};
use glassloop::{
    EventLoop, Task, TaskError, create_task,
    net::{TcpListener, TcpStream},
    sleep, timeout, to_thread,
    trace::{Record, What, record::Foreign},
    yield_now,
};

const MS: Duration = Duration::from_millis(1);

/// Where something is lost this makes a test fail, where it would sleep for ever.
const MINUTE: Duration = Duration::from_secs(60);

fn explode() {
    panic!("on purpose");
}

fn virtual_loop() -> EventLoop {
    EventLoop::builder().unwatched().virtual_time().grace(MINUTE).build().unwrap()
}

/// `count` connections; of each, the peer's side and ours.
async fn connections(count: usize) -> Vec<(StdTcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let mut connections = Vec::new();
    for _ in 0..count {
        let peer = StdTcpStream::connect(address).unwrap();
        connections.push((peer, listener.accept().await.unwrap().0));
    }
    connections
}

#[test]
fn a_timer_whose_waker_panics_does_not_stop_the_other_timers() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let mut rude = sleep(MS);
        assert!(poll_with(&mut rude, &Hook::on_wake(explode)).is_pending());
        sleep(MS).await;
    });
    let expected = ["fire timer 0", "panic in a waker", "fire timer 1", "wake 0 by timer 1"];
    assert_eq!(lines.take_only(&["fire", "wake", "panic in"]), expected);
}

/// An edge is reported once: what one batch of events does not hand out, no later one brings.
#[test]
fn a_reader_whose_waker_panics_does_not_take_the_others_their_readiness() {
    virtual_loop().run(async {
        let mut rude = Vec::new();
        let mut tasks = Vec::new();
        let mut peers = Vec::new();
        for (n, (peer, stream)) in connections(8).await.into_iter().enumerate() {
            peers.push(peer);
            let mut read = Box::pin(async move { stream.read(&mut [0; 8]).await.unwrap() });
            match n % 2 {
                0 => {
                    assert!(poll_with(&mut read, &Hook::on_wake(explode)).is_pending());
                    rude.push(read);
                }
                _ => tasks.push(create_task(read)),
            }
        }
        yield_now().await;
        peers.iter_mut().for_each(|peer| peer.write_all(b"x").unwrap());
        for task in tasks {
            let read = timeout(MINUTE, task).await.expect("its event was handed out");
            assert_eq!(read.unwrap(), 1);
        }
    });
}

#[test]
fn a_job_whose_waker_panics_leaves_the_thread_for_the_next_job() {
    let event_loop =
        EventLoop::builder().unwatched().virtual_time().max_threads(1).build().unwrap();
    event_loop.run(async {
        let (go, gate) = mpsc::channel();
        let mut rude = to_thread(move || gate.recv().unwrap());
        assert!(poll_with(&mut rude, &Hook::on_wake(explode)).is_pending());
        go.send(()).unwrap();
        assert_eq!(to_thread(|| 6 * 7).await, 42);
    });
}

#[test]
fn a_task_whose_awaiter_has_a_panicking_waker_ends_all_the_same() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let mut task = create_task(async { 1 });
        assert!(poll_with(&mut task, &Hook::on_wake(explode)).is_pending());
        yield_now().await;
        assert!(matches!(task.result().as_deref(), Some(Ok(1))));
    });
    assert_eq!(lines.take_only(&["panic in"]), ["panic in a waker"]);
}

/// Nothing here has a `Drop` that panics, not even where it holds a waker that does.
#[test]
fn futures_that_hold_a_panicking_waker_are_dropped_in_peace() {
    virtual_loop().run(async {
        let rude = Hook::on_drop(explode);
        let (_peer, stream) = connections(1).await.remove(0);
        let (go, gate) = mpsc::channel::<()>();
        let mut buffer = [0];
        let (mut nap, mut read) = (sleep(MS), stream.read(&mut buffer));
        let mut job = to_thread(move || gate.recv());
        assert!(poll_with(&mut nap, &rude).is_pending());
        drop(rude);
        drop(nap);
        assert!(poll_with(&mut read, &Hook::on_drop(explode)).is_pending());
        drop(read);
        assert!(poll_with(&mut job, &Hook::on_drop(explode)).is_pending());
        drop(job);
        drop(go);
    });
}

/// Polls a future with a waker whose drop panics, then with one that is as it should be.
fn polled_again_in_peace(future: &mut (impl Future + Unpin)) {
    assert!(poll_with(future, &Hook::on_drop(explode)).is_pending());
    let (_, waker) = CountingWaker::new();
    let again = catch_unwind(AssertUnwindSafe(|| poll_with(future, &waker).is_pending()));
    assert!(again.expect("the panic of the first poll's waker came out of the second poll"));
}

#[test]
fn the_next_owner_of_a_sleep_is_spared_the_panic_of_the_first_ones_waker() {
    virtual_loop().run(async { polled_again_in_peace(&mut sleep(MS)) });
}

#[test]
fn the_next_owner_of_a_handle_is_spared_the_panic_of_the_first_ones_waker() {
    virtual_loop().run(async { polled_again_in_peace(&mut create_task(pending::<()>())) });
}

#[test]
fn the_next_owner_of_a_read_is_spared_the_panic_of_the_first_ones_waker() {
    virtual_loop().run(async {
        let (_peer, stream) = connections(1).await.remove(0);
        polled_again_in_peace(&mut stream.read(&mut [0]));
    });
}

#[test]
fn the_next_owner_of_a_job_is_spared_the_panic_of_the_first_ones_waker() {
    virtual_loop().run(async {
        let (go, gate) = mpsc::channel::<()>();
        polled_again_in_peace(&mut to_thread(move || gate.recv()));
        drop(go);
    });
}

#[test]
fn a_panic_in_a_task_reaches_its_handle_and_nobody_else() {
    virtual_loop().run(async {
        let other = create_task(sleep(MS));
        let error: TaskError = create_task(async { panic!("oh") as () }).await.unwrap_err();
        assert_eq!(error.panic_message(), Some("oh"));
        other.await.unwrap();
    });
}

#[test]
fn a_destructor_that_panics_at_the_end_of_a_task_costs_nobody_the_result() {
    let (event_loop, lines) = virtual_and_recorded();
    let result = event_loop.run_until_complete(async {
        let bomb = OnDrop(explode);
        let mut polls = 0;
        create_task(poll_fn(move |_| {
            let _ = &bomb;
            polls += 1;
            Poll::Ready(polls)
        }))
        .await
    });
    assert_eq!(result.unwrap(), 1);
    assert_eq!(lines.take_only(&["panic in"]), ["panic in a destructor"]);
}

#[test]
fn a_destructor_that_panics_when_cancelled_leaves_the_task_cancelled() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let bomb = OnDrop(explode);
        let task = create_task(async move {
            let _bomb = bomb;
            pending::<()>().await;
        });
        yield_now().await;
        assert!(task.cancel());
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!(lines.take_only(&["panic in"]), ["panic in a destructor"]);
}

#[test]
fn a_result_that_nobody_holds_and_that_panics_in_its_drop_is_reported() {
    let (event_loop, lines) = virtual_and_recorded();
    drop(event_loop.create_task(async { OnDrop(explode) }));
    event_loop.run_until_complete(yield_now());
    assert_eq!(lines.take_only(&["panic in"]), ["panic in a destructor"]);
}

#[test]
fn the_output_of_a_task_that_cancelled_itself_is_dropped_and_its_panic_reported() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let own = Rc::new(RefCell::new(None::<Task<_>>));
        let handle = own.clone();
        let task = create_task(async move {
            assert!(handle.borrow().as_ref().unwrap().cancel());
            OnDrop(explode)
        });
        own.replace(Some(task));
        yield_now().await;
        assert!(own.take().unwrap().cancelled());
    });
    assert_eq!(
        lines.take_only(&["cancelled", "panic in"]),
        ["panic in a destructor", "cancelled 1"]
    );
}

#[test]
fn a_callback_that_panics_stops_neither_the_next_callback_nor_the_awaiter() {
    let (event_loop, lines) = virtual_and_recorded();
    let called = Rc::new(Cell::new(false));
    let second = called.clone();
    let task = event_loop.create_task(async {});
    task.add_done_callback(|_| explode());
    task.add_done_callback(move |_| second.set(true));
    event_loop.run_until_complete(task).unwrap();
    assert!(called.get());
    assert_eq!(lines.take_only(&["panic in"]), ["panic in a callback"]);
}

#[test]
fn a_panic_whose_payload_panics_in_its_drop_is_survived() {
    let event_loop = virtual_loop();
    let task = event_loop.create_task(async {});
    task.add_done_callback(|_| panic_any(OnDrop(explode as fn())));
    event_loop.run_until_complete(task).unwrap();
}

#[test]
fn an_observer_that_panics_is_switched_off_and_the_next_one_told() {
    let calls = Rc::new(Cell::new(0));
    let counted = calls.clone();
    let builder = EventLoop::builder().unwatched().virtual_time().observer(move |_: &Record| {
        counted.set(counted.get() + 1);
        explode();
    });
    let (event_loop, records) = with_records(builder);
    event_loop.run_until_complete(yield_now());
    assert_eq!(calls.get(), 1);
    let told = What::Panicked { code: Foreign::Observer };
    assert_eq!(records.borrow().iter().filter(|what| **what == told).count(), 1);
    assert!(matches!(records.borrow().last(), Some(What::LoopEnded { .. })));
}

#[test]
fn only_the_main_futures_panic_leaves_run_and_the_loop_stays_usable() {
    let event_loop = virtual_loop();
    let task = event_loop.create_task(sleep(MS));
    let main = async {
        yield_now().await;
        explode();
    };
    let panic = catch_unwind(AssertUnwindSafe(|| event_loop.run_until_complete(main)));
    assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"on purpose"));
    assert!(!event_loop.is_running());
    event_loop.run_until_complete(task).unwrap();
}

#[test]
fn a_main_future_whose_destructor_panics_leaves_the_loop_usable() {
    let event_loop = virtual_loop();
    let bomb = OnDrop(explode);
    let main = poll_fn(move |_| {
        let _ = &bomb;
        Poll::Ready(())
    });
    catch_unwind(AssertUnwindSafe(|| event_loop.run_until_complete(main))).unwrap_err();
    assert!(!event_loop.is_running());
    assert_eq!(event_loop.counters().tasks, 0);
    event_loop.run_until_complete(sleep(MS));
}
