//! The end of a loop is the last cancel: what is left is dropped while the loop is still entered,
//! so clean-up runs.

mod common;

use std::{
    cell::{Cell, RefCell},
    future::{pending, poll_fn, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    task::Poll,
    time::Duration,
};

use common::{assert_nothing_left, virtual_and_recorded};
use glassloop::{EventLoop, create_task, run, sleep, trace::Record, yield_now};

const MINUTE: Duration = Duration::from_secs(60);

/// Does something when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn run_cancels_what_is_left_in_the_order_of_creation() {
    let order = Rc::new(RefCell::new(Vec::new()));
    let noted = order.clone();
    let answer = run(async move {
        for name in ["first", "second"] {
            let order = order.clone();
            drop(create_task(async move {
                let _told = OnDrop(move || order.borrow_mut().push(name));
                sleep(MINUTE).await;
            }));
        }
        yield_now().await;
        "answer"
    });
    assert_eq!(answer, "answer");
    assert_eq!(*noted.borrow(), ["first", "second"]);
}

#[test]
fn run_cancels_what_is_left_after_a_panic_of_the_main_future_too() {
    let dropped = Rc::new(Cell::new(false));
    let told = dropped.clone();
    let run = catch_unwind(AssertUnwindSafe(|| {
        run(async move {
            drop(create_task(async move {
                let _told = OnDrop(move || told.set(true));
                pending::<()>().await;
            }));
            yield_now().await;
            panic!("of the main future");
        })
    }));
    assert_eq!(run.unwrap_err().downcast_ref(), Some(&"of the main future"));
    assert!(dropped.get());
}

#[test]
fn run_closes_a_loop_of_which_there_are_other_handles_too() {
    let (event_loop, _) = virtual_and_recorded();
    let task = event_loop.create_task(pending::<()>());
    event_loop.clone().run(yield_now());
    assert!(event_loop.is_closed() && task.cancelled());
    assert_nothing_left(&event_loop);
}

#[test]
fn a_destructor_at_the_end_may_create_tasks_which_are_dropped_too() {
    let (event_loop, lines) = virtual_and_recorded();
    let dropped = Rc::new(Cell::new(0));
    let count = dropped.clone();
    let task = event_loop.create_task(async move {
        let _clean_up = OnDrop(move || {
            let count = count.clone();
            drop(create_task(async move {
                let _told = OnDrop(move || count.set(count.get() + 1));
                sleep(MINUTE).await;
            }));
        });
        sleep(MINUTE).await;
    });
    event_loop.run_until_complete(yield_now());
    lines.take();
    event_loop.close();
    let told = lines.take_only(&["create", "drop", "cancel", "poll"]);
    assert_eq!(told, ["drop 1", "cancel timer 0", "create 2 by 1", "drop 2"]);
    assert_eq!(dropped.get(), 0, "it was never polled, so there was nothing to clean up");
    assert!(task.cancelled());
    assert_nothing_left(&event_loop);
}

#[test]
fn a_destructor_at_the_end_may_wait_by_hand() {
    // Clean-up of the kind "sleep a little, then go": nobody polls it, but it must find a loop.
    let (event_loop, _) = virtual_and_recorded();
    let polled = Rc::new(Cell::new(false));
    let told = polled.clone();
    drop(event_loop.create_task(async move {
        let _clean_up = OnDrop(move || {
            let (_, waker) = common::CountingWaker::new();
            told.set(common::poll_with(&mut sleep(MINUTE), &waker).is_pending());
        });
        pending::<()>().await;
    }));
    event_loop.run_until_complete(yield_now());
    event_loop.close();
    assert!(polled.get());
    assert_nothing_left(&event_loop);
}

#[test]
fn destructors_that_create_each_other_for_ever_do_not_keep_a_loop_open() {
    fn again(created: Rc<Cell<u32>>) -> impl Drop {
        OnDrop(move || {
            created.set(created.get() + 1);
            // On a loop that is closed for good this is a panic, here as anywhere.
            drop(create_task(ready(again(created.clone()))));
        })
    }
    let (event_loop, _) = virtual_and_recorded();
    let created = Rc::new(Cell::new(0));
    drop(event_loop.create_task(ready(again(created.clone()))));
    event_loop.close();
    assert!(event_loop.is_closed());
    assert!(created.get() > 10, "each got its turn, for a while: {}", created.get());
    assert_nothing_left(&event_loop);
}

#[test]
fn a_destructor_that_panics_at_the_end_stops_no_other() {
    let (event_loop, lines) = virtual_and_recorded();
    let dropped = Rc::new(Cell::new(false));
    let told = dropped.clone();
    drop(event_loop.create_task(async {
        let _panics = OnDrop(|| panic!("of a destructor"));
        pending::<()>().await;
    }));
    drop(event_loop.create_task(async move {
        let _told = OnDrop(move || told.set(true));
        pending::<()>().await;
    }));
    event_loop.run_until_complete(yield_now());
    event_loop.close();
    assert!(dropped.get());
    assert!(lines.take().contains(&"panic in a destructor".to_string()));
    assert_nothing_left(&event_loop);
}

#[test]
fn callbacks_of_what_is_cancelled_at_the_end_still_run_and_are_told() {
    let (event_loop, lines) = virtual_and_recorded();
    let seen = Rc::new(Cell::new(false));
    let told = seen.clone();
    let task = event_loop.create_task(pending::<()>());
    task.add_done_callback(move |task| told.set(task.cancelled()));
    lines.take();
    event_loop.close();
    assert!(seen.get());
    assert_eq!(lines.take(), ["drop 1", "callbacks 1, 1 run"]);
    assert_nothing_left(&event_loop);
}

/// While the loop does not run a destructor may do what nobody may in a running one: close it.
#[test]
fn a_loop_that_is_closed_by_the_destructor_of_a_task_that_is_cancelled_calls_its_callbacks() {
    for by_its_last_handle in [false, true] {
        let ((event_loop, lines), called) = (virtual_and_recorded(), Rc::new(Cell::new(false)));
        let handle = event_loop.clone();
        let task = event_loop.create_task(async move {
            let _closes = OnDrop(move || {
                if !by_its_last_handle {
                    handle.close()
                }
            });
            pending::<()>().await;
        });
        let calls = called.clone();
        task.add_done_callback(move |task| calls.set(task.cancelled()));
        let other = event_loop.create_task(sleep(MINUTE));
        event_loop.run_until_complete(yield_now());
        let event_loop = (!by_its_last_handle).then_some(event_loop);
        lines.take();
        assert!(task.cancel());
        let ends = ["cancel 1", "drop 2", "cancel timer 0", "callbacks 1, 1 run"];
        assert_eq!(lines.take(), ends);
        assert!(called.get() && task.cancelled() && other.cancelled());
        if let Some(event_loop) = event_loop {
            assert!(event_loop.is_closed());
            assert_nothing_left(&event_loop);
        }
    }
}

/// Each makes a task that is cancelled, and adds the next to it.
#[test]
fn callbacks_that_add_each_other_for_ever_leave_nothing_of_a_closed_loop() {
    fn again(calls: Rc<Cell<u32>>, alive: Rc<()>) {
        let task = create_task(pending::<()>());
        task.add_done_callback(move |_| {
            calls.set(calls.get() + 1);
            again(calls.clone(), alive.clone());
        });
        task.cancel();
    }
    let (calls, alive, loop_alive) = (Rc::new(Cell::new(0)), Rc::new(()), Rc::new(()));
    let seen = loop_alive.clone();
    let builder = EventLoop::builder().unwatched().observer(move |_: &Record| _ = &seen);
    let event_loop = builder.build().unwrap();
    event_loop.run_until_complete(async { again(calls.clone(), alive.clone()) });
    event_loop.close();
    assert!(calls.get() > 10, "each had its turn, for a while: {}", calls.get());
    assert_nothing_left(&event_loop);
    assert_eq!(Rc::strong_count(&alive), 1, "not one of them is left, called or not");
    drop(event_loop);
    assert_eq!(Rc::strong_count(&loop_alive), 1, "nor anything of the loop");
}

#[test]
fn what_the_main_future_holds_is_dropped_while_the_loop_still_runs() {
    let (event_loop, _) = virtual_and_recorded();
    let clean_up = OnDrop(|| drop(create_task(async {})));
    event_loop.run_until_complete(poll_fn(move |_| {
        let _held_until_the_future_is_dropped = &clean_up;
        Poll::Ready(())
    }));
    assert_eq!(event_loop.counters().tasks, 1, "the task of the destructor");
    event_loop.close();
    assert_nothing_left(&event_loop);
}

#[test]
fn dropping_the_last_handle_of_a_loop_closes_it() {
    let (event_loop, _) = virtual_and_recorded();
    let dropped = Rc::new(Cell::new(false));
    let told = dropped.clone();
    let task = event_loop.create_task(async move {
        let _told = OnDrop(move || told.set(true));
        pending::<()>().await;
    });
    event_loop.run_until_complete(yield_now());
    let clone = event_loop.clone();
    drop(event_loop);
    assert!(!dropped.get(), "there is a handle left");
    drop(clone);
    assert!(dropped.get() && task.cancelled());
}
