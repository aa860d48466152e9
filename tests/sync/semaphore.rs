//! A semaphore is fair, as asyncio's is: who has been granted a permit and has yet to run is overtaken by nobody, and
//! no permit is lost between two hands.

use glassloop::sync::AcquirePermit;

use super::*;

/// So many permits, all taken.
async fn taken(permits: usize) -> (Semaphore, Vec<Permit>) {
    let semaphore = Semaphore::new(permits);
    let mut held = Vec::new();
    for _ in 0..permits {
        held.push(semaphore.acquire().await);
    }
    (semaphore, held)
}

/// A task that acquires a permit, says so, and keeps it for a turn.
fn says(semaphore: &Semaphore, log: &Log, name: &'static str) -> Task<()> {
    let (semaphore, log) = (semaphore.clone(), log.clone());
    create_task(async move {
        let _permit = semaphore.acquire().await;
        log.say(name);
        yield_now().await;
    })
}

fn is_ready(acquire: &mut AcquirePermit) -> bool {
    poll_with(acquire, Waker::noop()).is_ready()
}

fn debug(semaphore: &Semaphore) -> String {
    format!("{semaphore:?}")
}

#[test]
fn who_releases_two_and_acquires_again_waits_behind_one_that_was_granted_and_has_yet_to_run() {
    let (event_loop, lines) = virtual_and_recorded();
    run_on(&event_loop, async {
        let ((semaphore, held), log) = (taken(2).await, Log::default());
        let waiter = says(&semaphore, &log, "waiter");
        yield_now().await;
        drop(held);
        assert_eq!(debug(&semaphore), "<Semaphore value=1 waiters=0>", "one is granted, one free");
        assert!(semaphore.locked(), "and yet whoever comes now would have to wait");
        lines.take();
        let again = semaphore.acquire().await;
        log.say("releaser");
        assert_eq!(log.take(), ["waiter", "releaser"]);
        drop(again);
        waiter.await.unwrap();
        assert_eq!(debug(&semaphore), "<Semaphore value=2 waiters=0>");
        assert!(!semaphore.locked());
    });
    let expected = [
        "pending 0: Semaphore.acquire",
        "poll 1 #2",
        "wake 0 by task 1",
        "pending 1: its next turn",
    ];
    let told = lines.take_only(&["pending", "poll 1", "wake 0"]);
    assert_eq!(told[..4], expected);
}

/// Whoever releases one permit after the other and takes them again would, without that, starve all others.
#[test]
fn who_releases_and_acquires_for_ever_overtakes_nobody() {
    run(async {
        let ((semaphore, held), log) = (taken(2).await, Log::default());
        let waiters = ["a", "b", "c"].map(|name| says(&semaphore, &log, name));
        yield_now().await;
        drop(held);
        for _ in 0..6 {
            let both = [semaphore.acquire().await, semaphore.acquire().await];
            log.say("greedy");
            drop(both);
        }
        let said = log.take();
        assert_eq!(said[..4], ["a", "b", "c", "greedy"]);
        for waiter in waiters {
            waiter.await.unwrap();
        }
    });
}

#[test]
fn the_order_is_kept_for_many_however_many_are_released_at_once() {
    run(async {
        for released_at_once in 1..=6 {
            let ((semaphore, mut held), log) = (taken(6).await, Log::default());
            let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
            let mut tasks: Vec<_> = names.iter().map(|name| says(&semaphore, &log, name)).collect();
            yield_now().await;
            held.truncate(6 - released_at_once);
            tasks.extend(["late", "later"].map(|name| says(&semaphore, &log, name)));
            for task in tasks {
                task.await.unwrap();
            }
            assert_eq!(log.take(), [&names[..], &["late", "later"]].concat());
            drop(held);
            assert_eq!(debug(&semaphore), "<Semaphore value=6 waiters=0>");
        }
    });
}

#[test]
fn those_who_came_behind_one_that_was_granted_go_on_when_it_has_run_as_many_as_there_are_permits() {
    run(async {
        let (semaphore, held) = taken(3).await;
        let mut line = [0; 4].map(|_| semaphore.acquire());
        let [first, second, third, fourth] = &mut line;
        assert!(!is_ready(first));
        drop(held);
        assert!(
            !is_ready(second) && !is_ready(third) && !is_ready(fourth),
            "the first has yet to run"
        );
        assert_eq!(debug(&semaphore), "<Semaphore value=2 waiters=3>");
        let permit = poll_with(first, Waker::noop());
        assert!(permit.is_ready());
        assert_eq!(
            debug(&semaphore),
            "<Semaphore value=0 waiters=1>",
            "two more are granted theirs"
        );
        assert!(!is_ready(fourth));
        let permits = [permit, poll_with(second, Waker::noop()), poll_with(third, Waker::noop())];
        assert!(permits.iter().all(Poll::is_ready) && !is_ready(fourth));
        drop(permits);
        assert!(is_ready(fourth));
        assert_eq!(debug(&semaphore), "<Semaphore value=3 waiters=0>");
    });
}

#[test]
fn one_that_was_granted_and_is_cancelled_lets_those_behind_it_go_on() {
    run(async {
        let (semaphore, held) = taken(2).await;
        let (mut granted, mut next, mut last) =
            (semaphore.acquire(), semaphore.acquire(), semaphore.acquire());
        assert!(!is_ready(&mut granted));
        drop(held);
        let (woken, waker) = CountingWaker::new();
        assert!(poll_with(&mut next, &waker).is_pending());
        assert!(poll_with(&mut last, &waker).is_pending());
        drop(granted);
        assert_eq!(woken.wakes(), 2, "what it was granted, and what was free beside it");
        let both = [poll_with(&mut next, &waker), poll_with(&mut last, &waker)];
        assert!(both.iter().all(Poll::is_ready));
        drop(both);
        assert_eq!(debug(&semaphore), "<Semaphore value=2 waiters=0>");

        let alone = create_task(semaphore.acquire());
        let held = [semaphore.acquire().await, semaphore.acquire().await];
        yield_now().await;
        drop(held);
        alone.cancel();
        assert_eq!(
            (debug(&semaphore), semaphore.locked()),
            ("<Semaphore value=2 waiters=0>".into(), false)
        );
    });
}

#[test]
fn locked_says_whether_one_who_comes_now_would_wait() {
    run(async {
        let semaphore = Semaphore::new(1);
        let would_wait = || {
            let says = semaphore.locked();
            assert_eq!(says, !is_ready(&mut semaphore.acquire()), "{semaphore:?}");
            says
        };
        assert!(!would_wait());
        let permit = semaphore.acquire().await;
        assert!(would_wait(), "it is taken");
        let mut waiter = semaphore.acquire();
        assert!(!is_ready(&mut waiter));
        semaphore.release();
        semaphore.release();
        assert!(would_wait(), "one is free, one granted to somebody who has yet to run");
        let taken = poll_with(&mut waiter, Waker::noop());
        assert!(taken.is_ready() && !would_wait());
        permit.forget();
        drop(taken);
        assert_eq!(debug(&semaphore), "<Semaphore value=2 waiters=0>");
        assert!(Semaphore::new(0).locked());
    });
}

/// What a random test knows of the line.
#[derive(Clone, Default)]
struct Books {
    /// Those who wait: polled, and without a permit.
    waiting: Rc<RefCell<Vec<u32>>>,
    holders: Rc<Cell<usize>>,
}

impl Books {
    /// Acquires a permit, and notes who waits. Nobody who need not wait may come past one who does.
    async fn acquire(self, semaphore: Semaphore, who: u32) -> Permit {
        let waiting = self.waiting.clone();
        let _leaves = OnDrop(move || waiting.borrow_mut().retain(|other| *other != who));
        let (mut acquire, mut is_first) = (semaphore.acquire(), true);
        poll_fn(|context| {
            let polled = poll_with(&mut acquire, context.waker());
            let mut waiting = self.waiting.borrow_mut();
            if is_first && polled.is_ready() {
                assert!(waiting.is_empty(), "{who} barges in on {waiting:?}");
            } else if is_first {
                waiting.push(who);
            }
            is_first = false;
            polled
        })
        .await
    }
}

/// Comes and goes ten times, with more or less patience.
async fn comes_and_goes(semaphore: Semaphore, books: Books, permits: usize, who: u32) {
    for n in 0..10 {
        let acquiring = books.clone().acquire(semaphore.clone(), who);
        let Ok(_permit) = timeout(MS * ((n + who) % 3), acquiring).await else { continue };
        let holders = books.holders.clone();
        holders.set(holders.get() + 1);
        assert!(holders.get() <= permits);
        let _leaves = OnDrop(move || holders.set(holders.get() - 1));
        turns((n + who) as usize % 4).await;
        sleep(MS * (n % 2)).await;
    }
}

#[test]
fn under_100_schedules_with_cancellations_nobody_barges_in_and_no_permit_is_lost() {
    under_100_schedules(|seed| async move {
        let permits = 1 + seed as usize % 4;
        let (semaphore, books) = (Semaphore::new(permits), Books::default());
        let tasks: Vec<_> = (0..10)
            .map(|who| create_task(comes_and_goes(semaphore.clone(), books.clone(), permits, who)))
            .collect();
        // Every third one is cancelled wherever it is by then.
        for (n, task) in tasks.into_iter().enumerate() {
            if n % 3 == 0 {
                sleep(MS).await;
                turns(n).await;
                task.cancel();
            } else {
                task.await.unwrap();
            }
        }
        assert_eq!(debug(&semaphore), format!("<Semaphore value={permits} waiters=0>"));
        let all: Vec<_> =
            (0..permits).map(|_| poll_with(&mut semaphore.acquire(), Waker::noop())).collect();
        assert!(all.iter().all(Poll::is_ready) && semaphore.locked());
    });
}

/// A wake is foreign code: it may do all that a program may do, in the middle of a release.
#[test]
fn a_permit_that_a_waker_releases_while_it_is_woken_is_not_lost() {
    thread_local!(static SEMAPHORE: Semaphore = Semaphore::new(0));
    SEMAPHORE.with(|semaphore| {
        let mut waiter = semaphore.acquire();
        let releases = common::Hook::on_wake(|| SEMAPHORE.with(Semaphore::release));
        assert!(poll_with(&mut waiter, &releases).is_pending());
        semaphore.release();
        assert_eq!(debug(semaphore), "<Semaphore value=1 waiters=0>");
        drop(waiter);
        assert_eq!(debug(semaphore), "<Semaphore value=2 waiters=0>");
    });
}
