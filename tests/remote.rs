//! `LoopHandle`: other threads have things done in the loop, also while it sleeps, panics or closes.

mod common;
mod many;

use std::{
    cell::{Cell, RefCell},
    future::{pending, poll_fn},
    io,
    rc::Rc,
    sync::{Arc, mpsc},
    task::{Poll, Waker},
    thread,
};

use common::{assert_nothing_left, recorded, virtual_and_recorded, with_records};
use glassloop::{
    EventLoop, LoopHandle, TaskError, all_tasks, current_task, get_event_loop, sleep, to_thread,
    trace::What, yield_now,
};
use many::{MS, OnDrop, explode};

/// Its time stands still while a job waits for the loop, so what such a job asks for may yield but not sleep.
fn new_loop() -> EventLoop {
    EventLoop::builder().unwatched().virtual_time().build().unwrap()
}

/// Does `work` on another thread while the loop runs.
async fn elsewhere<T: Send + 'static>(work: impl FnOnce(LoopHandle) -> T + Send + 'static) -> T {
    let handle = get_event_loop().handle();
    to_thread(move || work(handle)).await
}

#[test]
fn a_handle_may_be_sent_and_shared() {
    fn is_send_and_sync<T: Send + Sync + Clone>() {}
    fn is_send<T: Send>() {}
    is_send_and_sync::<LoopHandle>();
    is_send::<glassloop::RemoteTask<Vec<u8>>>();
}

#[test]
fn a_coroutine_runs_on_the_loops_thread_and_its_result_comes_back() {
    let event_loop = new_loop();
    let loops_thread = thread::current().id();
    let (answer, ran_on) = event_loop.run_until_complete(elsewhere(|handle| {
        let task = handle.run_coroutine(|| async {
            let not_send = Rc::new(6);
            yield_now().await;
            (*not_send * 7, thread::current().id())
        });
        task.unwrap().join().unwrap()
    }));
    assert_eq!((answer, ran_on), (42, loops_thread));
    assert_nothing_left(&event_loop);
}

#[test]
fn callbacks_of_one_thread_are_called_in_order() {
    thread_local!(static CALLED: RefCell<Vec<u32>> = RefCell::default());
    let event_loop = new_loop();
    event_loop.run_until_complete(elsewhere(|handle| {
        for n in 0..100 {
            handle.call_soon(move || CALLED.with_borrow_mut(|called| called.push(n))).unwrap();
        }
        handle.run_coroutine(|| async {}).unwrap().join().unwrap();
    }));
    assert_eq!(CALLED.take(), (0..100).collect::<Vec<_>>());
    assert_nothing_left(&event_loop);
}

#[test]
fn many_threads_lose_none() {
    for seed in 0..100 {
        let event_loop =
            EventLoop::builder().unwatched().virtual_time().shuffle(seed).build().unwrap();
        let sum: u32 = event_loop.run_until_complete(elsewhere(|handle| {
            let threads = (1..=4).map(|n| {
                let handle = handle.clone();
                thread::spawn(move || {
                    let tasks: Vec<_> = (0..10)
                        .map(|_| {
                            handle
                                .run_coroutine(move || async move {
                                    yield_now().await;
                                    n
                                })
                                .unwrap()
                        })
                        .collect();
                    tasks.into_iter().map(|task| task.join().unwrap()).sum::<u32>()
                })
            });
            threads.collect::<Vec<_>>().into_iter().map(|thread| thread.join().unwrap()).sum()
        }));
        assert_eq!(sum, 100);
        assert_nothing_left(&event_loop);
    }
}

#[test]
fn a_sleeping_loop_is_woken() {
    thread_local! {
        static WAITS: RefCell<Option<Waker>> = const { RefCell::new(None) };
        static POLLED: Cell<bool> = const { Cell::new(false) };
    }
    let (parked, parks) = mpsc::channel();
    let builder =
        EventLoop::builder().unwatched().observer(move |record: &glassloop::trace::Record| {
            if let What::Parked { .. } = record.what {
                let _ = parked.send(());
            }
        });
    let (event_loop, lines) = recorded(builder);
    let handle = event_loop.handle();
    let other = thread::spawn(move || {
        parks.recv().unwrap();
        handle.call_soon(|| WAITS.take().unwrap().wake()).unwrap();
    });
    event_loop.run_until_complete(poll_fn(|context| {
        match WAITS.replace(Some(context.waker().clone())) {
            None if POLLED.replace(true) => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }));
    other.join().unwrap();
    assert!(lines.take().contains(&"unpark by another thread".to_string()));
}

#[test]
fn what_was_called_before_the_loop_runs_waits_for_it() {
    let event_loop = new_loop();
    let handle = event_loop.handle();
    let task = thread::spawn(move || handle.run_coroutine(|| async { 1 }).unwrap()).join().unwrap();
    event_loop.run_until_complete(sleep(MS));
    assert_eq!(task.join().unwrap(), 1);
    assert_nothing_left(&event_loop);
}

#[test]
fn a_panic_reaches_whoever_joins_and_nobody_else() {
    let event_loop = new_loop();
    event_loop.run_until_complete(elsewhere(|handle| {
        let made = handle.run_coroutine(|| {
            explode();
            async {}
        });
        let polled = handle.run_coroutine(|| async { explode() });
        for task in [made.unwrap().join(), polled.unwrap().join()] {
            assert_eq!(task.unwrap_err().panic_message(), Some("on purpose"));
        }
        assert_eq!(handle.run_coroutine(|| async { 1 }).unwrap().join().unwrap(), 1);
    }));
    assert_nothing_left(&event_loop);
}

#[test]
fn the_panic_of_a_callback_that_nobody_joins_does_not_count_as_seen() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.handle().call_soon(explode).unwrap();
    event_loop.run_until_complete(sleep(MS));
    assert_eq!(lines.take_only(&["panicked", "retrieve"]), ["panicked 1"]);
}

#[test]
fn the_line_that_asked_for_it_is_said_to_have_made_the_task() {
    let (event_loop, records) = with_records(EventLoop::builder().unwatched().virtual_time());
    let handle = event_loop.handle();
    let line = line!();
    handle.call_soon(|| {}).unwrap();
    drop(handle.run_coroutine(|| async {}).unwrap());
    event_loop.run_until_complete(sleep(MS));
    let made = |what: &What| match what {
        What::TaskCreated { place, .. } => Some((place.file(), place.line())),
        _ => None,
    };
    let places: Vec<_> = records.borrow().iter().filter_map(made).collect();
    assert_eq!(places, [(file!(), line + 1), (file!(), line + 2)]);
}

#[test]
fn dropping_what_run_coroutine_returns_detaches_the_task() {
    let event_loop = new_loop();
    let (sender, ran) = mpsc::channel();
    event_loop.run_until_complete(elsewhere(|handle| {
        let task = handle.run_coroutine(move || async move {
            yield_now().await;
            sender.send("ran").unwrap();
        });
        drop(task.unwrap());
        handle.run_coroutine(yield_now).unwrap().join().unwrap();
    }));
    assert_eq!(ran.recv(), Ok("ran"));
    assert_nothing_left(&event_loop);
}

#[test]
fn a_task_that_is_cancelled_in_the_loop_says_so_to_whoever_joins() {
    let event_loop = new_loop();
    event_loop.run_until_complete(elsewhere(|handle| {
        let task = handle.run_coroutine(pending::<()>).unwrap();
        handle
            .call_soon(|| {
                let own = current_task();
                let mut others = all_tasks().into_iter().filter(|task| Some(task) != own.as_ref());
                assert!(others.all(|task| task.cancel()));
            })
            .unwrap();
        assert!(task.join().unwrap_err().is_cancelled());
    }));
    assert_nothing_left(&event_loop);
}

#[test]
fn a_closed_loop_takes_nothing_and_gives_the_closure_back() {
    let event_loop = new_loop();
    let handle = event_loop.handle();
    event_loop.close();
    let held = Arc::new(());
    let (one, two) = (held.clone(), held.clone());
    let error = handle.call_soon(move || drop(one)).unwrap_err();
    assert_eq!(error.to_string(), "event loop is closed");
    assert_eq!(io::Error::from(error).to_string(), "event loop is closed");
    assert!(handle.run_coroutine(move || async move { drop(two) }).is_err());
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn a_handle_does_not_keep_the_loop_open() {
    let event_loop = new_loop();
    let handle = event_loop.handle();
    drop(event_loop);
    assert!(handle.call_soon(|| {}).is_err());
}

#[test]
fn what_is_under_way_when_the_loop_closes_is_cancelled() {
    let event_loop = new_loop();
    let handle = event_loop.handle();
    let begun = handle.run_coroutine(pending::<()>).unwrap();
    event_loop.run_until_complete(sleep(MS));
    let waiting = handle.run_coroutine(|| async { unreachable!("polled") as u8 }).unwrap();
    let held = Arc::new(());
    let holds = held.clone();
    handle.call_soon(move || drop(holds)).unwrap();
    event_loop.close();
    assert!(matches!(begun.join(), Err(TaskError::Cancelled)));
    assert!(matches!(waiting.join(), Err(TaskError::Cancelled)));
    assert_eq!(Arc::strong_count(&held), 1);
    assert_nothing_left(&event_loop);
}

/// Two panics on the way out of one function would end the program.
#[test]
fn closures_that_panic_when_a_closing_loop_drops_them_stop_nothing() {
    let (event_loop, lines) = virtual_and_recorded();
    let handle = event_loop.handle();
    for _ in 0..3 {
        let bomb = OnDrop(explode);
        handle.call_soon(move || drop(bomb)).unwrap();
    }
    event_loop.close();
    assert_eq!(lines.take_only(&["panic in"]), ["panic in a destructor"; 3]);
}
