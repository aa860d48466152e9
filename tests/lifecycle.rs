//! The life of a task and of a loop: cancelled before, between and during its polls; run again;
//! closed; misused.

mod common;

use std::{
    cell::{Cell, RefCell},
    future::{pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    task::{Poll, Waker},
    time::Duration,
};

use common::{Lines, Log, assert_nothing_left, virtual_and_recorded};
use glassloop::{Task, create_task, sleep, yield_now};

const MS: Duration = Duration::from_millis(1);

/// Says its words when it is dropped.
struct SaysGoodbye(Log, &'static str);

impl Drop for SaysGoodbye {
    fn drop(&mut self) {
        self.0.say(self.1);
    }
}

/// Runs code when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Which tasks were polled, in order.
fn polled(lines: &Lines) -> Vec<String> {
    let polls = lines.take_only(&["poll "]);
    polls.iter().map(|line| line.split(' ').nth(1).unwrap_or_default().to_owned()).collect()
}

/// The words of the panic that `code` ends in.
fn panic_of(code: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(code)).expect_err("it should have panicked");
    match payload.downcast::<&str>() {
        Ok(words) => words.to_string(),
        Err(payload) => *payload.downcast::<String>().expect("a panic in words"),
    }
}

#[test]
fn a_task_that_is_cancelled_before_its_first_poll_is_never_polled() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let task = create_task(async { unreachable!("polled") });
        assert!(task.cancel());
        assert!(!task.cancel(), "nothing was left to cancel");
        assert!(task.await.unwrap_err().is_cancelled());
    });
    let expected = ["poll 0 #1", "cancel 1 by 0", "ready 0"];
    assert_eq!(lines.take_only(&["poll", "cancel", "ready"]), expected);
}

#[test]
fn cancelling_a_sleeper_takes_its_timer_back_at_once_and_wakes_its_awaiter() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let sleeper = create_task(sleep(Duration::from_secs(3600)));
        drop(create_task(async move {
            sleeper.cancel();
            assert!(sleeper.await.unwrap_err().is_cancelled());
        }));
        yield_now().await;
        assert_eq!(event_loop.counters().timers, 0);
    });
    let expected = ["cancel 1 by 2"];
    assert_eq!(lines.take_only(&["cancel"])[..1], expected);
    assert_eq!(event_loop.time(), Duration::ZERO);
    assert_nothing_left(&event_loop);
}

#[test]
fn a_task_that_another_awaits_is_cancelled_by_a_third() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let victim = Rc::new(RefCell::new(Box::pin(create_task(sleep(MS)))));
        let awaited = victim.clone();
        let awaiter = create_task(poll_fn(move |cx| awaited.borrow_mut().as_mut().poll(cx)));
        yield_now().await;
        lines.take();
        victim.borrow().cancel();
        assert!(awaiter.await.unwrap().unwrap_err().is_cancelled());
    });
    let expected = [
        "cancel 1 by 0",
        "cancel timer 0",
        "wake 2 by task 1",
        "pending 0: task 2",
        "poll 2 #2",
        "retrieve 1",
        "ready 2",
        "wake 0 by task 2",
    ];
    assert_eq!(lines.take()[..8], expected);
}

/// A task with its own handle in hand, which is `Some` once it is polled.
fn with_own_handle<F: Future<Output = ()> + 'static>(
    body: impl FnOnce(Rc<RefCell<Option<Task<()>>>>) -> F,
) -> Rc<RefCell<Option<Task<()>>>> {
    let own = Rc::new(RefCell::new(None));
    let task = create_task(body(own.clone()));
    own.replace(Some(task));
    own
}

#[test]
fn a_task_that_cancels_itself_goes_on_to_its_next_await_and_is_dropped_there() {
    let (event_loop, lines) = virtual_and_recorded();
    let log = Log::default();
    event_loop.run_until_complete(async {
        let words = log.clone();
        let own = with_own_handle(|own| async move {
            let _goodbye = SaysGoodbye(words.clone(), "dropped");
            assert!(own.borrow().as_ref().unwrap().cancel());
            words.say("goes on");
            yield_now().await;
            words.say("not reached");
        });
        yield_now().await;
        assert!(own.take().unwrap().cancelled());
    });
    assert_eq!(log.take(), ["goes on", "dropped"]);
    assert_eq!(lines.take_only(&["cancel"]), ["cancel 1 by 1", "cancelled 1"]);
}

#[test]
fn a_task_that_cancels_itself_and_is_ready_is_cancelled_and_one_that_panics_has_panicked() {
    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let cancel = |own: &Rc<RefCell<Option<Task<()>>>>| {
            assert!(own.borrow().as_ref().unwrap().cancel());
        };
        let ready = with_own_handle(move |own| async move { cancel(&own) });
        let panics = with_own_handle(move |own| async move {
            cancel(&own);
            panic!("at the last moment");
        });
        yield_now().await;
        assert!(ready.take().unwrap().await.unwrap_err().is_cancelled());
        let error = panics.take().unwrap().await.unwrap_err();
        assert_eq!(error.panic_message(), Some("at the last moment"));
    });
}

#[test]
fn closing_cancels_what_destructors_create_too() {
    let (event_loop, lines) = virtual_and_recorded();
    let log = Log::default();
    let (inner, outer) = (log.clone(), log.clone());
    let handle = Rc::new(RefCell::new(None));
    let created = handle.clone();
    let creates = OnDrop(move || {
        let goodbye = SaysGoodbye(inner.clone(), "created while closing");
        created.replace(Some(create_task(async move {
            let _goodbye = goodbye;
            unreachable!("polled while closing");
        })));
    });
    drop(event_loop.create_task(async move {
        let _held = (creates, SaysGoodbye(outer, "there before"));
        pending::<()>().await;
    }));
    event_loop.run_until_complete(yield_now());
    lines.take();
    event_loop.close();
    assert_eq!(log.take(), ["there before", "created while closing"]);
    assert_eq!(lines.take(), ["drop 1", "create 2 by 1", "drop 2"]);
    assert!(handle.take().is_some_and(|task: Task<()>| task.cancelled()));
    assert!(event_loop.is_closed());
    assert_nothing_left(&event_loop);
    event_loop.close();
}

/// Counts its drop, and then creates a task that holds the next of its kind.
fn chain(length: u32, drops: Rc<Cell<u32>>) -> OnDrop<Box<dyn FnMut()>> {
    OnDrop(Box::new(move || {
        drops.set(drops.get() + 1);
        if length > 1 {
            let next = chain(length - 1, drops.clone());
            drop(create_task(async move {
                let _next = next;
                pending::<()>().await;
            }));
        }
    }))
}

#[test]
fn closing_goes_on_until_destructors_create_nothing_more() {
    let (event_loop, _lines) = virtual_and_recorded();
    let drops = Rc::new(Cell::new(0));
    let first = chain(10, drops.clone());
    drop(event_loop.create_task(async move { drop(first) }));
    event_loop.close();
    assert_eq!(drops.get(), 10);
    assert_nothing_left(&event_loop);
}

#[test]
fn misuse_is_a_panic_in_clear_words() {
    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let running = "an event loop is already running on this thread: await the future instead";
        assert_eq!(panic_of(|| event_loop.run_until_complete(async {})), running);
        assert_eq!(panic_of(|| glassloop::run(async {})), running);
        assert_eq!(panic_of(|| event_loop.close()), "cannot close a running event loop");
    });
    event_loop.run_until_complete(async {}); // none of that has done harm

    let outside = "create_task: no event loop is running on this thread; \
                   use EventLoop::create_task, or call this from inside one";
    assert_eq!(panic_of(|| drop(create_task(async {}))), outside);

    event_loop.close();
    assert_eq!(panic_of(|| event_loop.run_until_complete(async {})), "event loop is closed");
    assert_eq!(panic_of(|| drop(event_loop.create_task(async {}))), "event loop is closed");
}

#[test]
fn a_loop_that_is_run_again_goes_on_with_the_tasks_that_are_left() {
    let (event_loop, lines) = virtual_and_recorded();
    let task = event_loop.create_task(async {
        sleep(MS * 2).await;
        "from the first run"
    });
    event_loop.run_until_complete(sleep(MS));
    assert!(!task.done());
    lines.take();
    assert_eq!(event_loop.run_until_complete(task).unwrap(), "from the first run");
    assert_eq!(polled(&lines), ["2", "1", "2"]);
    assert_eq!(event_loop.time(), MS * 2);
}

#[test]
fn what_the_destructor_of_a_result_wakes_is_woken_by_the_task_also_after_its_callbacks() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let waker = Rc::new(RefCell::new(None::<Waker>));
        let seat = waker.clone();
        let woken = create_task(poll_fn(move |context| {
            match seat.replace(Some(context.waker().clone())) {
                None => Poll::Pending,
                Some(_) => Poll::Ready(()),
            }
        }));
        yield_now().await;
        let task = create_task(async move {
            OnDrop(move || waker.borrow().as_ref().expect("it waits").wake_by_ref())
        });
        task.add_done_callback(|_| {});
        drop(task);
        woken.await.unwrap();
    });
    assert_eq!(lines.take_only(&["wake 1"]), ["wake 1 by task 2"]);
    assert_nothing_left(&event_loop);
}
