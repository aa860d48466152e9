//! The bugs that most of the teaching runtimes shipped, each a test: the first waker kept, waking
//! under a lock, a name looked up inside a poll, writable taken for connected, one waker for both
//! directions, polling after the end.

mod common;

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    io,
    net::Ipv4Addr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    rc::Rc,
    sync::{Arc, Mutex, mpsc},
    task::{Context, Poll, Wake, Waker},
    thread::{self, ThreadId},
    time::Duration,
};

use common::{CountingWaker, assert_nothing_left, poll_with, recorded, virtual_and_recorded};
use glassloop::{
    EventLoop, create_task, interval,
    net::{TcpListener, TcpStream, connect, lookup_host},
    open_connection, sleep, start_server, timeout, to_thread, yield_now,
};

const MS: Duration = Duration::from_millis(1);
const LOOPBACK: (&str, u16) = ("127.0.0.1", 0);

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = create_task(async move { listener.accept().await.unwrap().0 });
    (TcpStream::connect(address).await.unwrap(), accepted.await.unwrap())
}

/// Polls a future with one waker, then with another, makes it ready, and looks at who is woken.
async fn the_latest_is_woken<F: Future>(future: F, make_ready: impl AsyncFnOnce()) {
    let (first, first_waker) = CountingWaker::new();
    let (latest, latest_waker) = CountingWaker::new();
    let mut future = pin!(future);
    for waker in [first_waker, latest_waker] {
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert_eq!(Arc::strong_count(&first), 1, "the first waker is let go");
    make_ready().await;
    while latest.wakes() == 0 {
        yield_now().await;
    }
    assert_eq!(first.wakes(), 0);
}

#[test]
fn the_latest_waker_counts_for_all_that_waits_for_time() {
    let (event_loop, _) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        the_latest_is_woken(sleep(MS), async || sleep(MS * 2).await).await;
        let forever = std::future::pending::<()>;
        the_latest_is_woken(timeout(MS, forever()), async || sleep(MS * 2).await).await;
        let mut interval = interval(MS);
        interval.tick().await;
        the_latest_is_woken(interval.tick(), async || sleep(MS * 2).await).await;
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn the_latest_waker_counts_for_tasks_and_jobs() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    event_loop.run_until_complete(async {
        the_latest_is_woken(create_task(yield_now()), async || {}).await;
        let (open, gate) = mpsc::channel::<()>();
        let job = to_thread(move || gate.recv().unwrap());
        the_latest_is_woken(job, async || open.send(()).unwrap()).await;
    });
    event_loop.close();
    assert_nothing_left(&event_loop);
}

#[test]
fn the_latest_waker_counts_for_all_that_waits_for_sockets() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    event_loop.run_until_complete(async {
        let (here, there) = pair().await;
        let mut buffer = [0; 1];
        let send = async || assert_eq!(there.write(b"!").await.unwrap(), 1);
        the_latest_is_woken(here.read(&mut buffer), send).await;

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let join = async || drop(TcpStream::connect(address).await.unwrap());
        the_latest_is_woken(listener.accept(), join).await;

        let listener = std::net::TcpListener::bind(LOOPBACK).unwrap();
        let address = listener.local_addr().unwrap();
        for close in [false, true] {
            let (_reader, writer) = open_connection(address).await.unwrap();
            let (mut peer, _) = listener.accept().unwrap();
            writer.write(&vec![0; 16 * 1024 * 1024]).unwrap();
            let read_all = async || {
                drop(create_task(to_thread(move || io::copy(&mut peer, &mut io::sink()))));
            };
            if close {
                writer.close();
                the_latest_is_woken(writer.wait_closed(), read_all).await;
            } else {
                the_latest_is_woken(writer.drain(), read_all).await;
            }
        }
    });
    event_loop.close();
    assert_nothing_left(&event_loop);
}

/// A waker that uses the loop when it is woken, and once more when it is dropped.
struct Busy(Mutex<Option<Box<dyn FnMut() + Send>>>);

impl Busy {
    fn waker(work: impl FnMut() + Send + 'static) -> Waker {
        Arc::new(Busy(Mutex::new(Some(Box::new(work))))).into()
    }

    fn work(&self) {
        let work = self.0.lock().unwrap().take();
        if let Some(mut work) = work {
            work();
            self.0.lock().unwrap().replace(work);
        }
    }
}

impl Wake for Busy {
    fn wake(self: Arc<Self>) {
        self.work();
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.work();
    }
}

#[test]
fn a_waker_may_use_the_timers_the_tasks_and_the_sockets_of_its_loop() {
    // Called under a borrow of any of them, it would panic, and the trace would say so.
    let (event_loop, lines) = recorded(EventLoop::builder().unwatched().virtual_time());
    let worked = Arc::new(Mutex::new(0));
    event_loop.run_until_complete(async {
        let (here, there) = pair().await;
        let waker = || {
            let count = worked.clone();
            Busy::waker(move || {
                let (_, waker) = CountingWaker::new();
                assert!(poll_with(&mut sleep(MS), &waker).is_pending());
                create_task(sleep(MS)).cancel();
                drop(TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap());
                *count.lock().unwrap() += 1;
            })
        };
        let works = || *worked.lock().unwrap();
        let mut buffer = [0; 1];
        let mut sleeping = sleep(MS);
        let mut reading = here.read(&mut buffer);
        let mut awaiting = create_task(yield_now());
        // The second waker makes each of them drop the first, which works in its destructor.
        for _ in 0..2 {
            assert!(poll_with(&mut sleeping, &waker()).is_pending());
            assert!(poll_with(&mut reading, &waker()).is_pending());
            assert!(poll_with(&mut awaiting, &waker()).is_pending());
        }
        assert_eq!(works(), 3, "three wakers were dropped");
        there.write(b"!").await.unwrap();
        sleep(MS * 2).await;
        assert_eq!(works(), 9, "and three were woken, then dropped");
    });
    assert!(!lines.take().iter().any(|line| line.starts_with("panic")));
    event_loop.close();
    assert_nothing_left(&event_loop);
}

#[test]
fn a_thread_wakes_whoever_waits_for_its_job_under_no_lock() {
    // The waker does not come back before the job has been polled to its end: with the lock held, never.
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    let (woken, is_woken) = mpsc::channel();
    let (polled, is_polled) = mpsc::channel();
    let waker = {
        let is_polled = Mutex::new(is_polled);
        let mut first = true;
        Busy::waker(move || {
            if std::mem::take(&mut first) {
                woken.send(()).unwrap();
                is_polled.lock().unwrap().recv().unwrap();
            }
        })
    };
    let (open, gate) = mpsc::channel();
    let mut job = to_thread(move || gate.recv().unwrap());
    event_loop.run_until_complete(async {
        assert!(poll_with(&mut job, &waker).is_pending());
        open.send("done").unwrap();
        is_woken.recv().unwrap();
        let (_, other) = CountingWaker::new();
        assert_eq!(poll_with(&mut job, &other), Poll::Ready("done"));
        polled.send(()).unwrap();
    });
    event_loop.close();
    assert_nothing_left(&event_loop);
}

#[test]
fn a_name_is_looked_up_on_a_thread_and_an_address_on_none() {
    let (event_loop, lines) = recorded(EventLoop::builder().unwatched());
    event_loop.run_until_complete(async {
        assert!(lookup_host(("127.0.0.1", 80)).await.is_ok());
        assert!(lookup_host(("::1", 80)).await.is_ok());
        assert_eq!(lines.take_only(&["queue"]), [""; 0]);
        assert!(lookup_host(("localhost", 80)).await.is_ok());
        assert_eq!(lines.take_only(&["queue"]), ["queue job 1"]);
    });
    event_loop.close();
}

/// A listener that has no room for another connection: whoever connects to it stays on the way.
#[cfg(target_os = "linux")]
fn silent() -> (socket2::Socket, std::net::TcpStream) {
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
    let listener = listener.unwrap();
    listener.bind(&std::net::SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    (listener, std::net::TcpStream::connect(address).unwrap())
}

#[test]
#[cfg(target_os = "linux")]
fn to_be_woken_is_not_to_be_connected() {
    let (event_loop, lines) = virtual_and_recorded();
    let (_listener, first) = silent();
    event_loop.run_until_complete(async {
        let (_, waker) = CountingWaker::new();
        let mut connecting = TcpStream::connect(first.peer_addr().unwrap());
        for _ in 0..10 {
            assert!(poll_with(&mut connecting, &waker).is_pending());
        }
    });
    let tries = lines.take_only(&["try connect"]);
    assert_eq!(tries, ["try connect socket 0: would block"; 10]);
    assert_nothing_left(&event_loop);
}

#[test]
fn reading_and_writing_one_socket_are_woken_each_by_its_own_direction() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    event_loop.run_until_complete(async {
        let (here, there) = pair().await;
        let (reads, read_waker) = CountingWaker::new();
        let (writes, write_waker) = CountingWaker::new();
        let (mut buffer, bytes) = ([0; 1], [0; 64 * 1024]);
        let mut read = here.read(&mut buffer);
        assert!(poll_with(&mut read, &read_waker).is_pending());
        // The write's wish comes second. With one place for both it would take the read's.
        let mut filled = 0;
        let mut write = loop {
            let mut write = here.write(&bytes);
            match poll_with(&mut write, &write_waker) {
                Poll::Ready(written) => filled += written.unwrap(),
                Poll::Pending if writes.wakes() == 0 => break write,
                Poll::Pending => panic!("the budget was spent after {filled} bytes"),
            }
        };
        assert_eq!(event_loop.counters().waiting, 2);

        there.write(b"!").await.unwrap();
        while reads.wakes() == 0 {
            yield_now().await;
        }
        assert_eq!((reads.wakes(), writes.wakes()), (1, 0));
        assert!(matches!(poll_with(&mut read, &read_waker), Poll::Ready(Ok(1))));

        let mut room = vec![0; 64 * 1024];
        while filled > 0 {
            filled -= there.read(&mut room).await.unwrap();
            yield_now().await;
        }
        while writes.wakes() == 0 {
            yield_now().await;
        }
        assert_eq!((reads.wakes(), writes.wakes()), (1, 1));
        assert!(matches!(poll_with(&mut write, &write_waker), Poll::Ready(Ok(_))));
    });
    assert_nothing_left(&event_loop);
}

/// Polls a future to its end, then once more. What that once more comes to, if it is not a panic.
async fn polled_after_its_end<F: Future + Unpin>(mut future: F) -> Option<Poll<F::Output>> {
    drop((&mut future).await);
    let (_, waker) = CountingWaker::new();
    catch_unwind(AssertUnwindSafe(|| poll_with(&mut future, &waker))).ok()
}

#[test]
fn what_gives_its_result_away_panics_when_it_is_polled_after_its_end() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    event_loop.run_until_complete(async {
        assert!(polled_after_its_end(create_task(async {})).await.is_none());
        assert!(polled_after_its_end(timeout(MS, yield_now())).await.is_none());
        assert!(polled_after_its_end(timeout(Duration::ZERO, sleep(MS))).await.is_none());
        assert!(polled_after_its_end(to_thread(|| ())).await.is_none());
        assert!(polled_after_its_end(lookup_host(LOOPBACK)).await.is_none());
        assert!(polled_after_its_end(lookup_host(("localhost", 1))).await.is_none());
        assert!(polled_after_its_end(start_server(LOOPBACK, |_, _| async {})).await.is_none());
        yield_now().await;
    });
    event_loop.close();
    assert_nothing_left(&event_loop);
}

#[test]
fn what_only_waits_stays_ready_after_its_end() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    event_loop.run_until_complete(async {
        assert_eq!(polled_after_its_end(sleep(MS)).await, Some(Poll::Ready(())));
        assert_eq!(polled_after_its_end(sleep(Duration::ZERO)).await, Some(Poll::Ready(())));
        assert_eq!(polled_after_its_end(yield_now()).await, Some(Poll::Ready(())));
    });
    assert_nothing_left(&event_loop);
}

/// A panic, or an error; but it neither waits for ever nor connects once more.
fn is_clear<T>(polled: Option<Poll<io::Result<T>>>) -> bool {
    matches!(polled, None | Some(Poll::Ready(Err(_))))
}

#[test]
fn a_connect_that_is_polled_after_its_end_neither_waits_nor_connects_again() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    let listener = std::net::TcpListener::bind(LOOPBACK).unwrap();
    let address = listener.local_addr().unwrap();
    event_loop.run_until_complete(async {
        assert!(is_clear(polled_after_its_end(TcpStream::connect(address)).await));
        assert!(is_clear(polled_after_its_end(connect(address)).await));
        assert!(is_clear(polled_after_its_end(open_connection(address)).await));
    });
    assert_nothing_left(&event_loop);
}

#[test]
#[cfg(target_os = "linux")] // where all of 127.0.0.0/8 is this machine
fn a_connect_that_is_polled_after_its_end_leaves_the_other_addresses_alone() {
    let first = std::net::TcpListener::bind(LOOPBACK).unwrap();
    let port = first.local_addr().unwrap().port();
    let _second = std::net::TcpListener::bind(("127.0.0.2", port)).unwrap();
    let event_loop = EventLoop::builder()
        .unwatched()
        .host("two.test", [127, 0, 0, 1].into())
        .host("two.test", [127, 0, 0, 2].into())
        .build()
        .unwrap();
    event_loop.run_until_complete(async {
        assert!(is_clear(polled_after_its_end(connect(("two.test", port))).await));
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn a_refused_connect_that_is_polled_after_its_end_does_not_wait() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    let address = std::net::TcpListener::bind(LOOPBACK).unwrap().local_addr().unwrap();
    event_loop.run_until_complete(async {
        assert!(is_clear(polled_after_its_end(TcpStream::connect(address)).await));
        assert!(is_clear(polled_after_its_end(connect(address)).await));
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn a_wake_never_polls_and_a_poll_is_always_on_the_thread_of_the_loop() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    let polled_on: Rc<RefCell<Vec<ThreadId>>> = Rc::default();
    let (polled, inside) = (polled_on.clone(), Cell::new(false));
    let mut sent = false;
    event_loop.run_until_complete(poll_fn(move |context| {
        assert!(!inside.replace(true), "a wake has polled");
        polled.borrow_mut().push(thread::current().id());
        context.waker().wake_by_ref();
        let waker = context.waker().clone();
        thread::spawn(move || waker.wake()).join().unwrap();
        inside.set(false);
        if std::mem::replace(&mut sent, true) { Poll::Ready(()) } else { Poll::Pending }
    }));
    assert_eq!(*polled_on.borrow(), [thread::current().id(); 2]);
    assert_nothing_left(&event_loop);
}
