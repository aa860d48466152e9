//! Deadlock: where nothing is left that could wake a task, the run ends with a panic that says who waits for
//! what. And where anything is left that could, it never does.

mod common;
#[path = "deadlock/races.rs"]
mod races;

use std::{
    cell::RefCell,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    rc::Rc,
    sync::{Arc, mpsc},
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use common::{assert_nothing_left, kept};
use glassloop::{
    EventLoop, Task, create_task, gather, get_event_loop,
    net::TcpListener,
    sleep,
    sync::{Event, Lock, Queue, oneshot},
    timeout, to_thread,
    trace::{Record, What},
    views::{lint, tree},
    yield_now,
};

const MS: Duration = Duration::from_millis(1);

fn unwatched() -> EventLoop {
    EventLoop::builder().unwatched().build().unwrap()
}

/// With what the run ends.
fn end_of<F: Future>(event_loop: &EventLoop, main: F) -> String {
    let run = AssertUnwindSafe(|| event_loop.run_until_complete(main));
    let Err(payload) = catch_unwind(run) else { panic!("the run came to a good end") };
    payload.downcast_ref::<String>().expect("the panic has a message").clone()
}

/// This run ends with a deadlock of so many tasks, after which the loop can be used and holds nothing.
/// Returns what the panic says below its first line.
#[track_caller]
fn assert_deadlock<F: Future>(tasks: usize, main: F) -> String {
    let event_loop = unwatched();
    let message = end_of(&event_loop, main);
    let (first, rest) = message.split_once('\n').expect("it has several lines");
    match tasks {
        1 => assert_eq!(first, "deadlock: the only task waits and nothing can wake it"),
        _ => {
            assert_eq!(first, format!("deadlock: all {tasks} tasks wait and nothing can wake them"))
        }
    }
    assert_eq!(event_loop.run_until_complete(async { sleep(MS).await }), ());
    event_loop.close();
    assert_nothing_left(&event_loop);
    rest.to_string()
}

type Shared = Rc<RefCell<Option<Task<()>>>>;

async fn awaits(shared: Shared) {
    let task = shared.take().expect("somebody has left a handle here");
    let _ = task.await;
}

/// Two tasks, each of which has the handle of the other and awaits it.
fn make_a_circle() {
    let (for_first, for_second) = (Shared::default(), Shared::default());
    let first = create_task(awaits(for_first.clone()));
    for_first.replace(Some(create_task(awaits(for_second.clone()))));
    for_second.replace(Some(first));
}

#[test]
fn tasks_that_await_each_other_are_a_cycle_that_is_named() {
    let (event_loop, records) = kept(EventLoop::builder().virtual_time());
    let message = end_of(&event_loop, async {
        make_a_circle();
        Event::new().wait().await;
    });
    event_loop.close();
    let records = records.borrow();
    let end = records.iter().position(|it| matches!(it.what, What::Deadlocked { .. })).unwrap();
    let drawn = tree(&records[..=end]);
    let without_line = |line: &str| line.split(" at ").next().unwrap_or_default().to_string();
    let expected = [
        "0 \"main\" waits for Event.wait, for 0 ns so far",
        "├─ 1 \"awaits\" waits for task 2, for 0 ns so far",
        "└─ 2 \"awaits\" waits for task 1, for 0 ns so far",
        "cycle: task 1 waits for task 2, which waits for task 1",
    ];
    assert_eq!(drawn.lines().map(without_line).collect::<Vec<_>>(), expected);
    let all = "deadlock: all 3 tasks wait and nothing can wake them";
    assert_eq!(lint(&records), [format!("{all}: task 1 waits for task 2, which waits for task 1")]);
    if cfg!(debug_assertions) {
        assert_eq!(message, format!("{all}\n{drawn}"));
    }
}

#[test]
fn where_nobody_keeps_account_the_message_still_says_who_waits_for_what_at_which_line() {
    let line = line!() + 2;
    let rest = assert_deadlock(2, async {
        let task = create_task(async { Event::new().wait().await });
        task.await
    });
    let lines: Vec<_> = rest.lines().collect();
    assert_eq!(lines[0], format!("main waits for task 1 at {}:{}", file!(), line + 1));
    assert!(lines[1].starts_with("<Task pending name='Task-1'"), "{rest}");
    assert!(lines[1].ends_with(&format!("wait_for=<Event.wait at {}:{line}>>", file!())), "{rest}");
}

#[test]
fn an_event_that_is_never_set() {
    assert!(
        assert_deadlock(1, async { Event::new().wait().await })
            .contains("main waits for Event.wait")
    );
}

#[test]
fn a_lock_that_is_never_released() {
    assert_deadlock(1, async {
        let lock = Lock::new();
        let _guard = lock.acquire().await;
        drop(lock.acquire().await);
    });
}

#[test]
fn a_queue_into_which_nobody_puts() {
    let queue = Queue::<()>::new(0);
    assert_deadlock(1, async { queue.get().await });
}

#[test]
fn a_oneshot_whose_sender_is_with_the_one_who_waits() {
    assert_deadlock(1, async {
        let (_sender, receiver) = oneshot::<()>();
        receiver.await
    });
}

#[test]
fn a_gather_of_tasks_none_of_which_can_go_on() {
    let event = Event::new();
    assert_deadlock(3, async {
        let wait = |event: Event| async move { event.wait().await };
        gather([wait(event.clone()), wait(event.clone())]).return_exceptions().await
    });
}

#[test]
fn a_future_that_leaves_its_waker_with_nobody() {
    let event_loop = unwatched();
    let message = end_of(&event_loop, poll_fn(|_| Poll::<()>::Pending));
    assert_eq!(message, "deadlock: the only task waits and nothing can wake it\n");
}

#[test]
fn it_is_noticed_only_when_the_last_timer_has_gone_off() {
    for builder in [EventLoop::builder(), EventLoop::builder().virtual_time()] {
        let event_loop = builder.unwatched().build().unwrap();
        event_loop.run_until_complete(async {
            let event = Event::new();
            let set = create_task({
                let event = event.clone();
                async move {
                    sleep(MS).await;
                    event.set();
                }
            });
            event.wait().await;
            set.await.unwrap();
            assert!(timeout(MS, Event::new().wait()).await.is_err());
        });
        assert!(end_of(&event_loop, Event::new().wait()).starts_with("deadlock: the only task"));
    }
}

#[test]
fn a_socket_that_is_waited_for_may_still_be_ready() {
    unwatched().run(async {
        let listener = TcpListener::bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let peer = thread::spawn(move || std::net::TcpStream::connect(address).unwrap());
        listener.accept().await.unwrap();
        peer.join().unwrap();
    });
}

/// Runs this program, which must end in a deadlock, but not before `heard` was told that the loop sleeps:
/// what a thread does then has to rouse the loop.
fn deadlock_after<F: Future>(heard: mpsc::Sender<()>, main: F) -> String {
    let parked = move |record: &Record| {
        if let What::Parked { .. } = record.what {
            let _ = heard.send(());
        }
    };
    let event_loop = EventLoop::builder().unwatched().observer(parked).build().unwrap();
    end_of(&event_loop, main)
}

#[test]
fn the_last_job_leaves_a_loop_without_hope_when_nobody_waits_for_it_any_more() {
    let (open, gate) = mpsc::channel();
    let (begin, has_begun) = mpsc::channel();
    let (over, is_over) = mpsc::channel();
    let message = deadlock_after(open, async {
        let mut job = Box::pin(to_thread(move || {
            begin.send(()).unwrap();
            gate.recv().unwrap();
            over.send(()).unwrap();
        }));
        let polled = poll_fn(|context| Poll::Ready(job.as_mut().poll(context))).await;
        assert!(polled.is_pending());
        has_begun.recv().unwrap(); // or it would be withdrawn
        drop(job);
        Event::new().wait().await;
    });
    assert!(message.starts_with("deadlock: the only task"), "{message}");
    assert_eq!(is_over.try_recv(), Ok(()), "not before the job is over");
}

#[test]
fn a_handle_on_another_thread_keeps_hope_until_the_last_is_dropped() {
    let (let_go, wait) = mpsc::channel();
    let (dropped, is_dropped) = mpsc::channel();
    let message = deadlock_after(let_go, async {
        let handle = get_event_loop().handle();
        thread::spawn(move || {
            let other = handle.clone();
            drop(handle);
            wait.recv().unwrap();
            dropped.send(()).unwrap();
            drop(other);
        });
        Event::new().wait().await;
    });
    assert!(message.starts_with("deadlock: the only task"), "{message}");
    assert_eq!(is_dropped.try_recv(), Ok(()), "not before the handle is dropped");
}

#[test]
fn a_run_may_follow_another_while_tasks_wait() {
    let event_loop = unwatched();
    let event = Event::new();
    let waits = event_loop.create_task({
        let event = event.clone();
        async move { event.wait().await }
    });
    event_loop.run_until_complete(yield_now());
    assert!(end_of(&event_loop, Event::new().wait()).starts_with("deadlock: all 2 tasks"));
    event_loop.run_until_complete(async { event.set() });
    event_loop.run_until_complete(waits).unwrap();
}

#[test]
fn a_task_of_one_loop_may_be_woken_by_another_loop_of_this_thread() {
    let (one, other) = (unwatched(), unwatched());
    let event = Event::new();
    let waits = one.create_task({
        let event = event.clone();
        async move { event.wait().await }
    });
    one.run_until_complete(yield_now());
    other.run_until_complete(async { event.set() });
    one.run_until_complete(waits).unwrap();
}

/// A waker of one's own, as a hand-written `join` or another crate's combinator has them.
struct Wrapped(Waker);

impl Wake for Wrapped {
    fn wake(self: Arc<Self>) {
        self.0.wake_by_ref();
    }
}

#[test]
fn a_waker_in_a_wrapper_may_be_called_from_anywhere() {
    let (wakers, from_loop) = mpsc::channel::<Waker>();
    let thread = thread::spawn(move || from_loop.recv().unwrap().wake());
    unwatched().run(async {
        let event = Event::new();
        let mut wait = pin!(event.wait());
        let mut sent = false;
        poll_fn(|context| {
            let wrapped = Waker::from(Arc::new(Wrapped(context.waker().clone())));
            assert!(wait.as_mut().poll(&mut Context::from_waker(&wrapped)).is_pending());
            match std::mem::replace(&mut sent, true) {
                true => Poll::Ready(()),
                false => {
                    wakers.send(wrapped).unwrap();
                    Poll::Pending
                }
            }
        })
        .await;
    });
    thread.join().unwrap();
}

#[test]
fn an_event_waited_for_through_a_wrapper_is_still_set_by_a_task() {
    unwatched().run(async {
        let event = Event::new();
        let set = create_task({
            let event = event.clone();
            async move { event.set() }
        });
        let mut wait = pin!(event.wait());
        poll_fn(|context| {
            let wrapped = Waker::from(Arc::new(Wrapped(context.waker().clone())));
            wait.as_mut().poll(&mut Context::from_waker(&wrapped))
        })
        .await;
        set.await.unwrap();
    });
}

#[cfg(feature = "signal")]
#[test]
fn ctrl_c_may_be_pressed_at_any_time() {
    let event_loop = unwatched();
    event_loop.run_until_complete(async {
        let waits = create_task(glassloop::signal::ctrl_c());
        yield_now().await;
        let handle = get_event_loop().handle();
        let (tell, told) = mpsc::channel::<()>();
        // With the handle goes the only other hope.
        let thread = thread::spawn(move || {
            told.recv().unwrap();
            drop(handle);
        });
        tell.send(()).unwrap();
        to_thread(move || thread.join().unwrap()).await;
        assert!(!waits.done());
        waits.cancel();
    });
}
