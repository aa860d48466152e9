//! Foreign code may call back into the loop: from a waker, a destructor, a callback, an observer.
//!
//! Invariant 5 of `src/lib.rs`: no borrow is held while foreign code runs.

mod common;

use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    future::pending,
    io::Write,
    mem,
    net::{Ipv4Addr, TcpStream as StdTcpStream},
    rc::Rc,
    time::Duration,
};

use common::{CountingWaker, Hook, OnDrop, poll_with, recorded};
use glassloop::{
    EventLoop, Sleep, create_task,
    net::{ReadSome, TcpListener, TcpStream},
    sleep, to_thread,
    trace::{Record, What},
    yield_now,
};

const MS: Duration = Duration::from_millis(1);

/// Where something is lost this makes a test fail, where it would sleep for ever.
const MINUTE: Duration = Duration::from_secs(60);

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

thread_local! {
    /// How many times code that `meddle` left behind has run.
    static MEDDLED: Cell<u32> = const { Cell::new(0) };
    static LEFT: RefCell<Vec<Sleep>> = const { RefCell::new(Vec::new()) };
}

/// Does to the loop, from within foreign code, all that a program can do. Would the loop hold a borrow at
/// that moment, this would panic, and the sums would not come out.
fn meddle() {
    let victim = create_task(pending::<()>());
    victim.add_done_callback(|_| MEDDLED.set(MEDDLED.get() + 1));
    assert!(victim.cancel());
    let (_, waker) = CountingWaker::new();
    let mut nap = sleep(MS);
    assert!(poll_with(&mut nap, &waker).is_pending());
    LEFT.with_borrow_mut(|left| left.push(nap));
    drop(create_task(async {
        sleep(MS).await;
        drop(LEFT.take());
        MEDDLED.set(MEDDLED.get() + 1);
    }));
}

/// Runs `main`, gives what `meddle` left behind time to run, and returns how often it was called.
fn meddled(main: impl Future<Output = ()>) -> u32 {
    MEDDLED.set(0);
    let event_loop = virtual_loop();
    event_loop.run_until_complete(async {
        main.await;
        sleep(MINUTE).await;
    });
    MEDDLED.get() / 2
}

#[test]
fn the_waker_of_a_timer_may_call_into_the_loop() {
    let mut nap = sleep(MS);
    let calls = meddled(async {
        assert!(poll_with(&mut nap, &Hook::on_wake(meddle)).is_pending());
    });
    assert_eq!(calls, 1);
}

#[test]
fn the_waker_of_a_reader_may_call_into_the_loop() {
    let calls = meddled(async {
        let (mut peer, stream) = connections(1).await.remove(0);
        let mut buffer = [0];
        let mut read: ReadSome<'_> = stream.read(&mut buffer);
        assert!(poll_with(&mut read, &Hook::on_wake(meddle)).is_pending());
        peer.write_all(b"x").unwrap();
        sleep(MS).await;
    });
    assert_eq!(calls, 1);
}

#[test]
fn the_waker_of_an_awaiter_may_call_into_the_loop() {
    let calls = meddled(async {
        let mut task = create_task(async {});
        assert!(poll_with(&mut task, &Hook::on_wake(meddle)).is_pending());
        yield_now().await;
    });
    assert_eq!(calls, 1);
}

#[test]
fn the_drop_of_a_waker_may_call_into_the_loop() {
    let (_, waker) = CountingWaker::new();
    let calls = meddled(async {
        let (_peer, stream) = connections(1).await.remove(0);
        let mut buffer = [0];
        let mut replaced = (sleep(MS), stream.read(&mut buffer), create_task(pending::<()>()));
        assert!(poll_with(&mut replaced.0, &Hook::on_drop(meddle)).is_pending());
        assert!(poll_with(&mut replaced.0, &waker).is_pending());
        assert!(poll_with(&mut replaced.1, &Hook::on_drop(meddle)).is_pending());
        assert!(poll_with(&mut replaced.1, &waker).is_pending());
        assert!(poll_with(&mut replaced.2, &Hook::on_drop(meddle)).is_pending());
        assert!(poll_with(&mut replaced.2, &waker).is_pending());
        let mut dropped = sleep(MS);
        assert!(poll_with(&mut dropped, &Hook::on_drop(meddle)).is_pending());
        drop(dropped);
    });
    assert_eq!(calls, 4);
}

#[test]
fn destructors_and_callbacks_may_call_into_the_loop() {
    let calls = meddled(async {
        let at_the_end = OnDrop(meddle);
        drop(create_task(async move { drop(at_the_end) }));
        drop(create_task(async { OnDrop(meddle) })); // a result that nobody holds
        let when_cancelled = OnDrop(meddle);
        let task = create_task(async move {
            let _kept = when_cancelled;
            pending::<()>().await;
        });
        task.add_done_callback(|_| meddle());
        yield_now().await;
        task.cancel();
    });
    assert_eq!(calls, 4);
}

#[test]
fn an_observer_may_call_into_the_loop_at_every_kind_of_record() {
    MEDDLED.set(0);
    let kinds = Rc::new(RefCell::new(HashSet::new()));
    let seen = kinds.clone();
    let observer = move |record: &Record| {
        if seen.borrow_mut().insert(mem::discriminant(&record.what)) {
            meddle();
        }
    };
    let builder = EventLoop::builder().unwatched().virtual_time().grace(MINUTE);
    let (event_loop, lines) = recorded(builder.observer(observer));
    for _ in 0..2 {
        event_loop.run_until_complete(async {
            let (mut peer, stream) = connections(1).await.remove(0);
            let reading = create_task(async move { stream.read(&mut [0]).await.unwrap() });
            yield_now().await;
            peer.write_all(b"x").unwrap();
            reading.await.unwrap();
            to_thread(|| {}).await;
            sleep(MINUTE).await;
        });
    }
    assert_eq!(lines.take_only(&["panic in"]), [""; 0], "no observer was switched off");
    let kinds = kinds.borrow().len() as u32;
    assert!(kinds > 20, "only {kinds} kinds of records");
    assert_eq!(MEDDLED.get(), 2 * kinds);
}

/// The deadline that the loop is about to sleep for is not the nearest any more once an observer has armed
/// another.
#[test]
fn a_timer_that_an_observer_arms_as_the_loop_parks_fires_in_time() {
    let nap = Rc::new(RefCell::new(None));
    let armed = nap.clone();
    let observer = move |record: &Record| {
        if matches!(record.what, What::Parked { .. }) && armed.borrow().is_none() {
            let mut nap = sleep(MS);
            assert!(poll_with(&mut nap, &CountingWaker::new().1).is_pending());
            armed.replace(Some(nap));
        }
    };
    let late = Rc::new(Cell::new(None));
    let seen = late.clone();
    let lateness = move |record: &Record| {
        if let What::TimerFired { timer: 1, late } = record.what {
            seen.set(Some(late));
        }
    };
    let builder = EventLoop::builder().unwatched().virtual_time();
    let event_loop = builder.observer(observer).observer(lateness).build().unwrap();
    event_loop.run_until_complete(sleep(MINUTE));
    assert_eq!(late.get(), Some(0));
}
