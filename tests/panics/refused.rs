//! What is refused, withdrawn or never asked for: its destructor may panic as well, and whoever is told so is told so.

use std::thread;

use glassloop::{LoopHandle, as_completed, ensure_future, gather, task_group};

use super::{
    bombs::{Bomb, Bombs, going_off},
    *,
};

/// The words of the panic that `code` ends in, and how many bombs have gone off on the way. Two panics on the way out
/// of one function would end the program.
#[track_caller]
fn refused<T>(code: impl FnOnce(Bomb) -> T) -> (String, u32) {
    let bombs = Bombs::default();
    let bomb = bombs.one();
    let refusal = catch_unwind(AssertUnwindSafe(|| drop(code(bomb)))).expect_err("it is refused");
    let words = match refusal.downcast::<&str>() {
        Ok(words) => words.to_string(),
        Err(payload) => *payload.downcast::<String>().expect("a panic in words"),
    };
    (words, bombs.gone_off())
}

/// A future that holds a bomb.
async fn holds<E>(bomb: Bomb) -> Result<(), E> {
    drop(bomb);
    Ok(())
}

#[test]
fn a_task_that_is_refused_may_panic_in_its_destructor_and_the_refusal_is_what_is_said() {
    let (closed, _) = virtual_and_recorded();
    let done = closed.create_task(async {});
    closed.run_until_complete(sleep(MS));
    closed.close();
    let is_closed = ("event loop is closed".to_string(), 1);
    assert_eq!(refused(|bomb| closed.create_task(holds::<()>(bomb))), is_closed);
    assert_eq!(refused(|bomb| closed.run_until_complete(holds::<()>(bomb))), is_closed);
    assert_eq!(refused(|bomb| done.add_done_callback(|_| drop(bomb))), is_closed);

    let (words, gone_off) = refused(|bomb| create_task(holds::<()>(bomb)));
    assert!(words.starts_with("create_task: no event loop is running on this thread"), "{words}");
    assert_eq!(gone_off, 1);
    let group = glassloop::TaskGroup::<(), ()>::new();
    let no_loop = "TaskGroup::create_task: no event loop is running on this thread".to_string();
    assert_eq!(refused(|bomb| group.create_task(holds(bomb))), (no_loop, 1));
}

#[test]
fn a_main_future_that_is_refused_within_another_run_may_panic_in_its_destructor() {
    let (words, gone_off) =
        virtual_loop().run(async { refused(|bomb| virtual_loop().run(holds::<()>(bomb))) });
    assert!(words.starts_with("an event loop is already running on this thread"), "{words}");
    assert_eq!(gone_off, 1);
}

#[test]
fn a_future_for_a_closed_loop_of_this_thread_may_panic_in_its_destructor() {
    // A thread of its own: it has a loop of its own.
    let ended = thread::spawn(|| {
        glassloop::get_event_loop().close();
        refused(|bomb| ensure_future(holds::<()>(bomb)))
    });
    assert_eq!(ended.join().unwrap(), ("event loop is closed".to_string(), 1));
}

/// Where they are refused is where they are polled: what holds many futures drops each by itself.
#[test]
fn what_is_polled_outside_of_a_loop_may_hold_what_panics() {
    let futures = |bomb: Bomb| [bomb.other(), bomb].map(holds::<()>);
    let outside = |what: &str, gone_off: u32| {
        let words =
            format!("{what} was polled outside of an event loop: pass it to `run` or to a task");
        (words, gone_off)
    };
    let poll =
        |future: &mut (dyn Future<Output = ()> + Unpin)| poll_with(&mut { future }, Waker::noop());
    assert_eq!(
        refused(|bomb| poll(&mut Box::pin(async { drop(gather(futures(bomb)).await) }))),
        outside("gather", 2)
    );
    assert_eq!(
        refused(|bomb| poll(&mut Box::pin(async {
            as_completed(futures(bomb)).next().await;
        }))),
        outside("as_completed", 2)
    );
    let scope = async |bomb| drop(task_group::<_, (), (), _>(async |_| holds(bomb).await).await);
    assert_eq!(refused(|bomb| poll(&mut Box::pin(scope(bomb)))), outside("task_group", 1));
}

/// A job that waits until it is told to go on, and the end by which it is told.
fn gated<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> (glassloop::ToThread<T>, mpsc::Sender<()>) {
    let (open, gate) = mpsc::channel();
    let job = to_thread(move || {
        gate.recv().unwrap();
        work()
    });
    (job, open)
}

#[test]
fn work_that_was_never_begun_may_panic_when_it_is_dropped() {
    let gone_off = going_off(|bombs| async move {
        let work = |bomb: Bomb| to_thread(move || drop(bomb));
        drop(work(bombs.one())); // never polled
        assert_eq!(bombs.gone_off(), 1);
    });
    assert_eq!(gone_off, (1, 0));
    let (event_loop, bombs) = (virtual_loop(), Bombs::default());
    let bomb = bombs.one();
    let task = event_loop.create_task(to_thread(move || drop(bomb))); // never begun
    event_loop.close();
    assert!(task.cancelled());
    assert_eq!(bombs.gone_off(), 1);
}

/// The job is done, and its future, which was never told, has the result.
#[test]
fn what_a_job_brought_may_panic_when_nobody_takes_it() {
    let gone_off = going_off(|bombs| async move {
        for panics in [false, true] {
            let bomb = bombs.one();
            let (mut job, open) = gated(move || if panics { panic_any(bomb) } else { bomb });
            let (count, waker) = CountingWaker::new();
            assert!(poll_with(&mut job, &waker).is_pending());
            open.send(()).unwrap();
            while count.wakes() == 0 {
                thread::yield_now();
            }
            drop(job);
        }
        assert_eq!(bombs.gone_off(), 2);
    });
    assert_eq!(gone_off, (2, 0));
}

#[test]
fn the_result_of_a_remote_task_may_panic_whether_it_comes_before_or_after_its_receiver_went() {
    let gone_off = going_off(|bombs| async move {
        let handle: LoopHandle = glassloop::get_event_loop().handle();
        let remote = |milliseconds| {
            let bombs = bombs.clone();
            handle.run_coroutine(move || bombs.after(milliseconds)).unwrap()
        };
        let (before, after) = (remote(1), remote(2));
        drop(after);
        sleep(MS * 3).await;
        assert_eq!(bombs.gone_off(), 1, "nobody wants it");
        drop(before);
        assert_eq!(bombs.gone_off(), 2, "nobody has taken it");
        let bomb = bombs.one();
        let panics = handle.run_coroutine(move || async { panic_any(bomb) as u8 }).unwrap();
        sleep(MS).await;
        drop(panics.join().unwrap_err());
    });
    assert_eq!(gone_off, (3, 0));
}

#[test]
fn what_is_sent_to_a_closed_loop_may_panic_when_it_is_given_back() {
    let (event_loop, bombs) = (virtual_loop(), Bombs::default());
    let handle = event_loop.handle();
    event_loop.close();
    let (one, other) = (bombs.one(), bombs.one());
    assert!(handle.call_soon(move || drop(one)).is_err());
    assert!(handle.run_coroutine(move || holds::<()>(other)).is_err());
    assert_eq!(bombs.gone_off(), 2);
}

/// The destructor of what a callback holds is a part of it.
#[test]
fn what_callbacks_hold_may_panic_and_the_next_is_called() {
    let (event_loop, lines) = virtual_and_recorded();
    let bombs = Bombs::default();
    let task = event_loop.create_task(async {});
    for bomb in [bombs.one(), bombs.one()] {
        task.add_done_callback(move |_| _ = &bomb);
    }
    event_loop.run_until_complete(task).unwrap();
    assert_eq!(bombs.gone_off(), 2);
    assert_eq!(lines.take_only(&["panic in"]), ["panic in a callback"; 2]);
}

#[test]
fn observers_that_panic_when_their_loop_goes_stop_nothing() {
    let bombs = Bombs::default();
    let mut builder = EventLoop::builder().unwatched();
    for bomb in [bombs.one(), bombs.one()] {
        builder = builder.observer(move |_: &Record| _ = &bomb);
    }
    builder.build().unwrap().run(yield_now());
    assert_eq!(bombs.gone_off(), 2);
}
