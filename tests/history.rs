//! Bugs from the histories of other event loops, each a test: waking, sleeping, and the system calls below.
//! Those that teaching runtimes shipped are in `history_of_teaching.rs`.

mod common;

use std::{
    future::{poll_fn, ready},
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::mpsc,
    task::{Poll, Waker},
    thread,
    time::Duration,
};

use common::{assert_nothing_left, recorded, virtual_and_recorded};
use glassloop::{
    EventLoop,
    net::{ConnectError, Source, TcpListener, TcpStream},
    open_connection, sleep,
    trace::record::Operation,
    yield_now,
};

const MICROSECOND: Duration = Duration::from_micros(1);

#[test]
fn a_deadline_is_rounded_up_never_down() {
    let (event_loop, lines) = virtual_and_recorded();
    for (length, millisecond) in [(1, 1), (999, 2), (1000, 3), (1001, 5)] {
        event_loop.run_until_complete(sleep(length * MICROSECOND));
        assert_eq!(event_loop.time(), Duration::from_millis(millisecond));
    }
    let parks = lines.take_only(&["park"]);
    assert_eq!(parks, ["park until 1ms", "park until 2ms", "park until 3ms", "park until 5ms"]);
}

#[test]
fn a_sleep_parks_and_is_woken_once_whatever_its_fraction_of_a_millisecond() {
    let (event_loop, lines) = recorded(EventLoop::builder().unwatched());
    for length in [1, 300, 999, 1001, 1500, 2700] {
        let before = event_loop.time();
        event_loop.run_until_complete(sleep(length * MICROSECOND));
        assert!(event_loop.time() >= before + length * MICROSECOND);
        let lines = lines.take();
        let count = |word: &str| lines.iter().filter(|line| line.starts_with(word)).count();
        // Woken early it would park once more, or spin. (Never to park is right, too: the thread
        // may have lost the processor until the time was over.)
        assert!(count("park") <= 1 && count("poll") <= 2 && count("turn") <= 1, "{lines:?}");
    }
}

#[test]
fn a_thousand_timers_of_one_millisecond_are_one_sleep() {
    let (event_loop, lines) = virtual_and_recorded();
    for microsecond in 1..=1000 {
        drop(event_loop.create_task(sleep(microsecond * MICROSECOND)));
    }
    event_loop.run_until_complete(sleep(Duration::from_millis(2)));
    let parks = lines.take_only(&["park"]);
    assert_eq!(parks, ["park until 1ms", "park until 2ms"]);
    assert_nothing_left(&event_loop);
}

/// A thread that wakes each waker that it is sent.
fn waking_thread() -> (mpsc::Sender<Waker>, thread::JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel::<Waker>();
    (sender, thread::spawn(move || receiver.into_iter().for_each(Waker::wake)))
}

#[test]
fn a_wake_between_the_check_and_the_sleep_is_not_lost() {
    // Each round the loop goes to sleep while the thread wakes it. One wake lost, and this never ends.
    let (event_loop, _) = recorded(EventLoop::builder().unwatched());
    let (sender, woken) = waking_thread();
    for _ in 0..20_000 {
        let mut sent = false;
        event_loop.run_until_complete(poll_fn(|context| {
            if sent {
                return Poll::Ready(());
            }
            sent = true;
            sender.send(context.waker().clone()).unwrap();
            Poll::Pending
        }));
    }
    drop(sender);
    woken.join().unwrap();
    assert_nothing_left(&event_loop);
}

#[test]
fn wakes_from_many_threads_are_not_lost_while_tasks_keep_the_loop_busy_and_idle_by_turns() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    let tasks: Vec<_> = (0..4)
        .map(|n| {
            let (sender, thread) = waking_thread();
            event_loop.create_task(async move {
                for round in 0..2_000 {
                    let mut sent = false;
                    let wait = poll_fn(|context| {
                        if sent {
                            return Poll::Ready(());
                        }
                        sent = true;
                        sender.send(context.waker().clone()).unwrap();
                        Poll::Pending
                    });
                    wait.await;
                    if round % (n + 2) == 0 {
                        yield_now().await;
                    }
                }
                drop(sender);
                thread.join().unwrap();
            })
        })
        .collect();
    event_loop.run_until_complete(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn a_wake_counts_even_if_the_last_waker_is_dropped_right_after_it() {
    // Each task's only waker is gone with the thread that has called it, and the loop may sleep meanwhile.
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    for _ in 0..200 {
        let mut sent = false;
        event_loop.run_until_complete(poll_fn(|context| {
            if !sent {
                sent = true;
                let waker = context.waker().clone();
                thread::spawn(move || waker.wake());
                return Poll::Pending;
            }
            Poll::Ready(())
        }));
    }
    assert_nothing_left(&event_loop);
}

#[test]
fn a_wake_after_the_loop_is_gone_is_ignored() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    let waker =
        event_loop.run_until_complete(poll_fn(|context| Poll::Ready(context.waker().clone())));
    drop(event_loop);
    waker.wake_by_ref();
    thread::spawn(move || waker.wake()).join().unwrap();
}

#[test]
fn an_interrupted_try_is_tried_again_at_once() {
    let (event_loop, lines) = virtual_and_recorded();
    let tries = event_loop.run_until_complete(async {
        let listener = mio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let source = Source::new(listener, None).unwrap();
        let mut interest = source.interest(Operation::Accept, std::panic::Location::caller());
        let mut tries = 0;
        let attempt = poll_fn(|context| {
            interest.poll_io(context, || {
                tries += 1;
                if tries < 3 { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
            })
        });
        attempt.await.unwrap();
        tries
    });
    assert_eq!(tries, 3);
    assert_eq!(lines.take_only(&["arm", "poll"]), ["poll 0 #1"]);
}

/// An address of this machine at which nobody listens.
fn nobody() -> SocketAddr {
    std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

#[test]
fn a_refused_connection_says_refused_and_not_that_it_has_no_peer() {
    let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
    let address = nobody();
    event_loop.run_until_complete(async {
        let error = TcpStream::connect(address).await.err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let error = open_connection(address).await.err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<ConnectError>());
        let Some(ConnectError::Connect { failures, .. }) = inner else { panic!("{error:?}") };
        assert_eq!(failures[0].0, address);
        assert_eq!(failures[0].1.kind(), io::ErrorKind::ConnectionRefused);
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn a_connection_is_there_only_when_it_takes_what_is_written() {
    let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
    event_loop.run_until_complete(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        for _ in 0..100 {
            let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            // Without waiting: a connection that is still on its way would answer "not connected".
            let mut write = stream.write(b"at once");
            let first =
                poll_fn(|context| Poll::Ready(std::pin::Pin::new(&mut write).poll(context)));
            assert!(matches!(first.await, Poll::Ready(Ok(7))));
            drop(listener.accept().await.unwrap());
            yield_now().await; // or the budget of this poll is spent one day
        }
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn a_run_of_what_is_ready_does_not_sleep_first() {
    let (event_loop, lines) = recorded(EventLoop::builder().unwatched());
    event_loop.run_until_complete(ready(()));
    event_loop.run_until_complete(yield_now());
    assert_eq!(lines.take_only(&["park"]), [""; 0]);
}
