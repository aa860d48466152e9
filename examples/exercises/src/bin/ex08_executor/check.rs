//! Gives the executor tasks that write down what is done to them, and wakes them by hand.

use std::{
    cell::{Cell, RefCell},
    panic,
    rc::Rc,
    task::Poll,
};

use crate::harness::{Exercise, Failure, Verdict, fail, on_a_thread};
use tasks::{OnDrop, Seen, Stage, Within, now_within, within};

#[path = "handles.rs"]
mod handles;
#[path = "messages.rs"]
mod messages;
#[path = "races.rs"]
mod races;
#[path = "tasks.rs"]
mod tasks;

pub const EXERCISE: Exercise = Exercise { number: 8, messages: messages::MESSAGES, check };

fn check() -> Verdict {
    let outcome = panic::catch_unwind(|| on_a_thread(looks));
    match outcome {
        Ok(Some(verdict)) => verdict?,
        Ok(None) => stuck()?,
        Err(payload) if payload.is::<Failure>() => panic::resume_unwind(payload),
        Err(payload) => match now_within() {
            Within::SpawnByTask | Within::WakeAfterTheEnd | Within::Awaiter => stuck()?,
            _ => panic::resume_unwind(payload),
        },
    }
    races::wakes_may_come_at_any_moment()
}

/// A call does not come back, or could not do its work.
fn stuck() -> Verdict {
    match now_within() {
        Within::SpawnByTask => fail("spawn-blocked", &[]),
        Within::WakeByTask => fail("wake-blocked", &[]),
        Within::WakeAfterTheEnd => fail("wake-after-the-end", &[]),
        Within::Awaiter => fail("handle-woken-under-lock", &[]),
        Within::Spawn => fail("blocked", &[&"spawn"]),
        Within::Wake => fail("blocked", &[&"wake"]),
        Within::Handle => fail("blocked", &[&"Handle::poll"]),
        Within::Run | Within::Nothing => fail("not-idle", &[]),
    }
}

fn looks() -> Verdict {
    a_task_is_polled_when_woken()?;
    tasks_take_turns()?;
    many_wakes_are_one_poll()?;
    who_was_not_woken_is_not_polled()?;
    who_was_woken_first_is_polled_first()?;
    a_task_that_is_done_is_gone()?;
    an_old_waker_wakes_nobody()?;
    a_number_may_be_left_in_the_queue()?;
    a_task_may_spawn()?;
    a_drop_may_wake_and_spawn()?;
    executors_know_nothing_of_each_other()?;
    an_executor_may_be_gone()?;
    handles::are_futures_of_results()
}

fn a_task_is_polled_when_woken() -> Verdict {
    let stage = Stage::new();
    let (future, seen) = stage.task(1, |_, _| Poll::Pending);
    let handle = Box::new(stage.spawn(future));
    stage.run();
    if seen.polls.get() == 0 {
        stage.why_not_polled(&seen, "not-queued")?;
    }
    seen.wake();
    stage.runs_once(&seen, 1, "lost-wake")?;
    seen.wake_elsewhere();
    stage.runs_once(&seen, 2, "lost-elsewhere")?;
    drop(handle);
    seen.wake();
    stage.runs_once(&seen, 3, "handle-cancels")?;

    let without_handle = stage.start(2, |_, _| Poll::Pending);
    stage.runs_once(&without_handle, 0, "handle-cancels")
}

fn tasks_take_turns() -> Verdict {
    let stage = Stage::new();
    let tasks = [1, 2, 3].map(|task| {
        stage.start(task, move |seen, _| {
            if seen.polls.get() == 3 {
                return Poll::Ready(0);
            }
            seen.wake_by(task);
            Poll::Pending
        })
    });
    stage.run();
    if stage.polled() == [1, 2, 3] {
        return stage.told(stage.why_not_polled(&tasks[0], "lost-wake"));
    }
    stage.is_order(&[1, 2, 3, 1, 2, 3, 1, 2, 3])
}

fn many_wakes_are_one_poll() -> Verdict {
    let stage = Stage::new();
    let seen = stage.start(1, |seen, _| {
        match seen.polls.get() {
            1 => (0..2).for_each(|_| seen.wake_by(1)),
            4 => (0..3).for_each(|_| seen.wake_elsewhere()),
            _ => (),
        }
        Poll::Pending
    });
    stage.run();
    let more = seen.polls.get() - 1;
    if more == 0 {
        return stage.told(stage.why_not_polled(&seen, "lost-wake"));
    }
    stage.ensure(more == 1, "queued-twice", &[&1, &more])?;
    // Both an even and an odd number of them.
    (0..2).for_each(|_| seen.wake());
    stage.runs_once(&seen, 2, "lost-wake")?;
    (0..2).for_each(|_| seen.wake());
    seen.wake_elsewhere();
    stage.run();
    // That poll was the fourth, and it was woken in it.
    let more = seen.polls.get() - 4;
    if more == 0 {
        return stage.told(stage.why_not_polled(&seen, "lost-wake"));
    }
    stage.ensure(more == 1, "queued-twice", &[&1, &more])?;

    // The second is in the queue when the first wakes it.
    let second: Rc<RefCell<Option<Rc<Seen>>>> = Rc::default();
    let other = second.clone();
    let stage = Stage::new();
    let first = stage.start(1, move |_, _| {
        if let Some(second) = &*other.borrow() {
            second.wake_by(1);
        }
        Poll::Pending
    });
    let seen = stage.start(2, |_, _| Poll::Pending);
    stage.run();
    second.replace(Some(seen.clone()));
    first.wake();
    seen.wake();
    stage.runs_once(&seen, 1, "lost-wake")
}

fn who_was_not_woken_is_not_polled() -> Verdict {
    let stage = Stage::new();
    let [first, second] = [1, 2].map(|task| stage.start(task, |_, _| Poll::Pending));
    stage.run();
    first.wake();
    stage.runs_once(&first, 1, "lost-wake")?;
    stage.ensure(second.polls.get() == 1, "polled-unwoken", &[])
}

fn who_was_woken_first_is_polled_first() -> Verdict {
    let stage = Stage::new();
    let tasks: Vec<_> = (1..=100).map(|task| stage.start(task, |_, _| Poll::Pending)).collect();
    stage.run();
    if stage.polled().len() < 100 {
        return stage.told(stage.why_not_polled(&tasks[99], "not-queued"));
    }
    for task in [70, 1, 100, 5] {
        tasks[task - 1].wake();
    }
    let last = stage.start(101, |_, _| Poll::Pending);
    tasks[1].wake();
    stage.runs_once(&last, 0, "not-queued")?;
    let all: Vec<u64> = (1..=100).chain([70, 1, 100, 5, 101, 2]).collect();
    let polled = stage.polled();
    let late = |order: &[u64]| order[order.len().min(100)..].to_vec();
    let list = |order: &[u64]| late(order).iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
    stage.ensure(polled == all, "order", &[&list(&polled), &list(&all)])
}

fn a_task_that_is_done_is_gone() -> Verdict {
    let stage = Stage::new();
    let (future, seen) = stage.task(1, |seen, _| match seen.polls.get() {
        1 => Poll::Ready(1),
        _ => Poll::Pending,
    });
    let _handle = stage.spawn(future);
    let (first, is_dropped) = (seen.clone(), Rc::new(Cell::new(false)));
    let was_dropped = is_dropped.clone();
    stage.start(2, move |_, _| {
        was_dropped.set(first.is_dropped.get());
        Poll::Ready(2)
    });
    stage.run();
    seen.wake();
    stage.run();
    stage.ensure(seen.polls.get() == 1, "polled-after-ready", &[])?;
    stage.ensure(is_dropped.get(), "not-dropped", &[])
}

fn an_old_waker_wakes_nobody() -> Verdict {
    let stage = Stage::new();
    let old = stage.start(1, |_, _| Poll::Ready(1));
    stage.run();
    let new = stage.start(2, |_, _| Poll::Pending);
    stage.run();
    old.wake();
    stage.run();
    stage.ensure(new.polls.get() == 1, "stale-wake", &[])
}

/// A task wakes itself and is done. The next one spawns a third.
fn a_number_may_be_left_in_the_queue() -> Verdict {
    let stage = Stage::new();
    stage.start(1, |seen, _| {
        seen.wake_by(1);
        Poll::Ready(1)
    });
    let (future, third) = stage.task(3, |_, _| Poll::Pending);
    let (future, there) = (RefCell::new(Some(future)), stage.clone());
    stage.start(2, move |_, _| {
        if let Some(future) = future.take() {
            there.spawn(future);
        }
        Poll::Pending
    });
    stage.run();
    stage.ensure(third.polls.get() <= 1, "stale-number", &[])?;
    stage.is_order(&[1, 2, 3])
}

fn a_task_may_spawn() -> Verdict {
    let stage = Stage::new();
    let child = RefCell::new(Some(stage.task(2, |_, _| Poll::Ready(2)).0));
    let there = stage.clone();
    stage.start(1, move |_, _| {
        if let Some(child) = child.take() {
            there.spawn(child);
        }
        Poll::Ready(1)
    });
    stage.run();
    stage.is_order(&[1, 2])
}

fn a_drop_may_wake_and_spawn() -> Verdict {
    let stage = Stage::new();
    let waits = stage.start(1, |_, _| Poll::Pending);
    stage.run();
    let (woken, child) = (waits.clone(), RefCell::new(Some(stage.task(3, |_, _| Poll::Pending).0)));
    let there = stage.clone();
    let on_drop = OnDrop(move || {
        woken.wake_by(2);
        if let Some(child) = child.take() {
            there.spawn(child);
        }
    });
    stage.start(2, move |_, _| {
        let _is_mine = &on_drop;
        Poll::Ready(2)
    });
    stage.runs_once(&waits, 1, "lost-wake")?;
    stage.is_order(&[1, 2, 1, 3])
}

fn executors_know_nothing_of_each_other() -> Verdict {
    let (one, other) = (Stage::new(), Stage::new());
    let seen = one.start(1, |_, _| Poll::Pending);
    let not_mine = other.start(2, |_, _| Poll::Pending);
    let polls_are = |expected: (u32, u32)| {
        let polls = (seen.polls.get(), not_mine.polls.get());
        one.ensure(polls == expected, "another-executor", &[])
    };
    one.run();
    polls_are((1, 0))?;
    other.run();
    polls_are((1, 1))?;
    seen.wake();
    other.run();
    polls_are((1, 1))?;
    one.run();
    polls_are((2, 1))
}

fn an_executor_may_be_gone() -> Verdict {
    let stage = Stage::new();
    let seen = stage.start(1, |_, _| Poll::Pending);
    stage.run();
    let waker = seen.waker();
    drop(stage);
    within(Within::WakeAfterTheEnd, || waker.wake_by_ref());
    Ok(())
}
