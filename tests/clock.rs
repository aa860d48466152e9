//! Time: when timers fire, when virtual time jumps, and the edges of `sleep`, `timeout` and `interval`.
//!
//! Invariants 6 (dropping a future takes its timer back) and 7 (the loop sleeps until the next deadline) of
//! `src/lib.rs`.

mod common;
#[path = "clock/fair_try.rs"]
mod fair_try;
#[path = "clock/far.rs"]
mod far;

use std::{
    cell::{Cell, RefCell},
    future::{pending, poll_fn, ready},
    io::Write,
    net::{Ipv4Addr, TcpStream as StdTcpStream},
    pin::Pin,
    rc::Rc,
    sync::{Arc, Mutex, mpsc},
    task::{Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use common::{CountingWaker, assert_nothing_left, poll_with, recorded, virtual_and_recorded};
use glassloop::{
    EventLoop, create_task, interval,
    net::TcpListener,
    sleep, timeout, timeout_at, to_thread,
    trace::{Record, What},
    yield_now,
};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_thousand_sleepers_in_one_millisecond_wake_the_loop_once() {
    let (event_loop, lines) = virtual_and_recorded();
    for n in 1..=1000 {
        drop(event_loop.create_task(sleep(Duration::from_micros(n))));
    }
    event_loop.run_until_complete(sleep(MS));
    assert_eq!(lines.take_only(&["park", "unpark"]), ["park until 1ms", "unpark by the deadline"]);
}

#[test]
fn a_timer_never_fires_early() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    event_loop.run(async {
        for length in [1_u64, 999, 1000, 1001, 1999].map(Duration::from_micros) {
            let start = Instant::now();
            sleep(length).await;
            assert!(start.elapsed() >= length, "{length:?} took {:?}", start.elapsed());
        }
    });
}

#[test]
fn deadlines_are_rounded_up_to_whole_milliseconds() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(sleep(Duration::from_nanos(1_000_001)));
    assert_eq!(lines.take_only(&["arm"]), ["arm timer 0 for 2ms"]);
    assert_eq!(event_loop.time(), MS * 2);
}

#[test]
fn equal_deadlines_fire_in_the_order_in_which_they_were_set() {
    let (event_loop, lines) = virtual_and_recorded();
    for _ in 0..10 {
        drop(event_loop.create_task(sleep(MS)));
    }
    event_loop.run_until_complete(sleep(MS));
    let fired: Vec<_> = (0..11).map(|n| format!("fire timer {n}")).collect();
    assert_eq!(lines.take_only(&["fire"]), fired);
}

#[test]
fn a_sleep_begins_at_its_first_poll() {
    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let later = sleep(SECOND);
        sleep(SECOND).await;
        later.await;
    });
    assert_eq!(event_loop.time(), SECOND * 2);
}

#[test]
fn a_sleep_of_zero_lets_the_others_go_first_once() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        drop(create_task(async {}));
        sleep(Duration::ZERO).await;
    });
    assert_eq!(lines.take_only(&["poll", "arm"]), ["poll 0 #1", "poll 1 #1", "poll 0 #2"]);
}

#[test]
fn virtual_time_jumps_only_when_nothing_is_ready() {
    let (event_loop, _lines) = virtual_and_recorded();
    let sleeper = event_loop.create_task(sleep(MS));
    event_loop.run_until_complete(async {
        for _ in 0..1000 {
            yield_now().await;
            assert!(!sleeper.done());
        }
    });
    assert_eq!(event_loop.time(), Duration::ZERO);
    event_loop.run_until_complete(sleeper).unwrap();
    assert_eq!(event_loop.time(), MS);
}

#[test]
fn virtual_time_stands_still_while_a_job_runs() {
    let (parked, gate) = mpsc::channel();
    let observer = move |record: &Record| {
        if matches!(record.what, What::Parked { .. }) {
            let _ = parked.send(());
        }
    };
    let builder = EventLoop::builder().unwatched().virtual_time().observer(observer);
    let event_loop = builder.build().unwrap();
    let sleeper = event_loop.create_task(sleep(SECOND));
    // The job goes on only once the loop has gone to sleep, with a timer that it could jump to.
    event_loop.run_until_complete(to_thread(move || gate.recv())).unwrap();
    assert_eq!(event_loop.time(), Duration::ZERO);
    assert!(!sleeper.done());
}

/// Wakes another waker, but not before a gate is opened; says when it was called.
struct Gated {
    called: mpsc::Sender<()>,
    gate: Mutex<mpsc::Receiver<()>>,
    inner: Waker,
}

impl Wake for Gated {
    fn wake(self: Arc<Self>) {
        self.called.send(()).unwrap();
        self.gate.lock().unwrap().recv().unwrap();
        self.inner.wake_by_ref();
    }
}

/// Between the end of a job and the wake of whoever waits for it, there is a moment; time must not jump then.
#[test]
fn virtual_time_stands_still_until_the_waker_of_a_job_was_called() {
    let (parked, gate) = mpsc::channel();
    let observer = move |record: &Record| {
        if matches!(record.what, What::Parked { .. }) {
            let _ = parked.send(());
        }
    };
    let builder = EventLoop::builder().unwatched().virtual_time().observer(observer);
    let event_loop = builder.build().unwrap();
    drop(event_loop.create_task(sleep(SECOND)));
    let mut gate = Some(Mutex::new(gate));
    let (go, start) = mpsc::channel();
    let mut job = to_thread(move || start.recv().unwrap());
    event_loop.run_until_complete(std::future::poll_fn(|context| {
        let Some(gate) = gate.take() else { return poll_with(&mut job, context.waker()) };
        let (called, when_called) = mpsc::channel();
        let waker = Arc::new(Gated { called, gate, inner: context.waker().clone() }).into();
        let polled = poll_with(&mut job, &waker);
        go.send(()).unwrap();
        when_called.recv().unwrap();
        polled
    }));
    assert_eq!(event_loop.time(), Duration::ZERO);
}

/// The loop does not know this waker, and yet has waited for the job before it let time go on.
#[test]
fn virtual_time_goes_on_after_a_job_that_wakes_nobody() {
    let (event_loop, _lines) = virtual_and_recorded();
    let (go, gate) = mpsc::channel();
    let mut job = to_thread(move || gate.recv().unwrap());
    event_loop.run_until_complete(async {
        assert!(poll_with(&mut job, Waker::noop()).is_pending());
        go.send(()).unwrap();
        sleep(SECOND).await;
    });
    assert_eq!(event_loop.time(), SECOND);
}

#[test]
fn virtual_time_gives_a_peer_on_another_thread_its_grace() {
    let (parked, gate) = mpsc::channel();
    let observer = move |record: &Record| {
        if matches!(record.what, What::Parked { .. }) {
            let _ = parked.send(());
        }
    };
    let grace = Duration::from_secs(60);
    let builder = EventLoop::builder().unwatched().virtual_time().grace(grace).observer(observer);
    let event_loop = builder.build().unwrap();
    let read = event_loop.run_until_complete(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let mut peer = StdTcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        thread::spawn(move || {
            while gate.recv().is_ok() {
                let _ = peer.write_all(b"late");
            }
        });
        let mut buffer = [0; 4];
        timeout(MS, Box::pin(async { stream.read(&mut buffer).await.unwrap() })).await
    });
    assert_eq!(read, Ok(4));
    assert_eq!(event_loop.time(), Duration::ZERO);
}

#[test]
fn a_finished_future_wins_over_a_timeout_of_zero() {
    let (event_loop, _lines) = virtual_and_recorded();
    assert_eq!(event_loop.run_until_complete(timeout(Duration::ZERO, ready(1))), Ok(1));
    assert_eq!(event_loop.run_until_complete(timeout_at(Duration::ZERO, ready(1))), Ok(1));
}

#[test]
fn a_timeout_of_zero_drops_a_future_that_is_not_ready_at_once() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let held = Rc::new(());
        let inner = held.clone();
        let ended = timeout(Duration::ZERO, async move {
            let _inner = inner;
            pending::<()>().await;
        });
        assert!(ended.await.is_err());
        assert_eq!(Rc::strong_count(&held), 1);
    });
    assert_eq!(lines.take_only(&["poll", "arm"]), ["poll 0 #1"]);
}

#[test]
fn a_deadline_in_the_past_is_over_and_one_to_come_is_waited_for() {
    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        sleep(SECOND).await;
        assert!(timeout_at(MS, pending::<()>()).await.is_err());
        assert_eq!(event_loop.time(), SECOND);
        assert!(timeout_at(SECOND * 2, pending::<()>()).await.is_err());
        assert_eq!(event_loop.time(), SECOND * 2);
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn of_two_nested_timeouts_with_one_deadline_the_outer_reports() {
    let (event_loop, _lines) = virtual_and_recorded();
    for length in [Duration::ZERO, SECOND] {
        let both = timeout(length, timeout(length, pending::<()>()));
        assert!(event_loop.run_until_complete(both).is_err());
        let inner = timeout(length + MS, timeout(length, pending::<()>()));
        assert!(matches!(event_loop.run_until_complete(inner), Ok(Err(_))));
    }
    assert_nothing_left(&event_loop);
}

#[test]
fn a_timeout_that_is_over_reports_at_its_deadline_and_leaves_no_timer() {
    let (event_loop, lines) = virtual_and_recorded();
    assert!(event_loop.run_until_complete(timeout(SECOND, sleep(SECOND * 2))).is_err());
    assert_eq!(event_loop.time(), SECOND);
    let timers = ["arm timer 0 for 2s", "arm timer 1 for 1s", "fire timer 1", "cancel timer 0"];
    assert_eq!(lines.take_only(&["arm", "fire", "cancel"]), timers);
    assert_nothing_left(&event_loop);
}

#[test]
fn a_timeout_that_was_moved_wakes_the_task_that_polled_it_last() {
    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let mut moved = timeout(SECOND, pending::<()>());
        let (count, waker) = CountingWaker::new();
        assert!(poll_with(&mut moved, &waker).is_pending());
        assert!(moved.await.is_err());
        assert_eq!(count.wakes(), 0);
    });
}

#[test]
fn huge_durations_do_not_overflow() {
    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        sleep(SECOND).await; // now even the sum with the present overflows
        let (_, waker) = CountingWaker::new();
        let mut forever = sleep(Duration::MAX);
        assert!(poll_with(&mut forever, &waker).is_pending());
        assert_eq!(timeout(Duration::MAX, sleep(SECOND)).await, Ok(()));
        assert_eq!(timeout_at(Duration::MAX, sleep(SECOND)).await, Ok(()));
        let mut rarely = interval(Duration::MAX);
        rarely.tick().await;
        assert!(timeout(SECOND, rarely.tick()).await.is_err());
    });
    assert_eq!(event_loop.time(), SECOND * 4);
    assert_nothing_left(&event_loop);
}

/// In the real clock, too: a wait that the system call cannot express must not become none at all.
#[test]
fn a_loop_with_a_deadline_in_a_million_years_sleeps() {
    let (event_loop, lines) = recorded(EventLoop::builder().unwatched());
    drop(event_loop.create_task(sleep(Duration::from_secs(60 * 60 * 24 * 365 * 1_000_000))));
    let (go, gate) = mpsc::channel::<()>();
    drop(event_loop.create_task(async move {
        sleep(MS * 3).await;
        drop(go);
    }));
    event_loop.run_until_complete(to_thread(move || gate.recv())).unwrap_err();
    let parks = lines.take_only(&["park"]).len();
    assert!(parks <= 10, "the loop was busy: {parks} naps");
}

#[test]
fn an_interval_whose_ticks_were_missed_gives_one_at_once_and_then_keeps_to_its_periods() {
    let (event_loop, _lines) = virtual_and_recorded();
    let ticks = Rc::new(RefCell::new(Vec::new()));
    event_loop.run_until_complete(async {
        let mut interval = interval(SECOND);
        for pause in [0, 0, 2500, 0] {
            interval.tick().await;
            ticks.borrow_mut().push(event_loop.time().as_millis());
            sleep(MS * pause).await;
        }
        interval.tick().await;
        ticks.borrow_mut().push(event_loop.time().as_millis());
    });
    assert_eq!(ticks.take(), [0, 1000, 2000, 4500, 5000]);
}

#[test]
fn a_tick_that_was_dropped_is_still_to_come() {
    let (event_loop, _lines) = virtual_and_recorded();
    let time = Cell::new(Duration::ZERO);
    event_loop.run_until_complete(async {
        let mut interval = interval(SECOND);
        interval.tick().await;
        assert!(timeout(MS, interval.tick()).await.is_err());
        interval.tick().await;
        time.set(event_loop.time());
    });
    assert_eq!(time.get(), SECOND);
    assert_nothing_left(&event_loop);
}

#[test]
#[should_panic = "interval: with a period of zero it would tick without a pause"]
fn an_interval_of_zero_is_a_panic() {
    let _ = interval(Duration::ZERO);
}
