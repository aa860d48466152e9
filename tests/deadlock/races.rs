//! Threads that come in and let go while the loop looks for hope: none of it is taken for a deadlock.

use std::{
    cell::RefCell,
    future::poll_fn,
    sync::{Arc, Barrier, mpsc},
    task::{Poll, Waker},
    thread,
};

use glassloop::{LoopHandle, create_task, get_event_loop, sync::Event};

use super::unwatched;

/// Waits until a thread has called the waker that it is sent.
async fn round_trip(wakers: &mpsc::Sender<Waker>) {
    let mut sent = false;
    poll_fn(|context| match std::mem::replace(&mut sent, true) {
        true => Poll::Ready(()),
        false => {
            wakers.send(context.waker().clone()).unwrap();
            Poll::Pending
        }
    })
    .await;
}

#[test]
fn threads_that_wake_and_let_go_at_the_same_moment_are_never_taken_for_a_deadlock() {
    const ROUNDS: usize = 2000;
    let event_loop = unwatched();
    let (wakers, from_loop) = mpsc::channel::<Waker>();
    // Each waker is cloned, called by one thread and dropped by the other, while the loop looks for hope.
    let (second, from_first) = mpsc::channel::<Waker>();
    let barrier = Arc::new(Barrier::new(2));
    let together = barrier.clone();
    let first_thread = thread::spawn(move || {
        for waker in from_loop {
            second.send(waker.clone()).unwrap();
            barrier.wait();
            waker.wake();
        }
    });
    let second_thread = thread::spawn(move || {
        for waker in from_first {
            together.wait();
            drop(waker);
        }
    });
    event_loop.run_until_complete(async {
        for _ in 0..ROUNDS {
            // Wakers that `sync` holds come and go meanwhile: of this task, and of one that waits for ever.
            let (event, never) = (Event::new(), Event::new());
            let set = create_task({
                let event = event.clone();
                async move { event.set() }
            });
            let waits = create_task(async move { never.wait().await });
            event.wait().await;
            round_trip(&wakers).await;
            set.await.unwrap();
            waits.cancel();
        }
    });
    drop(wakers);
    first_thread.join().unwrap();
    second_thread.join().unwrap();
}

/// Who sends something and goes is gone only after it was sent: the loop counts those who may send first, and looks
/// then for what they have sent.
#[test]
fn handles_that_call_and_are_dropped_at_once_are_never_taken_for_a_deadlock() {
    thread_local!(static CALLED: RefCell<Event> = RefCell::default());
    let (handles, from_loop) = mpsc::channel::<LoopHandle>();
    let thread = thread::spawn(move || {
        for handle in from_loop {
            handle.call_soon(|| CALLED.with_borrow(Event::set)).unwrap();
        }
    });
    unwatched().run(async {
        for _ in 0..20_000 {
            let called = Event::new();
            CALLED.set(called.clone());
            handles.send(get_event_loop().handle()).unwrap();
            called.wait().await;
        }
    });
    drop(handles);
    thread.join().unwrap();
}
