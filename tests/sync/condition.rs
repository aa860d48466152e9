//! Conditions: notified and cancelled at once, and the lock on the way back.

use super::*;

#[test]
fn a_condition_releases_the_lock_while_it_waits_and_gives_the_guard_back() {
    run(async {
        let condition = Condition::new();
        let theirs = condition.clone();
        let waiter = create_task(async move {
            let guard = theirs.acquire().await;
            theirs.wait(guard).await
        });
        yield_now().await;
        assert!(!condition.locked());
        let guard = condition.acquire().await;
        condition.notify(&guard, 1);
        turns(3).await;
        assert!(!waiter.done(), "we still hold the lock");
        drop(guard);
        let theirs = waiter.await.unwrap();
        assert!(condition.locked());
        drop(theirs);
        assert!(!condition.locked());
    });
}

/// `count` tasks that wait for one notification each, and say so.
fn waiters<const N: usize>(
    condition: &Condition,
    log: &Log,
    names: [&'static str; N],
) -> [Task<()>; N] {
    names.map(|name| {
        let (condition, log) = (condition.clone(), log.clone());
        create_task(async move {
            let guard = condition.acquire().await;
            let _guard = condition.wait(guard).await;
            log.say(name);
        })
    })
}

#[test]
fn notify_wakes_as_many_as_it_is_told_in_order_and_notify_all_the_rest() {
    run(async {
        let (condition, log) = (Condition::new(), Log::default());
        let tasks = waiters(&condition, &log, ["a", "b", "c", "d", "e"]);
        turns(8).await;
        assert_eq!(format!("{condition:?}"), "<Condition unlocked waiters=5>");
        for (count, expected) in [(0, &[][..]), (1, &["a"]), (2, &["b", "c"])] {
            condition.notify(&condition.acquire().await, count);
            turns(8).await;
            assert_eq!(log.take(), expected);
        }
        condition.notify_all(&condition.acquire().await);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(log.take(), ["d", "e"]);
    });
}

#[test]
fn a_notification_with_nobody_in_line_is_for_nobody() {
    run(async {
        let (condition, log) = (Condition::new(), Log::default());
        condition.notify(&condition.acquire().await, 3);
        let [waiter] = waiters(&condition, &log, ["a"]);
        turns(3).await;
        assert!(!waiter.done());
        waiter.cancel();
        assert_eq!(format!("{condition:?}"), "<Condition unlocked waiters=0>");
    });
}

#[test]
fn notify_and_cancel_at_once_lose_no_notification() {
    for turns_between in [0, 1, 2] {
        run(async {
            let (condition, log) = (Condition::new(), Log::default());
            let [first, second] = waiters(&condition, &log, ["1", "2"]);
            turns(3).await;
            let guard = condition.acquire().await;
            condition.notify(&guard, 1);
            // After no turn it has not noticed yet; after one it stands in line for the lock.
            turns(turns_between).await;
            first.cancel();
            drop(guard);
            second.await.unwrap();
            assert_eq!(log.take(), ["2"]);
            assert!(!condition.locked());
        });
    }
}

#[test]
fn a_waiter_cancelled_just_as_it_is_handed_the_lock_passes_on_the_lock_and_the_notification() {
    run(async {
        let (condition, log) = (Condition::new(), Log::default());
        let [first, second] = waiters(&condition, &log, ["1", "2"]);
        turns(3).await;
        let guard = condition.acquire().await;
        condition.notify(&guard, 1);
        yield_now().await;
        drop(guard);
        first.cancel();
        assert!(!condition.locked());
        second.await.unwrap();
        assert_eq!(log.take(), ["2"]);
    });
}

#[test]
fn wait_for_asks_at_once_and_after_each_notification() {
    run(async {
        let (condition, value) = (Condition::new(), Rc::new(Cell::new(0)));
        let guard = condition.acquire().await;
        let guard = condition.wait_for(guard, || true).await;
        drop(guard);
        let (theirs, seen, asked) = (condition.clone(), value.clone(), Rc::new(Cell::new(0)));
        let count = asked.clone();
        let waiter = create_task(async move {
            let guard = theirs.acquire().await;
            let is_two = || {
                assert!(theirs.locked());
                count.set(count.get() + 1);
                seen.get() == 2
            };
            drop(theirs.wait_for(guard, is_two).await);
        });
        for n in [0, 1, 2] {
            turns(4).await;
            assert_eq!(asked.get(), n + 1);
            value.set(n);
            condition.notify(&condition.acquire().await, 1);
        }
        waiter.await.unwrap();
        assert_eq!(asked.get(), 4);
    });
}

#[test]
fn a_timeout_around_a_wait_leaves_the_lock_free_and_nobody_in_line() {
    run(async {
        let condition = Condition::new();
        let guard = condition.acquire().await;
        assert!(timeout(MS, condition.wait_for(guard, || false)).await.is_err());
        assert_eq!(format!("{condition:?}"), "<Condition unlocked waiters=0>");
        let unpolled = condition.wait(condition.acquire().await);
        assert!(condition.locked(), "released at the first poll");
        drop(unpolled);
        assert!(!condition.locked());
    });
}

#[test]
fn conditions_may_share_a_lock_and_refuse_the_guard_of_another() {
    run(async {
        let lock = Lock::new();
        let (one, other) = (Condition::with_lock(&lock), Condition::with_lock(&lock));
        let guard = lock.acquire().await;
        one.notify(&guard, 1);
        other.notify_all(&guard);
        let foreign = Condition::new();
        let refused = [
            catch_unwind(AssertUnwindSafe(|| foreign.notify(&guard, 1))),
            catch_unwind(AssertUnwindSafe(|| foreign.notify_all(&guard))),
            catch_unwind(AssertUnwindSafe(|| drop(foreign.wait(guard)))),
        ];
        for refused in refused {
            let message = *refused.unwrap_err().downcast::<&str>().unwrap();
            assert_eq!(message, "the guard is not of this condition's lock");
        }
        assert!(!lock.locked());
    });
}

/// Consumers wait for items with a condition. Some are cancelled at random, and each item must be had.
#[test]
fn under_100_schedules_with_cancellations_no_notification_is_lost() {
    under_100_schedules(|seed| async move {
        let (condition, items) = (Condition::new(), Rc::new(RefCell::new(VecDeque::new())));
        let had = Rc::new(Cell::new(0));
        let consumers: Vec<_> = (0..6)
            .map(|_| {
                let (condition, items, had) = (condition.clone(), items.clone(), had.clone());
                create_task(async move {
                    loop {
                        let guard = condition.acquire().await;
                        let some = || !items.borrow().is_empty();
                        let _guard = condition.wait_for(guard, some).await;
                        had.set(had.get() + items.borrow_mut().pop_front().unwrap_or(0));
                    }
                })
            })
            .collect();
        for n in 0..10 {
            turns((seed as usize + n) % 4).await;
            let guard = condition.acquire().await;
            items.borrow_mut().push_back(1);
            condition.notify(&guard, 1);
            turns(seed as usize % 3).await;
            drop(guard);
            if let Some(unlucky) = consumers[..5].get(n) {
                unlucky.cancel();
            }
        }
        sleep(MS).await;
        assert_eq!(had.get(), 10);
        assert!(consumers[5].cancel());
        assert_eq!(format!("{condition:?}"), "<Condition unlocked waiters=0>");
    });
}
