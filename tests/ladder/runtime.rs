//! The runtime of step 7 is a whole one: it does what its job of three pages never asks for.

use std::{
    cell::Cell,
    future::{pending, poll_fn},
    io::{self, Read, Write},
    mem,
    net::TcpListener,
    pin::pin,
    rc::Rc,
    sync::mpsc,
    task::{Poll, Waker},
    thread,
    time::Duration,
};

use step7::{TcpStream, create_task, run, sleep, timeout};

use crate::programs::nobody;

#[allow(dead_code, reason = "its main function")]
#[path = "../../examples/step7_reactor.rs"]
mod step7;

const HOUR: Duration = Duration::from_secs(60 * 60);
const INSTANT: Duration = Duration::from_millis(1);

/// Runs this on a thread of its own; a loop that hangs must not hang the test.
#[track_caller]
fn ends<T: Send + 'static>(job: impl FnOnce() -> io::Result<T> + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(job()));
    let ended = receiver.recv_timeout(Duration::from_secs(30));
    ended.expect("the loop ends").expect("the operating system serves it")
}

/// Lets the others go first, once.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| match mem::replace(&mut yielded, true) {
        true => Poll::Ready(()),
        false => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

#[test]
fn a_wake_during_the_poll_is_not_lost() {
    ends(|| run(async { yield_now().await }));
}

/// Waits for a future, and counts how often it was polled.
async fn polls_of(future: impl Future<Output = ()>) -> u32 {
    let (mut polls, mut future) = (0, pin!(future));
    poll_fn(|context| {
        polls += 1;
        future.as_mut().poll(context)
    })
    .await;
    polls
}

#[test]
fn two_wakes_are_one_poll() {
    let polls = ends(|| {
        run(async {
            poll_fn(|context| {
                context.waker().wake_by_ref();
                context.waker().wake_by_ref();
                Poll::Ready(())
            })
            .await;
            yield_now().await; // the one poll that they led to
            polls_of(sleep(100 * INSTANT)).await // is there another?
        })
    });
    assert!(polls <= 2, "{polls} polls: the first, and that at the deadline");
}

#[test]
fn tasks_are_polled_in_the_order_in_which_they_were_woken() {
    let order = ends(|| {
        run(async {
            let order = Rc::new(Cell::new(0));
            let note = |digit: u32| {
                let order = order.clone();
                create_task(async move {
                    for _ in 0..2 {
                        order.set(order.get() * 10 + digit);
                        yield_now().await;
                    }
                })
            };
            for task in [1, 2, 3].map(note) {
                task.await;
            }
            order.get()
        })
    });
    assert_eq!(order, 123_123);
}

#[test]
fn a_wake_from_another_thread_ends_the_sleep() {
    ends(|| {
        let (to_thread, from_loop) = mpsc::channel();
        let (to_loop, from_thread) = mpsc::channel();
        let other = thread::spawn(move || {
            for waker in from_loop {
                let waker: Waker = waker;
                to_loop.send(()).unwrap();
                waker.wake();
            }
        });
        // Often, since a thread that is quick comes before the loop sleeps.
        let ended = run(async move {
            for _ in 0..100 {
                let mut asked = false;
                poll_fn(|context| {
                    if !mem::replace(&mut asked, true) {
                        to_thread.send(context.waker().clone()).unwrap();
                    }
                    from_thread.try_recv().map_or(Poll::Pending, Poll::Ready)
                })
                .await;
            }
        });
        other.join().unwrap();
        ended
    });
}

#[test]
fn the_loop_sleeps_until_the_nearest_deadline() {
    let (patient, impatient) = ends(|| {
        run(async {
            let _far = create_task(sleep(HOUR));
            (timeout(HOUR, sleep(INSTANT)).await, timeout(INSTANT, sleep(HOUR)).await)
        })
    });
    assert_eq!((patient, impatient), (Some(()), None));
}

#[test]
fn a_timer_that_is_dropped_wakes_nobody() {
    let polls = ends(|| {
        run(async {
            // Armed, and dropped when the other future is ready.
            assert_eq!(timeout(20 * INSTANT, yield_now()).await, Some(()));
            polls_of(sleep(100 * INSTANT)).await
        })
    });
    assert!(polls <= 2, "{polls} polls: the first, and that at the deadline");
}

#[test]
fn a_task_that_is_always_ready_starves_no_timer() {
    ends(|| {
        run(async {
            let _busy = create_task(async {
                loop {
                    yield_now().await;
                }
            });
            sleep(INSTANT).await;
        })
    });
}

#[test]
fn what_is_sent_in_two_pieces_is_read_in_two() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (first_is_read, go_on) = mpsc::channel();
    let peer = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 5]).unwrap();
        stream.write_all(b"one").unwrap();
        go_on.recv().unwrap();
        stream.write_all(b"two").unwrap();
    });
    let answer = ends(move || {
        run(async move {
            let stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"hello").await.unwrap();
            let mut answer = Vec::new();
            while answer.len() < 3 {
                stream.read(&mut answer).await.unwrap();
            }
            first_is_read.send(()).unwrap();
            while stream.read(&mut answer).await.unwrap() > 0 {}
            answer
        })
    });
    assert_eq!(answer, b"onetwo");
    peer.join().unwrap();
}

#[test]
fn a_connection_that_is_refused_is_an_error() {
    let address = nobody().parse().unwrap();
    let refused = ends(move || run(async move { TcpStream::connect(address).await.is_err() }));
    assert!(refused);
}

#[test]
fn the_end_of_the_main_future_is_the_end_of_the_run() {
    ends(|| {
        run(async {
            let _never = create_task(pending::<()>());
        })
    });
}
