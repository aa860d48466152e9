//! How tasks look when they are printed: the exact words, with the lines of this file.

mod common;
mod many;

use std::{
    cell::RefCell,
    fmt::{self, Write},
    future::poll_fn,
    rc::Rc,
    task::Poll,
};

use common::virtual_and_recorded;
use glassloop::{
    EventLoop, Task, all_tasks, as_completed, create_task, current_task, gather, shield, sleep,
    wait, yield_now,
};
use many::{MS, explode};

async fn execute(steps: u32) -> u32 {
    sleep(MS * steps).await;
    steps
}
const SLEEPS: u32 = line!() - 3;

fn callback(_: &Task<u32>) {}

/// `file:line`, as it is printed.
fn at(line: u32) -> String {
    format!("{}:{line}", file!())
}

fn virtual_loop() -> EventLoop {
    virtual_and_recorded().0
}

#[test]
fn a_task_says_its_state_its_name_its_coroutine_and_where_it_was_made() {
    virtual_loop().run(async {
        let (task, made) = (create_task(execute(1)), at(line!()));
        let coroutine = format!("coro=<repr::execute() created at {made}>");
        assert_eq!(format!("{task:?}"), format!("<Task pending name='Task-1' {coroutine}>"));
        yield_now().await;
        let waits = format!("wait_for=<sleep 1ms at {}>", at(SLEEPS));
        assert_eq!(
            format!("{task:?}"),
            format!("<Task pending name='Task-1' {coroutine} {waits}>")
        );
        task.set_name("executor");
        sleep(MS).await;
        let finished = format!("<Task finished name='executor' {coroutine} result=1>");
        assert_eq!(format!("{task:?}"), finished);
    });
}

#[test]
fn a_cancelled_task_a_panicked_one_and_one_whose_result_was_taken_say_so() {
    virtual_loop().run(async {
        let (cancelled, made) = (create_task(execute(1)), at(line!()));
        cancelled.cancel();
        let coroutine = format!("coro=<repr::execute() created at {made}>");
        assert_eq!(format!("{cancelled:?}"), format!("<Task cancelled name='Task-1' {coroutine}>"));

        async fn panics() {
            explode();
        }
        let (panicked, made) = (create_task(panics()), at(line!()));
        yield_now().await;
        let words = format!("{panicked:?}");
        assert!(words.starts_with("<Task finished name='Task-2' coro=<"), "{words}");
        let end = format!("panics() created at {made}> exception=Panicked(\"on purpose\")>");
        assert!(words.ends_with(&end), "{words}");

        let (mut task, made) = (create_task(execute(0)), at(line!()));
        (&mut task).await.unwrap();
        let taken = format!(
            "<Task finished name='Task-3' coro=<repr::execute() created at {made}> result taken>"
        );
        assert_eq!(format!("{task:?}"), taken);
        let (mut task, _) = (create_task(execute(0)), task.cancel());
        task.cancel();
        assert!((&mut task).await.is_err());
        assert!(format!("{task:?}").starts_with("<Task cancelled name='Task-4'"));
    });
}

#[test]
fn a_task_names_its_callbacks_and_the_lines_that_added_them_until_they_have_run() {
    virtual_loop().run(async {
        let (task, made) = (create_task(execute(0)), at(line!()));
        task.add_done_callback(callback);
        let first = at(line!() - 1);
        task.add_done_callback(|_| {});
        let second = at(line!() - 1);
        let name = "a_task_names_its_callbacks_and_the_lines_that_added_them_until_they_have_run()";
        let coroutine = format!("coro=<repr::execute() created at {made}>");
        let callbacks = format!("cb=[callback() at {first}, {name} at {second}]");
        let pending = format!("<Task pending name='Task-1' {coroutine} {callbacks}>");
        assert_eq!(format!("{task:?}"), pending);
        sleep(MS).await;
        let finished = format!("<Task finished name='Task-1' {coroutine} result=0>");
        assert_eq!(format!("{task:?}"), finished);
    });
}

#[test]
fn a_task_without_its_type_looks_the_same_but_for_the_result() {
    virtual_loop().run(async {
        let (task, made) = (create_task(execute(1)), at(line!()));
        let untyped = all_tasks().remove(0);
        assert_eq!(format!("{untyped:?}"), format!("{task:?}"));
        yield_now().await;
        assert_eq!(format!("{untyped:?}"), format!("{task:?}"));
        sleep(MS).await;
        let finished =
            format!("<Task finished name='Task-1' coro=<repr::execute() created at {made}>>");
        assert_eq!(format!("{untyped:?}"), finished);
    });
}

#[test]
fn what_waits_for_several_says_for_what_and_where() {
    virtual_loop().run(async {
        let line = line!();
        let tasks = [
            create_task(async { drop(gather([execute(9)]).return_exceptions().await) }),
            create_task(async { drop(wait([create_task(execute(9))]).await) }),
            create_task(async { assert!(as_completed([execute(9)]).next().await.is_none()) }),
            create_task(async { assert_eq!(shield(execute(9)).await, 0) }),
            create_task(async { drop(create_task(execute(9)).await) }),
        ];
        sleep(MS).await;
        let waits = [
            "the tasks of gather",
            "the tasks of wait",
            "the next of as_completed",
            "task 9",
            "task 10",
        ];
        for ((n, task), waits) in (2..).zip(&tasks).zip(waits) {
            let end = format!(" wait_for=<{waits} at {}>>", at(line + n));
            assert!(format!("{task:?}").ends_with(&end), "{task:?}\n{end}");
        }
        let children = all_tasks().split_off(5);
        for (n, child) in (2..).zip(&children) {
            let made = format!("coro=<repr::execute() created at {}>", at(line + n));
            assert!(format!("{child:?}").contains(&made), "{child:?}\n{made}");
        }
        assert_eq!(children.len(), 5);
    });
}

/// Through a reference it is the standard library that polls, and its line would say nothing.
#[test]
fn what_awaits_a_task_waits_at_its_await_and_through_a_reference_where_the_task_was_made() {
    virtual_loop().run(async {
        let task = create_task(execute(1));
        let (awaits, line) = (create_task(async { task.await.unwrap() }), at(line!()));
        let (mut other, made) = (create_task(execute(1)), at(line!()));
        let refers = create_task(async move { (&mut other).await.unwrap() });
        yield_now().await;
        for (task, waits) in
            [(awaits, format!("<task 1 at {line}>")), (refers, format!("<task 3 at {made}>"))]
        {
            let words = format!("{task:?}");
            assert!(words.ends_with(&format!("wait_for={waits}>")), "{words}");
        }
    });
}

/// It has the other's slot, where the other's note stood.
#[test]
fn a_task_that_was_not_polled_yet_does_not_wait_for_what_the_one_before_it_did() {
    virtual_loop().run(async {
        let before = create_task(sleep(MS));
        yield_now().await;
        assert!(format!("{before:?}").contains("wait_for=<sleep 1ms"));
        before.cancel();
        let words = format!("{:?}", create_task(execute(1)));
        assert!(words.starts_with("<Task pending name='Task-2'"), "{words}");
        assert!(!words.contains("wait_for"), "{words}");
    });
}

#[test]
fn the_task_that_prints_itself_waits_for_nothing() {
    virtual_loop().run(async {
        let prints = create_task(async {
            sleep(MS).await;
            format!("{:?}", current_task().unwrap())
        });
        let words = prints.await.unwrap();
        assert!(words.starts_with("<Task pending name='Task-1'"), "{words}");
        assert!(!words.contains("wait_for"), "{words}");
    });
}

/// Does to a task, while it is printed, all that can be done to it.
struct Meddler(Rc<Task<u32>>);

impl Write for Meddler {
    fn write_str(&mut self, _: &str) -> fmt::Result {
        self.0.add_done_callback(callback);
        self.0.set_name("meddled with");
        drop(self.0.result());
        Ok(())
    }
}

#[test]
fn what_a_task_is_printed_to_may_use_the_task() {
    virtual_loop().run(async {
        let task = Rc::new(create_task(execute(1)));
        for _ in 0..2 {
            write!(Meddler(task.clone()), "{task:?}").unwrap();
            sleep(MS * 2).await;
        }
        task.cancel();
        write!(Meddler(task.clone()), "{task:?}").unwrap();
        sleep(MS).await;
    });
}

/// Uses its own task, while it is printed as its result.
#[derive(Clone, Default)]
struct Result(Rc<RefCell<Option<Rc<Task<Result>>>>>);

impl fmt::Debug for Result {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let task = self.0.borrow().clone().expect("the task is known by now");
        task.add_done_callback(|_| {});
        write!(f, "done: {}, cancel: {}", task.done(), task.cancel())
    }
}

#[test]
fn a_result_may_use_its_task_while_it_is_printed() {
    virtual_loop().run(async {
        let result = Result::default();
        let returned = result.clone();
        let task = Rc::new(create_task(poll_fn(move |_| Poll::Ready(returned.clone()))));
        result.0.replace(Some(task.clone()));
        sleep(MS).await;
        let words = format!("{task:?}");
        assert!(words.ends_with(" result=done: true, cancel: false>"), "{words}");
        sleep(MS).await;
        drop(result.0.take()); // it holds itself
    });
}
