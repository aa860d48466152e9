//! Loops without `run`: `get_event_loop`, `ensure_future`, a loop run several times; `current_task`
//! and `all_tasks`.

mod common;
#[path = "loops/elsewhere.rs"]
mod elsewhere;
mod many;
#[path = "loops/who.rs"]
mod who;

use std::{
    cell::{Cell, RefCell},
    future::pending,
    rc::Rc,
    thread,
};

use common::{assert_nothing_left, virtual_and_recorded};
use glassloop::{
    EventLoop, all_tasks, create_task, current_task, ensure_future, get_event_loop, sleep,
    yield_now,
};
use many::{MS, OnDrop, in_any_order, panic_of};

/// What `ensure_future` gives to a thread's own loop is known by this.
fn tasks_of_own_loop() -> usize {
    get_event_loop().counters().tasks
}

#[test]
fn a_future_is_ensured_before_any_loop_runs_and_runs_with_the_threads_own() {
    let ran = Rc::new(Cell::new(false));
    let runs = ran.clone();
    let task = ensure_future(async move {
        runs.set(true);
        sleep(MS).await;
        "done"
    });
    assert_eq!((ran.get(), task.done(), tasks_of_own_loop()), (false, false, 1));
    let event_loop = get_event_loop();
    assert_eq!(event_loop.run_until_complete(task).unwrap(), "done");
    assert_nothing_left(&event_loop);
    event_loop.close();
}

#[test]
fn get_event_loop_is_the_same_loop_each_time_also_when_it_is_closed() {
    let task = get_event_loop().create_task(async { 1 });
    assert_eq!(get_event_loop().run_until_complete(task).unwrap(), 1);
    get_event_loop().close();
    assert!(get_event_loop().is_closed());
    let closed = "event loop is closed";
    assert_eq!(panic_of(|| drop(ensure_future(async {}))), closed);
    assert_eq!(panic_of(|| get_event_loop().run_until_complete(async {})), closed);
    get_event_loop().close();
}

#[test]
fn each_thread_has_a_loop_of_its_own() {
    drop(ensure_future(pending::<()>()));
    let other = thread::spawn(|| {
        let before = tasks_of_own_loop();
        drop(ensure_future(pending::<()>()));
        (before, tasks_of_own_loop())
    });
    assert_eq!(other.join().unwrap(), (0, 1));
    assert_eq!(tasks_of_own_loop(), 1);
}

#[test]
fn inside_of_a_running_loop_that_one_is_meant() {
    drop(ensure_future(pending::<()>()));
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        assert!(get_event_loop().is_running());
        assert_eq!(ensure_future(async { 2 }).await.unwrap(), 2);
        drop(get_event_loop().create_task(async {}));
        yield_now().await;
    });
    assert_eq!(lines.take_only(&["create"]), ["create 1 by 0", "create 2 by 0"]);
    assert_eq!(tasks_of_own_loop(), 1, "the thread's own loop has got no more");
    glassloop::run(async { assert_eq!(tasks_of_own_loop(), 1, "the main future") });
}

#[test]
fn inside_of_a_loop_that_closes_that_one_is_meant_too() {
    let (event_loop, lines) = virtual_and_recorded();
    let (made, closed) = (Rc::new(RefCell::new(None)), Rc::new(RefCell::new(None)));
    let (makes, closes) = (made.clone(), closed.clone());
    let guard = OnDrop(move || {
        closes.replace(Some(get_event_loop()));
        makes.replace(Some(ensure_future(async { unreachable!("polled") as u8 })));
    });
    drop(event_loop.create_task(async move {
        let _guard = guard;
        pending::<()>().await;
    }));
    event_loop.run_until_complete(sleep(MS));
    drop(event_loop); // its last handle
    assert!(made.take().unwrap().cancelled(), "it went to another loop");
    assert!(closed.take().unwrap().is_closed());
    assert_eq!(lines.take_only(&["create 2 by 1", "drop"]), ["drop 1", "create 2 by 1", "drop 2"]);
    assert_eq!(tasks_of_own_loop(), 0);
}

#[test]
fn the_loop_of_a_thread_closes_with_the_thread() {
    let (closed, dropped) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let guard = OnDrop(move || closed.send(ensure_future(async {}).done()).unwrap());
        drop(ensure_future(async move {
            let _guard = guard;
            pending::<()>().await;
        }));
        get_event_loop().run_until_complete(yield_now());
    });
    assert_eq!(dropped.recv(), Ok(false), "the destructor ran and could make a task");
}

#[test]
fn a_loop_runs_several_times_and_tasks_go_on_where_they_were() {
    let (event_loop, _lines) = virtual_and_recorded();
    let steps = Rc::new(Cell::new(0));
    let counted = steps.clone();
    let task = event_loop.create_task(async move {
        for step in 1..=3 {
            counted.set(step);
            sleep(MS).await;
        }
    });
    assert_eq!(steps.get(), 0);
    event_loop.run_until_complete(yield_now());
    for step in 1..=3 {
        assert_eq!(steps.get(), step);
        event_loop.run_until_complete(sleep(MS));
    }
    event_loop.run_until_complete(task).unwrap();
    assert_eq!(event_loop.time(), MS * 3);
    assert_nothing_left(&event_loop);
}

#[test]
fn current_task_is_the_task_in_which_it_is_asked_for() {
    in_any_order(|| async {
        let main = current_task().unwrap();
        assert_eq!((&*main.name(), main.cancel()), ("main", false));
        assert_eq!(format!("{main:?}"), "<Task pending name='main'>");
        let named = create_task(async { (current_task().unwrap().id(), current_task().unwrap()) });
        named.set_name("asks");
        let id = named.id();
        let (own_id, own) = named.await.unwrap();
        assert_eq!((own_id, &*own.name(), own.cancel()), (id, "asks", false));
        assert!(current_task() == Some(main));
    });
}

#[test]
fn there_is_no_current_task_in_a_callback_nor_outside() {
    in_any_order(|| async {
        let seen = Rc::new(RefCell::new(None));
        let sees = seen.clone();
        let task = create_task(async {});
        task.add_done_callback(move |_| drop(sees.replace(Some(current_task()))));
        task.await.unwrap();
        assert!(seen.take().unwrap().is_none());
    });
    assert!(current_task().is_none());
    assert_eq!(panic_of(all_tasks), "all_tasks: no event loop is running on this thread");
}

#[test]
fn a_task_that_drops_its_future_at_its_end_is_still_the_current_one() {
    let (event_loop, _lines) = virtual_and_recorded();
    let seen = Rc::new(RefCell::new(None));
    let sees = seen.clone();
    let guard = OnDrop(move || drop(sees.replace(current_task())));
    let task = event_loop.create_task(async move { drop(guard) });
    let id = task.id();
    event_loop.run_until_complete(task).unwrap();
    assert_eq!(seen.take().unwrap().id(), id);
}

#[test]
fn all_tasks_are_those_that_are_not_done_in_the_order_of_their_making() {
    in_any_order(|| async {
        assert!(all_tasks().is_empty(), "the main future is none");
        let done = create_task(async {});
        let tasks = [1, 2, 3].map(|_| create_task(pending::<()>()));
        done.await.unwrap();
        let ids = || all_tasks().iter().map(|task| task.id()).collect::<Vec<_>>();
        assert_eq!(ids(), tasks.iter().map(|task| task.id()).collect::<Vec<_>>());
        assert!(tasks[1].cancel());
        assert_eq!(ids(), [tasks[0].id(), tasks[2].id()]);
        let asks = create_task(async { all_tasks().len() });
        assert_eq!(asks.await.unwrap(), 3, "itself among them");
        assert!(all_tasks().iter().all(|task| task.cancel()));
        assert!(all_tasks().is_empty());
    });
}

#[test]
fn tasks_of_two_loops_are_not_the_same_though_their_ids_are() {
    let loops = [virtual_and_recorded().0, virtual_and_recorded().0];
    let mains = loops.each_ref().map(|event_loop| {
        drop(event_loop.create_task(pending::<()>()));
        event_loop.run_until_complete(async { current_task() })
    });
    let [first, second] = loops.each_ref().map(|event_loop| event_loop.all_tasks().remove(0));
    assert_eq!(first.id(), second.id());
    assert!(first == loops[0].all_tasks()[0] && first != second && mains[0] != mains[1]);
}

#[test]
fn whoever_holds_a_task_that_is_gone_may_still_ask_it() {
    let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
    drop(event_loop.create_task(pending::<()>()));
    let task = event_loop.all_tasks().remove(0);
    drop(event_loop);
    assert_eq!((&*task.name(), task.cancel()), ("Task-1", false));
    assert!(format!("{task:?}").starts_with("<Task cancelled name='Task-1' coro=<"));
}
