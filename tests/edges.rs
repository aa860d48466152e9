//! The edge cases of the peers' test suites that no other file has.

mod common;
mod many;

use std::{
    cell::{Cell, RefCell},
    future::{pending, ready},
    rc::Rc,
    time::Duration,
};

use glassloop::{
    Task, create_task, sleep,
    sync::{Event, Lock, Queue, Semaphore, oneshot},
    timeout, timeout_at, yield_now,
};
use many::{Drops, HOUR, MS, explode, in_any_order, now};

async fn turns(count: usize) {
    for _ in 0..count {
        yield_now().await;
    }
}

/// Lets the others go until this one is done.
async fn until_done<T>(task: &Task<T>) {
    while !task.done() {
        yield_now().await;
    }
}

#[test]
fn to_cancel_a_finished_task_does_nothing_and_says_so() {
    in_any_order(|| async {
        let (value, error) = (create_task(async { 1 }), create_task(async { Err::<u8, _>("oh") }));
        let panics = create_task(async { explode() });
        until_done(&value).await;
        until_done(&error).await;
        until_done(&panics).await;
        assert!(!value.cancel() && !error.cancel() && !panics.cancel());
        assert!(!value.cancelled() && !error.cancelled() && !panics.cancelled());
        assert_eq!(value.await.unwrap(), 1);
        assert_eq!(error.await.unwrap(), Err("oh"));
        assert_eq!(panics.await.unwrap_err().panic_message(), Some("on purpose"));
    });
}

#[test]
fn a_foreign_error_passes_through_a_timeout() {
    in_any_order(|| async {
        let fails = async {
            sleep(MS).await;
            Err::<(), _>("foreign")
        };
        assert_eq!(timeout(HOUR, fails).await, Ok(Err("foreign")));
        assert_eq!(now(), MS, "it is passed on at once");
        assert_eq!(
            timeout(Duration::ZERO, ready(Err::<(), _>("foreign"))).await,
            Ok(Err("foreign"))
        );
        assert_eq!(timeout_at(MS * 2, ready(Err::<(), _>("foreign"))).await, Ok(Err("foreign")));
        let panics = create_task(timeout(HOUR, async { explode() }));
        assert_eq!(panics.await.unwrap_err().panic_message(), Some("on purpose"));
    });
}

#[test]
fn in_whatever_order_a_task_cancelled_before_its_first_poll_is_never_polled() {
    in_any_order(|| async {
        let drops = Drops::default();
        let guard = drops.guard();
        let task = create_task(async move {
            let _guard = guard;
            unreachable!("polled")
        });
        assert!(task.cancel());
        assert_eq!(drops.count(), 1);
        assert!(task.await.is_err_and(|error: glassloop::TaskError| error.is_cancelled()));
    });
}

#[test]
fn in_whatever_order_a_task_cancelled_while_it_sleeps_gives_its_timer_back() {
    in_any_order(|| async {
        let task = create_task(sleep(HOUR));
        let timers = || glassloop::get_event_loop().counters().timers;
        while timers() == 0 {
            yield_now().await;
        }
        assert!(task.cancel());
        assert_eq!(timers(), 0);
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(now(), Duration::ZERO);
    });
}

#[test]
fn in_whatever_order_a_task_that_cancels_itself_goes_no_further_than_its_next_await() {
    in_any_order(|| async {
        let (own, drops) = (Rc::new(RefCell::new(None::<Task<()>>)), Drops::default());
        let (handle, guard) = (own.clone(), drops.guard());
        let task = create_task(async move {
            let _guard = guard;
            assert!(handle.borrow().as_ref().unwrap().cancel());
            pending::<()>().await;
        });
        own.replace(Some(task));
        while drops.count() == 0 {
            yield_now().await;
        }
        assert!(own.take().unwrap().await.unwrap_err().is_cancelled());
    });
}

#[test]
fn in_whatever_order_a_panic_reaches_its_handle_and_nobody_else() {
    in_any_order(|| async {
        let others = [(); 3].map(|()| create_task(sleep(MS)));
        let rude = create_task(async { explode() });
        rude.add_done_callback(|_| explode());
        assert_eq!(rude.await.unwrap_err().panic_message(), Some("on purpose"));
        for other in others {
            other.await.unwrap();
        }
    });
}

#[test]
fn in_whatever_order_an_event_set_and_cleared_at_once_wakes_those_who_waited_and_no_other() {
    in_any_order(|| async {
        let event = Event::new();
        let waiting = [(); 3].map(|()| create_task(event.wait()));
        while format!("{event:?}") != "<Event unset waiters=3>" {
            yield_now().await;
        }
        event.set();
        event.clear();
        let late = create_task(event.wait());
        for waiter in waiting {
            timeout(HOUR, waiter).await.expect("it is woken").unwrap();
        }
        sleep(MS).await;
        assert!(!late.done() && late.cancel());
        assert_eq!(format!("{event:?}"), "<Event unset waiters=0>");
    });
}

#[test]
fn in_whatever_order_a_cancelled_waiter_passes_on_what_it_was_handed() {
    in_any_order(|| async {
        let (lock, semaphore, got) = (Lock::new(), Semaphore::new(0), Rc::new(Cell::new(0)));
        let guard = lock.acquire().await;
        // One after the other, so that it is known who is first in line.
        let mut waiters = Vec::new();
        for _ in 0..2 {
            let (lock, semaphore, count) = (lock.clone(), semaphore.clone(), got.clone());
            let counted = got.clone();
            waiters.push((
                create_task(async move {
                    let _guard = lock.acquire().await;
                    count.set(count.get() + 1);
                }),
                create_task(async move {
                    semaphore.acquire().await.forget();
                    counted.set(counted.get() + 1);
                }),
            ));
            sleep(MS).await;
        }
        let [(first_lock, first_permit), (lock_next, permit_next)] =
            <[_; 2]>::try_from(waiters).unwrap();
        drop(guard);
        semaphore.release();
        assert!(first_lock.cancel() && first_permit.cancel());
        timeout(HOUR, lock_next).await.expect("the lock was passed on").unwrap();
        timeout(HOUR, permit_next).await.expect("the permit was passed on").unwrap();
        assert_eq!((got.get(), lock.locked(), semaphore.locked()), (2, false, true));
    });
}

#[test]
fn in_whatever_order_a_oneshot_and_a_join_come_to_their_end() {
    in_any_order(|| async {
        let (sender, receiver) = oneshot();
        let (queue, receiving) = (Queue::new(1), create_task(receiver));
        let worker = queue.clone();
        let working = create_task(async move {
            for _ in 0..3 {
                worker.get().await.unwrap();
                turns(2).await;
                worker.task_done();
            }
            sender.send(()).unwrap();
        });
        for n in 0..3 {
            queue.put(n).await.unwrap();
        }
        timeout(HOUR, queue.join()).await.expect("all is done");
        assert_eq!(timeout(HOUR, receiving).await.expect("it was sent").unwrap(), Ok(()));
        working.await.unwrap();
        assert_eq!(timeout(Duration::ZERO, queue.join()).await, Ok(()));
    });
}

/// As in `threads.rs`, the lookup is held by the operating system: it opens the user's list of aliases, which is a
/// pipe. So this is done in a process of its own.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod slow_lookup {
    use std::{
        env, fs,
        process::{self, Command},
        sync::mpsc::{self, TryRecvError},
        thread,
    };

    use glassloop::{Counters, EventLoop, net::lookup_host, to_thread};

    use super::*;

    #[test]
    fn a_slow_lookup_delays_nobody_else() {
        if let Some(pipe) = env::var_os("HOSTALIASES") {
            return look_up_beside_a_slow_one(pipe.into());
        }
        let pipe = env::temp_dir().join(format!("glassloop-slow-lookup-{}", process::id()));
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "slow_lookup::a_slow_lookup_delays_nobody_else", "--nocapture"])
            .env("HOSTALIASES", &pipe)
            .output();
        fs::remove_file(&pipe).unwrap();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn look_up_beside_a_slow_one(pipe: std::path::PathBuf) {
        // The pipe opens at both ends at once: when the lookup reads it, which then waits for what is never written.
        let (opened, has_opened) = mpsc::channel();
        thread::spawn(move || opened.send(fs::OpenOptions::new().write(true).open(pipe)));
        // In real time: virtual time stands still during a lookup.
        let event_loop = EventLoop::builder().unwatched().build().unwrap();
        event_loop.run_until_complete(async {
            let slow = create_task(lookup_host(("nowhere", 80)));
            let _held = loop {
                match has_opened.try_recv() {
                    Ok(pipe) => break pipe.unwrap(),
                    Err(TryRecvError::Disconnected) => panic!("the pipe can't be opened"),
                    Err(TryRecvError::Empty) if slow.done() => return, // DNS is not asked here
                    Err(TryRecvError::Empty) => yield_now().await,
                }
            };
            println!("the lookup is held");
            timeout(HOUR, sleep(MS)).await.expect("a sleeper goes on");
            assert_eq!(to_thread(|| 7).await, 7);
            assert!(!lookup_host(("localhost", 80)).await.unwrap().is_empty());
            assert!(!slow.done(), "it is still held");
        });
        event_loop.close();
        // A closing loop leaves a lookup to itself: the held one is all that there still is.
        let Counters { tasks, timers, sockets, waiting, jobs, .. } = event_loop.counters();
        assert_eq!((tasks, timers, sockets, waiting), (0, 0, 0, 0));
        assert!(jobs <= 1, "{jobs} jobs are left");
    }
}
