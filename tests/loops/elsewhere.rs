//! A task of another loop: that one does not run while this one does, so to wait for it would be to wait for ever.

use std::{future::poll_fn, pin::Pin};

use glassloop::{Task, TaskGroup, as_completed, gather, shield, task_group, timeout, wait};

use super::{common::poll_with, *};

const MISTAKE: &str = "task 1 belongs to another event loop than the one that runs: await it there";

/// A loop, and a task of it that sleeps.
fn elsewhere() -> (EventLoop, Task<u8>) {
    let (event_loop, _lines) = virtual_and_recorded();
    let task = event_loop.create_task(async {
        sleep(MS).await;
        7
    });
    event_loop.run_until_complete(yield_now());
    (event_loop, task)
}

/// What waits for a pending task of another loop is told so, wherever it does; and that task goes on as if nobody had.
#[track_caller]
fn is_refused<F: Future>(waits: impl Fn(Task<u8>) -> F) {
    let ((there, task), (here, _lines)) = (elsewhere(), virtual_and_recorded());
    assert_eq!(panic_of(|| here.run_until_complete(waits(task))), MISTAKE);
    here.run_until_complete(sleep(MS));
    assert_nothing_left(&here);
    there.run_until_complete(sleep(MS * 2));
    assert_nothing_left(&there);
    assert_eq!(there.counters().polls, 2 + 1 + 2 + 1, "nobody else was woken");
}

#[test]
fn a_pending_task_of_another_loop_that_is_awaited_is_a_panic_that_names_the_mistake() {
    is_refused(|task| task);
    is_refused(async |task| task.await);
    is_refused(|task| wait([task]));
    is_refused(|task| wait([task]).timeout(MS));
    is_refused(|task| timeout(MS, task));
    is_refused(|task| gather([task]));
    is_refused(|task| gather([task]).return_exceptions());
    is_refused(async |task| as_completed([task]).next().await);
    is_refused(shield);
    is_refused(async |task| gather([shield(task)]).return_exceptions().await);
}

#[test]
fn in_a_task_the_mistake_is_that_tasks_panic_and_nobody_elses() {
    let ((_there, task), (here, _lines)) = (elsewhere(), virtual_and_recorded());
    let waits = here.create_task(task);
    let error = here.run_until_complete(waits).unwrap_err();
    assert_eq!(error.panic_message(), Some(MISTAKE));
    assert_nothing_left(&here);
}

#[test]
fn a_pending_task_that_is_polled_outside_of_any_loop_names_the_mistake_too() {
    let (there, mut task) = elsewhere();
    let (count, waker) = common::CountingWaker::new();
    assert_eq!(panic_of(|| poll_with(&mut task, &waker)), MISTAKE);
    assert_eq!(there.run_until_complete(task).unwrap(), 7, "where it belongs");
    assert_eq!(count.wakes(), 0);
}

/// It is done, and is not over: its callbacks see the result first, and they run there.
#[test]
fn a_task_whose_callbacks_have_yet_to_run_in_another_loop_is_pending_still() {
    let ((there, task), (here, _lines)) = (elsewhere(), virtual_and_recorded());
    there.run_until_complete(sleep(MS * 2));
    let called = Rc::new(Cell::new(false));
    let tells = called.clone();
    task.add_done_callback(move |_| tells.set(true));
    assert!(task.done() && !called.get());
    let task = Rc::new(RefCell::new(task));
    let waits = task.clone();
    let awaited = poll_fn(move |context| Pin::new(&mut *waits.borrow_mut()).poll(context));
    assert_eq!(panic_of(|| here.run_until_complete(awaited)), MISTAKE);
    there.run_until_complete(yield_now());
    assert!(called.get());
    let task = Rc::into_inner(task).unwrap().into_inner();
    assert_eq!(here.run_until_complete(task).unwrap(), 7);
}

#[test]
fn a_finished_task_gives_its_result_anywhere() {
    let finished: Vec<_> = (0..7).map(|_| elsewhere()).collect();
    for (there, _) in &finished[1..] {
        there.run_until_complete(sleep(MS * 2));
    }
    let (_loops, mut tasks): (Vec<_>, Vec<_>) = finished.into_iter().unzip();
    let (here, _lines) = virtual_and_recorded();
    let (_, waker) = common::CountingWaker::new();
    assert!(poll_with(&mut tasks.pop().unwrap(), &waker).is_ready());
    here.run_until_complete(async {
        let mut next = || tasks.pop().unwrap();
        assert_eq!(next().await.unwrap(), 7);
        assert_eq!(wait([next()]).await.0.len(), 1);
        assert_eq!(gather([next()]).await.unwrap(), [7]);
        assert_eq!(as_completed([next()]).next().await.unwrap().unwrap(), 7);
        assert_eq!(shield(next()).await.unwrap(), 7);
        let cancelled = next();
        cancelled.cancel();
        assert!(cancelled.await.unwrap_err().is_cancelled());
    });
    assert_nothing_left(&here);
}

type Group = TaskGroup<u8, ()>;

/// A group, one of whose tasks is done, and one not.
fn group_elsewhere() -> (EventLoop, Group) {
    let ((there, _lines), group) = (virtual_and_recorded(), Group::new());
    there.run_until_complete(async {
        group.create_task(async { Ok(6) });
        group.create_task(async {
            sleep(MS).await;
            Ok(7)
        });
        yield_now().await;
        yield_now().await;
    });
    (there, group)
}

#[test]
fn a_group_with_a_pending_task_of_another_loop_names_the_mistake_too() {
    let mistake = MISTAKE.replace("task 1", "task 2");
    let ((there, group), (here, _lines)) = (group_elsewhere(), virtual_and_recorded());
    assert_eq!(panic_of(|| here.run_until_complete(group.wait())), mistake);
    assert_eq!(there.run_until_complete(group.wait()).unwrap(), [6, 7]);

    let ((there, group), (here, _lines)) = (group_elsewhere(), virtual_and_recorded());
    there.run_until_complete(sleep(MS * 2));
    assert_eq!(here.run_until_complete(group.wait()).unwrap(), [6, 7], "all are finished");
}

#[test]
fn a_scope_that_is_moved_to_another_loop_while_a_task_of_it_is_pending_names_the_mistake_too() {
    let [(there, _), (here, _)] = [virtual_and_recorded(), virtual_and_recorded()];
    let mut scope = task_group(async |group: Group| {
        drop(group.create_task(pending()));
        Ok(())
    });
    assert!(there.run_until_complete(timeout(MS, &mut scope)).is_err());
    assert_eq!(panic_of(|| here.run_until_complete(&mut scope)), MISTAKE);
    drop(scope);
    there.run_until_complete(yield_now());
    assert_nothing_left(&there);
}
