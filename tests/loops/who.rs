//! Who am I: in the destructors of a task that is cancelled, it is the current one, whoever cancels it; what they do is
//! told as its doing.

use std::{future::poll_fn, pin::Pin};

use glassloop::{Task, TaskGroup, gather, task_group, timeout};

use super::{
    common::{CountingWaker, Lines, poll_with},
    *,
};

/// Who is asked, one after the other: the numbers of the current tasks, `None` where there was none.
#[derive(Clone, Default)]
struct Asked(Rc<RefCell<Vec<Option<u64>>>>);

impl Asked {
    fn ask(&self) {
        self.0.borrow_mut().push(current_task().map(|task| task.id().0));
    }

    /// Asks when it is dropped, makes a task there, and cancels that.
    fn when_dropped(&self) -> OnDrop<impl FnMut() + use<>> {
        let asked = self.clone();
        OnDrop(move || {
            asked.ask();
            assert!(create_task(pending::<()>()).cancel());
            asked.ask();
        })
    }

    /// Never ends; asks when it is dropped.
    fn sleeper(&self) -> impl Future<Output = ()> + use<> {
        let guard = self.when_dropped();
        async move {
            let _guard = guard;
            pending().await
        }
    }

    /// The same, for a group.
    fn child(&self) -> impl Future<Output = Result<(), ()>> + use<> {
        let sleeper = self.sleeper();
        async move {
            sleeper.await;
            Ok(())
        }
    }

    fn take(&self) -> Vec<Option<u64>> {
        self.0.take()
    }
}

/// What was made, cancelled and dropped by whom.
fn doings(lines: &Lines) -> Vec<String> {
    lines.take_only(&["create", "cancel", "drop"])
}

#[test]
fn it_is_the_cancelled_task_that_runs_its_destructors_and_then_the_canceller_again() {
    let (event_loop, lines) = virtual_and_recorded();
    let asked = Asked::default();
    event_loop.run_until_complete(async {
        let task = create_task(asked.sleeper());
        yield_now().await;
        task.cancel();
        asked.ask();
        drop(create_task(async {}));
    });
    assert_eq!(asked.take(), [Some(1), Some(1), Some(0)]);
    let by_whom = ["create 1 by 0", "cancel 1 by 0", "create 2 by 1", "cancel 2 by 1"];
    assert_eq!(doings(&lines), [&by_whom[..], &["create 3 by 0"]].concat());
    event_loop.run_until_complete(yield_now());
    assert_nothing_left(&event_loop);
}

#[test]
fn one_that_is_cancelled_by_the_destructor_of_another_is_the_one_that_runs_meanwhile() {
    let (event_loop, lines) = virtual_and_recorded();
    let asked = Asked::default();
    event_loop.run_until_complete(async {
        let inner = create_task(asked.sleeper());
        let asks = asked.clone();
        let guard = OnDrop(move || {
            asks.ask();
            inner.cancel();
            asks.ask();
            panic!("on purpose"); // that changes nothing
        });
        let outer = create_task(async move {
            let _guard = guard;
            pending::<()>().await
        });
        yield_now().await;
        outer.cancel();
        asked.ask();
    });
    let [main, inner, outer] = [0, 1, 2].map(Some);
    assert_eq!(asked.take(), [outer, inner, inner, outer, main]);
    assert_eq!(
        doings(&lines)[2..],
        ["cancel 2 by 0", "cancel 1 by 2", "create 3 by 1", "cancel 3 by 1"]
    );
}

#[test]
fn a_task_that_is_cancelled_between_two_runs_is_the_current_one_in_its_destructors() {
    let (event_loop, lines) = virtual_and_recorded();
    let asked = Asked::default();
    let task = event_loop.create_task(asked.sleeper());
    event_loop.run_until_complete(yield_now());
    lines.take();
    task.cancel();
    asked.ask();
    assert_eq!(asked.take(), [Some(1), Some(1), None]);
    assert_eq!(doings(&lines), ["cancel 1", "create 2 by 1", "cancel 2 by 1"]);
    assert_nothing_left(&event_loop);
}

#[test]
fn a_task_that_is_dropped_by_a_closing_loop_is_the_current_one_in_its_destructors() {
    let (event_loop, lines) = virtual_and_recorded();
    let asked = Asked::default();
    for _ in 0..2 {
        drop(event_loop.create_task(asked.sleeper()));
    }
    event_loop.run_until_complete(yield_now());
    lines.take();
    event_loop.close();
    assert_eq!(asked.take(), [1, 1, 2, 2].map(Some));
    let first = ["drop 1", "create 3 by 1", "cancel 3 by 1"];
    assert_eq!(
        doings(&lines),
        [&first[..], &["drop 2", "create 4 by 2", "cancel 4 by 2"]].concat()
    );
    assert_nothing_left(&event_loop);
}

#[test]
fn a_task_that_cancels_itself_is_the_current_one_in_its_destructors() {
    let (event_loop, lines) = virtual_and_recorded();
    let asked = Asked::default();
    event_loop.run_until_complete(async {
        let (own, guard, asks) =
            (Rc::new(RefCell::new(None::<Task<()>>)), asked.when_dropped(), asked.clone());
        let itself = own.clone();
        let task = create_task(async move {
            let _guard = guard;
            itself.borrow().as_ref().unwrap().cancel();
            asks.ask();
            pending().await
        });
        own.replace(Some(task));
        yield_now().await;
        asked.ask();
    });
    assert_eq!(asked.take(), [Some(1), Some(1), Some(1), Some(0)]);
    assert_eq!(
        doings(&lines)[1..],
        ["cancel 1 by 1", "create 2 by 1", "cancel 2 by 1", "cancelled 1"]
    );
    assert_nothing_left(&event_loop);
}

/// The owner of what has children is dropped where it waits: by a timeout, which is no task.
#[test]
fn children_that_go_with_a_timeout_around_their_owner_are_the_current_ones_in_their_destructors() {
    let (event_loop, _lines) = virtual_and_recorded();
    let asked = Asked::default();
    event_loop.run_until_complete(async {
        assert!(timeout(MS, gather([asked.sleeper()]).return_exceptions()).await.is_err());
        asked.ask();
        let group = TaskGroup::<(), ()>::new();
        group.create_task(asked.child());
        yield_now().await;
        drop(group);
        let scope = task_group(async |group| {
            group.create_task(asked.child());
            yield_now().await;
            Err::<(), ()>(())
        });
        assert!(scope.await.is_err());
        asked.ask();
        assert!(timeout(MS, asked.sleeper()).await.is_err()); // no task of its own
    });
    let ids = [1, 1, 0, 3, 3, 5, 5, 0, 0, 0];
    assert_eq!(asked.take(), ids.map(Some));
    event_loop.close();
    assert_nothing_left(&event_loop);
}

#[test]
fn a_task_of_another_loop_that_is_cancelled_is_the_current_one_there_and_nobody_here() {
    let [(here, ours), (there, lines)] = [virtual_and_recorded(), virtual_and_recorded()];
    let asked = Asked::default();
    let task = there.create_task(asked.sleeper());
    there.run_until_complete(yield_now());
    lines.take();
    here.run_until_complete(async {
        task.cancel();
        asked.ask();
        create_task(async {}).await.unwrap();
    });
    assert_eq!(asked.take(), [Some(1), Some(1), Some(0)]);
    assert_eq!(doings(&lines), ["cancel 1", "create 2 by 1", "cancel 2 by 1"]);
    assert_eq!(doings(&ours), ["create 1 by 0"]);
}

#[test]
fn there_is_no_current_task_in_the_callbacks_of_one_that_was_cancelled() {
    let (event_loop, lines) = virtual_and_recorded();
    let asked = Asked::default();
    let add = |task: &Task<()>| {
        let asks = asked.clone();
        task.add_done_callback(move |_| asks.ask());
    };
    let [cancelled, dropped] = [(), ()].map(|()| event_loop.create_task(pending::<()>()));
    [&cancelled, &dropped].into_iter().for_each(add);
    event_loop.run_until_complete(async {
        cancelled.cancel();
        yield_now().await;
    });
    event_loop.close();
    assert_eq!(asked.take(), [None, None]);
    assert_eq!(lines.take_only(&["callbacks"]), ["callbacks 1, 1 run", "callbacks 2, 1 run"]);
}

/// A destructor may poll something by hand: what it waits for is not what the canceller waits for.
#[test]
fn what_a_destructor_polls_is_not_said_to_be_what_the_canceller_waits_for() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let guard = OnDrop(|| {
            let (_, waker) = CountingWaker::new();
            assert!(poll_with(&mut sleep(MS), &waker).is_pending());
        });
        let task = create_task(async move {
            let _guard = guard;
            pending::<()>().await
        });
        yield_now().await;
        let mut nap = sleep(MS * 7);
        poll_fn(|context| {
            let polled = Pin::new(&mut nap).poll(context);
            task.cancel(); // after it has said what it waits for
            polled
        })
        .await;
    });
    assert_eq!(
        lines.take_only(&["pending 0"]),
        ["pending 0: its next turn", "pending 0: sleep 7ms"]
    );
}

#[test]
fn the_main_future_is_the_current_one_in_its_destructors_too() {
    let (event_loop, lines) = virtual_and_recorded();
    let asked = Asked::default();
    let guard = asked.when_dropped();
    event_loop.run_until_complete(poll_fn(move |_| {
        let _guard = &guard;
        std::task::Poll::Ready(())
    }));
    asked.ask();
    assert_eq!(asked.take(), [Some(0), Some(0), None]);
    assert_eq!(doings(&lines), ["create 1 by 0", "cancel 1 by 0"]);
    assert_nothing_left(&event_loop);
}
