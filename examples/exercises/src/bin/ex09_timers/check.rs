//! Sets timers, cancels some of them, and looks who is woken when.

use std::{task::Waker, time::Duration};

use super::answer::{Key, Timers};
use crate::harness::{CountingWaker, Exercise, Verdict, ensure, fail, on_a_thread};
use world::{World, now_within};

#[path = "messages.rs"]
mod messages;
#[path = "world.rs"]
mod world;

pub const EXERCISE: Exercise = Exercise { number: 9, messages: messages::MESSAGES, check };

fn check() -> Verdict {
    on_a_thread(looks).unwrap_or_else(|| fail("sleeps-itself", &[&now_within()]))
}

fn looks() -> Verdict {
    each_deadline_is_one_turn()?;
    each_has_its_own()?;
    a_deadline_may_lie_between_milliseconds()?;
    what_is_due_fires_in_order()?;
    a_deadline_may_be_past_or_far()?;
    a_waker_may_wait_for_two()?;
    many_timers(World::new(), 0)?;
    one_of_many_is_cancelled()?;
    a_cancelled_timer_is_as_if_it_had_never_been()?;
    an_old_key_means_nobody()?;
    many_timers(World::new(), 30)?;
    nothing_is_left_of_a_timer()
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn each_deadline_is_one_turn() -> Verdict {
    let mut world = World::new();
    world.sleep_is_right()?;
    for at in [300, 1_000, 20, 300] {
        world.sleeper(ms(at));
    }
    world.run(3)
}

fn a_deadline_may_lie_between_milliseconds() -> Verdict {
    let mut world = World::new();
    world.sleeper(Duration::from_micros(20_300));
    world.run(1)?;
    world.sleeper(Duration::from_nanos(30_300_007));
    world.run(2)?;
    for micros in [40_900, 40_300, 40_600] {
        world.sleeper(Duration::from_micros(micros));
    }
    world.now = ms(50);
    world.fire()
}

/// The loop was busy for long, and three deadlines are past.
fn what_is_due_fires_in_order() -> Verdict {
    let mut world = World::new();
    for at in [30, 10, 20, 70] {
        world.sleeper(ms(at));
    }
    world.now = ms(50);
    world.sleep_is_right()?;
    world.fire()?;
    world.sleep_is_right()
}

/// A timer may be set when its time is past already, for the very beginning, for now, or for next to never.
fn a_deadline_may_be_past_or_far() -> Verdict {
    let mut world = World::new();
    world.sleeper(Duration::ZERO);
    world.fire()?;
    world.now = ms(50);
    world.fire()?;
    world.sleeper(ms(70));
    for looks_before in [false, true] {
        for at in [20, 50] {
            world.sleeper(ms(at));
            if looks_before {
                world.sleep_is_right()?;
            }
            world.fire()?;
        }
    }
    world.sleep_is_right()?;
    world.sleeper(ms(3_600_000));
    world.now = ms(70);
    world.fire()?;
    world.sleep_is_right()?;

    let (mut timers, counting) = (Timers::new(), CountingWaker::new());
    timers.insert(Duration::MAX, &counting.waker());
    timers.fire(ms(3_600_000));
    let is_far = timers.sleep_for(ms(10)).is_none_or(|sleep| sleep > ms(1_000_000_000_000));
    let is_early = counting.wakes() > 0 || !is_far;
    ensure(!is_early, "early", &[&"3600s", &"Duration::MAX"])
}

/// A task waits for an answer and for its timeout, with one waker.
fn a_waker_may_wait_for_two() -> Verdict {
    let (mut timers, counting) = (Timers::new(), CountingWaker::new());
    timers.insert(ms(10), &counting.waker());
    let key = timers.insert(ms(20), &counting.waker());
    timers.insert(ms(30), &counting.waker());
    timers.fire(ms(10));
    ensure(counting.wakes() > 0, "same-waker", &[&"10ms"])?;
    timers.cancel(key);
    let before = counting.wakes();
    timers.fire(ms(30));
    ensure(counting.wakes() > before, "same-waker", &[&"30ms"])
}

fn a_cancelled_timer_is_as_if_it_had_never_been() -> Verdict {
    let mut world = World::new();
    let first = world.sleeper(ms(10));
    world.sleeper(ms(50));
    let in_an_hour = world.sleeper(ms(3_600_000));
    world.sleep_is_right()?;
    world.cancel(0, first)?;
    world.cancel(2, in_an_hour)?;
    world.sleep_is_right()?;
    for at in [10, 50] {
        world.now = ms(at);
        world.fire()?;
    }
    let only = world.sleeper(ms(70));
    world.cancel(3, only)?;
    world.sleep_is_right()
}

/// Some have the same deadline. They are cancelled in the order in which they were set, and the other way round.
fn one_of_many_is_cancelled() -> Verdict {
    for order in [[0, 1], [1, 0], [3, 4], [4, 3], [0, 4]] {
        let mut world = World::new();
        let mut keys: Vec<_> =
            [70, 70, 70, 80, 90, 100].map(|at| Some(world.sleeper(ms(at)))).into();
        for sleeper in order {
            if let Some(key) = keys[sleeper].take() {
                world.cancel(sleeper, key)?;
            }
        }
        for at in [70, 80, 90, 100] {
            world.now = ms(at);
            world.fire()?;
        }
    }
    Ok(())
}

/// A timer that went off is cancelled. That changes nothing, also for one that was set after it.
fn an_old_key_means_nobody() -> Verdict {
    for next in [20, 10] {
        let mut world = World::new();
        let old = world.sleeper(ms(10));
        world.now = ms(10);
        world.fire()?;
        world.sleeper(ms(next));
        world.cancel(0, old)?;
        world.now = ms(20);
        world.fire()?;
        world.sleep_is_right()?;
    }
    Ok(())
}

fn each_has_its_own() -> Verdict {
    let (mut one, mut other) = (Timers::new(), Timers::new());
    let counting = CountingWaker::new();
    let key = one.insert(ms(10), &counting.waker());
    let sleep = other.sleep_for(ms(0));
    let not_there = other.insert(ms(20), Waker::noop());
    other.fire(ms(10));
    let wakes = counting.wakes();
    other.cancel(not_there);
    one.fire(ms(10));
    one.cancel(key);
    let is_apart = sleep.is_none() && wakes == 0 && counting.wakes() == 1;
    ensure(is_apart, "another-timers", &[])
}

/// Timers are set, go off and are cancelled in a haphazard order, which is always the same. So many of a hundred are
/// cancelled.
fn many_timers(mut world: World, cancelled: u64) -> Verdict {
    let mut dice = 1_u64;
    let mut throw = |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    let mut keys: Vec<Option<Key>> = Vec::new();
    for _ in 0..600 {
        match throw(100) {
            dice if dice < cancelled && !keys.is_empty() => {
                let sleeper = throw(keys.len() as u64) as usize;
                if let Some(key) = keys[sleeper].take() {
                    world.cancel(sleeper, key)?;
                }
            }
            dice if dice < 75 => {
                let at = (world.now + ms(throw(12))).saturating_sub(ms(2));
                keys.push(Some(world.sleeper(at)));
            }
            _ => {
                world.now += ms(throw(8));
                world.sleep_is_right()?;
                world.fire()?;
            }
        }
        world.sleep_is_right()?;
    }
    Ok(())
}

/// The same once more, with a look at the wakers.
fn nothing_is_left_of_a_timer() -> Verdict {
    let mut world = World::new();
    world.looks_at_wakers = true;
    many_timers(world, 30)
}
