//! The latest waker counts: a future that was polled in one task and moved to another wakes only the latter.
//!
//! Invariant 3 of `src/lib.rs`. Keeping the first waker is the bug that most teaching runtimes shipped.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    io::{self, Write},
    net::{Ipv4Addr, TcpStream as StdTcpStream},
    rc::Rc,
    sync::mpsc,
    task::{Poll, Waker},
    time::Duration,
};

use glassloop::{
    EventLoop, create_task,
    net::{TcpListener, TcpStream},
    sleep, timeout, to_thread, yield_now,
};

/// Where a lost wake would leave a test asleep for ever, this makes it fail instead. Under virtual time it
/// costs nothing.
const MINUTE: Duration = Duration::from_secs(60);

/// Polls `leaf` in one task, moves it to another, and makes it ready. Returns what it gave the second task,
/// and how often the first was polled.
async fn moved<F: Future + 'static>(leaf: F, make_ready: impl FnOnce()) -> (F::Output, u32) {
    let leaf = Rc::new(RefCell::new(Box::pin(leaf)));
    let (seen_by_first, polls) = (leaf.clone(), Rc::new(Cell::new(0)));
    let counted = polls.clone();
    drop(create_task(poll_fn(move |context| {
        counted.set(counted.get() + 1);
        if counted.get() == 1 {
            assert!(seen_by_first.borrow_mut().as_mut().poll(context).is_pending());
        }
        Poll::<()>::Pending
    })));
    let second = create_task(poll_fn(move |context| leaf.borrow_mut().as_mut().poll(context)));
    yield_now().await;
    make_ready();
    let output = timeout(MINUTE, second).await.expect("the second task was woken").unwrap();
    (output, polls.get())
}

/// A loop under virtual time that has patience with sockets.
fn virtual_loop() -> EventLoop {
    EventLoop::builder().unwatched().virtual_time().grace(MINUTE).build().unwrap()
}

#[test]
fn a_sleep_that_was_moved_wakes_only_the_task_that_polled_it_last() {
    let ((), polls) =
        virtual_loop().run(async { moved(sleep(Duration::from_secs(1)), || {}).await });
    assert_eq!(polls, 1, "the first task was woken too");
}

#[test]
fn an_awaited_task_wakes_only_the_task_that_polled_its_handle_last() {
    let (output, polls) = virtual_loop().run(async {
        let (mut polls, waker) = (0, Rc::new(RefCell::new(None::<Waker>)));
        let kept = waker.clone();
        let awaited = create_task(poll_fn(move |context| {
            kept.replace(Some(context.waker().clone()));
            polls += 1;
            if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
        }));
        moved(awaited, || waker.take().unwrap().wake()).await
    });
    assert_eq!((output.unwrap(), polls), ((), 1));
}

#[test]
fn a_read_that_was_moved_wakes_only_the_task_that_polled_it_last() {
    let (read, polls) = virtual_loop().run(async {
        let (mut peer, stream) = connected_pair().await.unwrap();
        let read = async move {
            let mut buffer = [0; 8];
            let n = stream.read(&mut buffer).await.unwrap();
            buffer[..n].to_vec()
        };
        moved(read, || peer.write_all(b"hi").unwrap()).await
    });
    assert_eq!((read.as_slice(), polls), (&b"hi"[..], 1));
}

#[test]
fn a_job_that_was_moved_wakes_only_the_task_that_polled_it_last() {
    let (go, gate) = mpsc::channel();
    let (output, polls) = virtual_loop().run(async move {
        let job = to_thread(move || gate.recv().unwrap());
        moved(job, move || go.send("done").unwrap()).await
    });
    assert_eq!((output, polls), ("done", 1));
}

async fn connected_pair() -> io::Result<(StdTcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let peer = StdTcpStream::connect(listener.local_addr()?)?;
    let (stream, _) = listener.accept().await?;
    Ok((peer, stream))
}
