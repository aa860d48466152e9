//! Locks, events, conditions, semaphores and oneshots: who goes on, in which order, and what a cancelled one
//! leaves behind.
//!
//! Cancelling at the worst moment is the point of most: a future that is dropped after something
//! was handed to it, and before it noticed.

mod common;
#[path = "sync/condition.rs"]
mod condition;
#[path = "sync/contract.rs"]
mod contract;
#[path = "sync/semaphore.rs"]
mod semaphore;

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Poll, Wake, Waker},
    time::Duration,
};

use common::{CountingWaker, Log, OnDrop, poll_with, run, run_on, virtual_and_recorded};
use glassloop::{
    EventLoop, Task, create_task, sleep,
    sync::{
        AcquireLock, Condition, Event, Lock, LockGuard, Permit, Queue, Receiver, Semaphore, Sender,
        SenderDropped, oneshot,
    },
    timeout, yield_now,
};

const MS: Duration = Duration::from_millis(1);

/// Runs a test under a hundred schedules. It is given the seed.
fn under_100_schedules<F: Future<Output = ()>>(test: impl Fn(u64) -> F) {
    for seed in 0..100 {
        let builder = EventLoop::builder().unwatched().virtual_time().shuffle(seed);
        run_on(&builder.build().unwrap(), test(seed));
    }
}

/// A task that holds the lock for a turn and says so.
fn holder(lock: &Lock, log: &Log, name: &'static str) -> Task<()> {
    let (lock, log) = (lock.clone(), log.clone());
    create_task(async move {
        let _guard = lock.acquire().await;
        log.say(name);
        yield_now().await;
    })
}

async fn turns(count: usize) {
    for _ in 0..count {
        yield_now().await;
    }
}

#[test]
fn a_lock_is_given_to_one_at_a_time_in_the_order_in_which_they_came() {
    run(async {
        let (lock, log) = (Lock::new(), Log::default());
        let guard = lock.acquire().await;
        let tasks = ["a", "b", "c"].map(|name| holder(&lock, &log, name));
        turns(3).await;
        assert_eq!(format!("{lock:?}"), "<Lock locked waiters=3>");
        assert!(log.take().is_empty(), "the lock is ours");
        drop(guard);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(log.take(), ["a", "b", "c"]);
        assert_eq!(format!("{lock:?}"), "<Lock unlocked waiters=0>");
    });
}

#[test]
fn nobody_barges_in_between_a_release_and_the_next_holder() {
    run(async {
        let (lock, log) = (Lock::new(), Log::default());
        let guard = lock.acquire().await;
        let next = holder(&lock, &log, "next");
        yield_now().await;
        drop(guard);
        assert!(lock.locked(), "it was handed over");
        let _guard = lock.acquire().await;
        log.say("barger");
        next.await.unwrap();
        assert_eq!(log.take(), ["next", "barger"]);
    });
}

#[test]
fn a_waiter_cancelled_just_as_it_is_handed_the_lock_passes_it_on() {
    run(async {
        let (lock, log) = (Lock::new(), Log::default());
        let guard = lock.acquire().await;
        let [first, second, third] = ["1", "2", "3"].map(|name| holder(&lock, &log, name));
        yield_now().await;
        drop(guard);
        first.cancel();
        turns(1).await;
        assert_eq!(log.take(), ["2"], "exactly one acquires");
        second.await.unwrap();
        third.await.unwrap();
        assert_eq!(log.take(), ["3"]);
        assert!(!lock.locked());
    });
}

#[test]
fn a_waiter_cancelled_before_the_release_is_passed_over() {
    run(async {
        let (lock, log) = (Lock::new(), Log::default());
        let guard = lock.acquire().await;
        let [first, second] = ["1", "2"].map(|name| holder(&lock, &log, name));
        yield_now().await;
        first.cancel();
        assert_eq!(format!("{lock:?}"), "<Lock locked waiters=1>");
        drop(guard);
        second.await.unwrap();
        assert_eq!(log.take(), ["2"]);
    });
}

#[test]
fn the_last_waiter_cancelled_just_as_it_is_handed_the_lock_sets_it_free() {
    run(async {
        let (lock, log) = (Lock::new(), Log::default());
        let guard = lock.acquire().await;
        let waiter = holder(&lock, &log, "waiter");
        yield_now().await;
        drop(guard);
        waiter.cancel();
        assert!(!lock.locked());
        drop(lock.acquire().await);
    });
}

#[test]
fn a_future_that_was_never_polled_is_not_in_line() {
    run(async {
        let lock = Lock::new();
        let unpolled = lock.acquire();
        assert!(!lock.locked());
        let guard = lock.acquire().await;
        drop(unpolled);
        assert!(lock.locked());
        drop(guard);
    });
}

/// Random holders that are cancelled at random moments.
#[test]
fn under_100_schedules_with_cancellations_a_lock_has_one_holder_and_nobody_hangs() {
    under_100_schedules(|seed| async move {
        let (lock, holders, done) = (Lock::new(), Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let (lock, holders, done) = (lock.clone(), holders.clone(), done.clone());
                create_task(async move {
                    let guard = lock.acquire().await;
                    assert_eq!(holders.replace(1), 0, "two hold the lock");
                    yield_now().await;
                    holders.set(0);
                    drop(guard);
                    done.set(done.get() + 1);
                })
            })
            .collect();
        turns(seed as usize % 30).await;
        // Cancelled while it waits, or just as it is handed the lock. A holder would leave `holders` at 1.
        let chosen = tasks.iter().filter(|task| task.id().to_string().ends_with(['3', '7']));
        let cancelled = chosen.filter(|task| holders.get() == 0 && task.cancel()).count();
        for task in tasks {
            let _ = task.await.map_err(|error| assert!(error.is_cancelled(), "{error}"));
        }
        assert_eq!(done.get() + cancelled, 20);
        assert_eq!(format!("{lock:?}"), "<Lock unlocked waiters=0>");
    });
}

#[test]
fn an_event_wakes_all_that_wait_in_order_and_lets_later_ones_pass() {
    run(async {
        let (event, log) = (Event::new(), Log::default());
        let tasks = ["a", "b"].map(|name| {
            let (event, log) = (event.clone(), log.clone());
            create_task(async move {
                event.wait().await;
                log.say(name);
            })
        });
        yield_now().await;
        assert_eq!(format!("{event:?}"), "<Event unset waiters=2>");
        event.set();
        assert!(event.is_set());
        event.wait().await;
        log.say("passed");
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(log.take(), ["passed", "a", "b"]);
    });
}

#[test]
fn an_event_set_and_cleared_at_once_still_wakes_those_who_waited() {
    run(async {
        let event = Event::new();
        let waiting = create_task(event.wait());
        yield_now().await;
        event.set();
        event.clear();
        let late = create_task(event.wait());
        waiting.await.unwrap();
        turns(3).await;
        assert!(!late.done(), "it came after the clear");
        late.cancel();
        assert_eq!(format!("{event:?}"), "<Event unset waiters=0>");
    });
}

#[test]
fn a_semaphore_lets_so_many_in_and_the_rest_in_order() {
    run(async {
        let (semaphore, log) = (Semaphore::new(2), Log::default());
        let tasks = ["a", "b", "c", "d"].map(|name| {
            let (semaphore, log) = (semaphore.clone(), log.clone());
            create_task(async move {
                let _permit = semaphore.acquire().await;
                log.say(name);
                sleep(MS).await;
            })
        });
        yield_now().await;
        assert_eq!(log.take(), ["a", "b"]);
        assert!(semaphore.locked());
        assert_eq!(format!("{semaphore:?}"), "<Semaphore value=0 waiters=2>");
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(log.take(), ["c", "d"]);
        assert_eq!(format!("{semaphore:?}"), "<Semaphore value=2 waiters=0>");
    });
}

#[test]
fn a_released_permit_goes_to_the_first_in_line_and_nobody_barges_in() {
    run(async {
        let semaphore = Semaphore::new(0);
        let first = create_task(semaphore.acquire());
        let second = create_task(semaphore.acquire());
        yield_now().await;
        semaphore.release();
        assert!(semaphore.locked(), "it was handed over");
        assert!(timeout(MS, semaphore.acquire()).await.is_err());
        assert!(first.done() && !second.done());
        first.await.unwrap().forget();
        assert!(!second.done(), "a forgotten permit is not given back");
        semaphore.release();
        drop(second.await.unwrap());
        assert_eq!(format!("{semaphore:?}"), "<Semaphore value=1 waiters=0>");
        semaphore.release();
        assert_eq!(format!("{semaphore:?}"), "<Semaphore value=2 waiters=0>");
    });
}

#[test]
fn a_waiter_cancelled_just_as_it_is_handed_a_permit_passes_it_on() {
    run(async {
        let semaphore = Semaphore::new(0);
        let tasks = [0; 4].map(|_| create_task(semaphore.acquire()));
        yield_now().await;
        semaphore.release();
        tasks[0].cancel();
        tasks[1].cancel();
        turns(2).await;
        assert_eq!(tasks.each_ref().map(Task::done), [true, true, true, false]);
        tasks[3].cancel();
        let [_, _, third, _] = tasks;
        third.await.unwrap().forget();
        assert_eq!(format!("{semaphore:?}"), "<Semaphore value=0 waiters=0>");
    });
}

#[test]
fn under_100_schedules_with_cancellations_a_semaphore_is_never_exceeded_and_nobody_hangs() {
    under_100_schedules(|seed| async move {
        let (semaphore, holders) = (Semaphore::new(3), Rc::new(Cell::new(0)));
        let tasks: Vec<_> = (0..20)
            .map(|n| {
                let (semaphore, holders) = (semaphore.clone(), holders.clone());
                create_task(async move {
                    let acquired = timeout(MS * (n % 4), semaphore.acquire()).await;
                    let Ok(_permit) = acquired else { return };
                    holders.set(holders.get() + 1);
                    assert!(holders.get() <= 3);
                    sleep(MS).await;
                    holders.set(holders.get() - 1);
                })
            })
            .collect();
        sleep(MS * (seed as u32 % 2)).await;
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(format!("{semaphore:?}"), "<Semaphore value=3 waiters=0>");
    });
}

#[test]
fn a_oneshot_gives_what_was_sent_before_or_after_it_was_awaited() {
    run(async {
        let (sender, receiver) = oneshot();
        sender.send(1).unwrap();
        assert_eq!(receiver.await, Ok(1));
        let (sender, receiver) = oneshot();
        let receiving = create_task(receiver);
        yield_now().await;
        sender.send(2).unwrap();
        assert_eq!(receiving.await.unwrap(), Ok(2));
    });
}

#[test]
fn a_callback_can_complete_a_oneshot() {
    run(async {
        let (sender, receiver) = oneshot();
        create_task(sleep(MS)).add_done_callback(move |task| sender.send(task.done()).unwrap());
        assert_eq!(receiver.await, Ok(true));
    });
}

#[test]
fn a_sender_that_is_dropped_is_an_error_at_the_receiver() {
    run(async {
        let (sender, receiver) = oneshot::<u8>();
        let receiving = create_task(receiver);
        yield_now().await;
        assert!(!sender.is_closed());
        drop(sender);
        assert_eq!(receiving.await.unwrap(), Err(SenderDropped));
    });
}

#[test]
fn a_receiver_that_is_dropped_gives_the_value_back_and_drops_one_that_was_sent() {
    let (sender, receiver) = oneshot();
    drop(receiver);
    assert!(sender.is_closed());
    assert_eq!(sender.send("back"), Err("back"));
    let (value, (sender, receiver)) = (Rc::new(()), oneshot());
    sender.send(value.clone()).unwrap();
    drop(receiver);
    assert_eq!(Rc::strong_count(&value), 1);
}
