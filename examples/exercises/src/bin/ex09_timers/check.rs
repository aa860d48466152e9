//! A loop that has nothing but timers, and a clock that stands still unless the loop sleeps.

use std::{
    mem,
    panic::{self, AssertUnwindSafe, Location},
    sync::{Arc, Mutex, PoisonError},
    task::{Wake, Waker},
    time::Duration,
};

use glassloop::trace::{
    TaskId, What,
    record::{Cause, Unparker, WakeOutcome},
};

use super::answer::{Key, Timers};
use crate::harness::{Exercise, Failure, Log, Message, Verdict, ensure, fail};

pub const EXERCISE: Exercise = Exercise { number: 9, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "turns",
        en: "{0} turns, expected {1}: one for each distinct deadline, up to which the loop has slept. To wake \
             up more often, or to sleep for 0, is to ask the clock again and again: a busy-wait.",
        zh: "循环了 {0} 轮，应当是 {1} 轮：每个不同的截止时间只需一轮，循环一直睡到那时。更频繁地醒来，或者睡 0 秒，都是在反复问\
             时钟：忙等待。",
    },
    Message {
        id: "overslept",
        en: "sleep_for({0}) said {1}, and a timer was due at {2}: the loop slept past it. The earliest deadline \
             ends the sleep, in whatever order the timers were set.",
        zh: "sleep_for({0}) 给出 {1}，而有一个定时器在 {2} 到期：循环睡过了头。不论定时器按什么顺序设置，都应睡到最早的截止\
             时间为止。",
    },
    Message {
        id: "early",
        en: "fire({0}) woke a timer that is due at {1}: who waits until {1} has been promised that it is no \
             earlier",
        zh: "fire({0}) 唤醒了 {1} 才到期的定时器：等到 {1} 的 Task 得到的承诺是：绝不会提前",
    },
    Message {
        id: "not-fired",
        en: "a timer was due at {1}, and fire({0}) did not call its waker: at the deadline itself it is due",
        zh: "有一个定时器在 {1} 到期，fire({0}) 却没有调用它的唤醒器 (Waker)：时间等于截止时间，就已经到期了",
    },
    Message {
        id: "same-deadline",
        en: "two timers were set for {1}, and fire({0}) woke only one of them. A map with nothing but the \
             deadline as its key has room for one; and fire has to go on until none is due.",
        zh: "有两个定时器都在 {1} 到期，fire({0}) 却只唤醒了一个。映射若只以截止时间为键，就只放得下一个；fire 也必须一直做到\
             没有到期的定时器为止。",
    },
    Message {
        id: "fired-twice",
        en: "the timer for {0} went off {1} times: what has gone off has to be taken out",
        zh: "{0} 的定时器触发了 {1} 次：触发过的定时器必须取出",
    },
    Message {
        id: "order",
        en: "timers for 30 ms, 10 ms and 20 ms were due at once, and fire woke them in the order {0}: expected \
             the earliest deadline first",
        zh: "30 ms、10 ms、20 ms 的定时器同时等着触发，fire 唤醒它们的顺序却是 {0}：截止时间最早的应当最先",
    },
    Message {
        id: "woke-cancelled",
        en: "the timer for {0} was cancelled and went off all the same",
        zh: "{0} 的定时器已经取消，却仍然触发了",
    },
    Message {
        id: "cancelled-another",
        en: "a timer was cancelled, and with it the timer for {1}, which is another one: fire({0}) did not wake \
             it. A key has to mean one timer, also when two have the same deadline, and when the one that it \
             meant is gone.",
        zh: "取消一个定时器，却把 {1} 的另一个也一起取消了：fire({0}) 没有唤醒它。一个键只能对应一个定时器，即使有两个的截止时间相同，\
             即使它所指的那个早已不在。",
    },
    Message {
        id: "sleeps-for-cancelled",
        en: "the timer for 10 ms was cancelled, the next is due at 50 ms, and sleep_for(0ns) says {0}: the loop \
             would wake up for nobody",
        zh: "10 ms 的定时器已经取消，下一个在 50 ms 到期，sleep_for(0ns) 却给出 {0}：循环会白白醒来一次",
    },
    Message {
        id: "sleep-when-due",
        en: "a timer has been due since 10 ms, and sleep_for(50ms) says {0}: expected 0ns, for nothing is left \
             to wait for",
        zh: "有一个定时器在 10 ms 时就到期了，sleep_for(50ms) 却给出 {0}：应当是 0ns，已经没有什么可等",
    },
    Message {
        id: "panics-when-due",
        en: "a timer has been due since 10 ms, and sleep_for(50ms) panicked: a `Duration` can't be negative. A \
             loop that was busy comes too late; then it does not sleep at all.",
        zh: "有一个定时器在 10 ms 时就到期了，sleep_for(50ms) 却发生 panic：`Duration` 不能是负数。循环忙起来难免来晚，那时\
             就完全不睡。",
    },
    Message {
        id: "empty",
        en: "there is no timer, and sleep_for says {0}: expected None. To sleep for 0 is not to sleep, and \
             after any other time the loop would wake up for nobody.",
        zh: "没有定时器，sleep_for 却给出 {0}：应当是 None。睡 0 秒等于不睡，而睡任何别的时长，循环都会白白醒来。",
    },
    Message {
        id: "still-held",
        en: "all timers have gone off or were cancelled, and there is still a clone of a waker (number of \
             clones: {0}). So each timeout that was not needed leaves something behind, for ever.",
        zh: "所有定时器都已触发或取消，却还留着唤醒器的克隆（{0} 个）：每一个没用上的超时，都会永远留下一点东西。",
    },
];

fn check() -> Verdict {
    each_deadline_is_one_turn()?;
    a_deadline_may_lie_between_milliseconds()?;
    what_is_due_fires_in_order()?;
    a_cancelled_timer_is_as_if_it_had_never_been()?;
    an_old_key_means_nobody()
}

/// One who waits for a timer.
struct Sleeper {
    at: Duration,
    index: usize,
    rung: Arc<Mutex<Vec<usize>>>,
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner).push(self.index);
    }
}

/// A loop with timers alone.
struct World {
    timers: Timers,
    now: Duration,
    turns: u32,
    sleepers: Vec<Arc<Sleeper>>,
    is_cancelled: Vec<bool>,
    rings: Vec<u32>,
    rung: Arc<Mutex<Vec<usize>>>,
    log: Log,
}

/// After so many turns it is clear that the loop does not come to an end.
const MOST_TURNS: u32 = 10_000;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn told(duration: Duration) -> String {
    format!("{duration:?}")
}

fn told_sleep(sleep: Option<Duration>) -> String {
    sleep.map_or("None".to_string(), told)
}

impl World {
    fn new() -> World {
        World {
            timers: Timers::new(),
            now: Duration::ZERO,
            turns: 0,
            sleepers: Vec::new(),
            is_cancelled: Vec::new(),
            rings: Vec::new(),
            rung: Arc::default(),
            log: Log::default(),
        }
    }

    #[track_caller]
    fn sleeper(&mut self, at: Duration) -> Key {
        let (index, rung) = (self.sleepers.len(), self.rung.clone());
        let task = TaskId(index as u64 + 1);
        // A record keeps such a name for ever.
        let (coroutine, place) = (format!("until {at:?}").leak(), Location::caller());
        self.note(What::TaskCreated { task, by: None, coroutine, place });
        let sleeper = Arc::new(Sleeper { at, index, rung });
        let key = self.timers.insert(at, &Waker::from(sleeper.clone()));
        self.sleepers.push(sleeper);
        self.is_cancelled.push(false);
        self.rings.push(0);
        key
    }

    /// Cancels a timer, which is this sleeper's.
    fn cancel(&mut self, sleeper: usize, key: Key) {
        self.timers.cancel(key);
        self.is_cancelled[sleeper] = true;
    }

    fn note(&self, what: What) {
        self.log.note_at(self.now, u64::from(self.turns), what);
    }

    fn fail<T>(&self, id: &'static str, values: &[&dyn std::fmt::Display]) -> Result<T, Failure> {
        fail(id, values).map_err(|failure| failure.with(&self.log))
    }

    /// Sleeps and fires until no timer is left, which should take so many turns.
    fn run(&mut self, expected: u32) -> Verdict {
        while let Some(sleep) = self.timers.sleep_for(self.now) {
            self.turns += 1;
            if self.turns > MOST_TURNS {
                break;
            }
            self.sleep(sleep)?;
            self.fire()?;
        }
        if self.turns != expected {
            return self.fail("turns", &[&self.turns.min(MOST_TURNS), &expected]);
        }
        Ok(())
    }

    fn sleep(&mut self, sleep: Duration) -> Verdict {
        let before = self.now;
        let until = before.saturating_add(sleep);
        let deadline = u64::try_from(until.as_nanos()).ok();
        self.note(What::Parked { deadline });
        self.now = until;
        self.note(What::Unparked { by: Unparker::Deadline });
        let waiting = (0..self.sleepers.len()).filter(|&index| self.is_waiting(index));
        let earliest = waiting.map(|index| self.sleepers[index].at).min();
        match earliest.filter(|&at| at < until) {
            Some(at) => self.fail("overslept", &[&told(before), &told(sleep), &told(at)]),
            None => Ok(()),
        }
    }

    fn is_waiting(&self, index: usize) -> bool {
        self.rings[index] == 0 && !self.is_cancelled[index]
    }

    /// Fires once, and looks who was woken and who was not. Returns them in order.
    fn fire(&mut self) -> Result<Vec<usize>, Failure> {
        self.timers.fire(self.now);
        let rung = mem::take(&mut *self.rung.lock().unwrap_or_else(PoisonError::into_inner));
        for &index in &rung {
            self.rings[index] += 1;
            let (task, by) = (TaskId(index as u64 + 1), Cause::Timer(index as u64));
            self.note(What::Woken { task, by, outcome: WakeOutcome::Queued });
        }
        let now = told(self.now);
        for (index, sleeper) in self.sleepers.iter().enumerate() {
            let (at, rings) = (told(sleeper.at), self.rings[index]);
            if rings > 0 && self.is_cancelled[index] && rung.contains(&index) {
                return self.fail("woke-cancelled", &[&at]);
            }
            if rings > 1 {
                return self.fail("fired-twice", &[&at, &rings]);
            }
            if rings > 0 && sleeper.at > self.now {
                return self.fail("early", &[&now, &at]);
            }
            if self.is_waiting(index) && sleeper.at <= self.now {
                return self.fail(self.why_not_fired(index), &[&now, &at]);
            }
        }
        Ok(rung)
    }

    /// One that is due was not woken. After a `cancel` it is that which took it along, for all else has been
    /// looked at before. Else another one with the same deadline was perhaps woken in its place.
    fn why_not_fired(&self, index: usize) -> &'static str {
        let at = self.sleepers[index].at;
        let mut others = self.sleepers.iter().zip(&self.rings);
        if self.is_cancelled.contains(&true) {
            "cancelled-another"
        } else if others.any(|(sleeper, &rings)| sleeper.at == at && rings > 0) {
            "same-deadline"
        } else {
            "not-fired"
        }
    }

    /// Nothing is left: no sleep, no waker.
    fn is_empty(&self) -> Verdict {
        let sleep = self.timers.sleep_for(self.now);
        ensure(sleep.is_none(), "empty", &[&told_sleep(sleep)])?;
        let held = self.sleepers.iter().map(|sleeper| Arc::strong_count(sleeper) - 1);
        let held: usize = held.sum();
        ensure(held == 0, "still-held", &[&held])
    }
}

fn each_deadline_is_one_turn() -> Verdict {
    let mut world = World::new();
    world.is_empty()?;
    for at in [300, 1_000, 20, 300] {
        world.sleeper(ms(at));
    }
    world.run(3)?;
    world.is_empty()
}

fn a_deadline_may_lie_between_milliseconds() -> Verdict {
    let mut world = World::new();
    world.sleeper(Duration::from_micros(20_300));
    world.run(1)
}

/// The loop was busy for long, and three deadlines are past.
fn what_is_due_fires_in_order() -> Verdict {
    let mut world = World::new();
    for at in [30, 10, 20, 70] {
        world.sleeper(ms(at));
    }
    world.now = ms(50);
    let sleep = panic::catch_unwind(AssertUnwindSafe(|| world.timers.sleep_for(world.now)));
    let Ok(sleep) = sleep else { return fail("panics-when-due", &[]) };
    ensure(sleep == Some(Duration::ZERO), "sleep-when-due", &[&told_sleep(sleep)])?;
    let order = world.fire()?;
    let told: Vec<_> = order.iter().map(|&index| told(world.sleepers[index].at)).collect();
    ensure(order == [1, 2, 0], "order", &[&told.join(", ")])
}

fn a_cancelled_timer_is_as_if_it_had_never_been() -> Verdict {
    let mut world = World::new();
    let first = world.sleeper(ms(10));
    world.sleeper(ms(50));
    let one_of_two = world.sleeper(ms(70));
    world.sleeper(ms(70));
    let in_an_hour = world.sleeper(ms(3_600_000));
    world.cancel(0, first);
    world.cancel(2, one_of_two);
    world.cancel(4, in_an_hour);
    let sleep = world.timers.sleep_for(world.now);
    for at in [10, 50, 70] {
        world.now = ms(at);
        world.fire()?;
    }
    ensure(sleep == Some(ms(50)), "sleeps-for-cancelled", &[&told_sleep(sleep)])?;
    world.is_empty()
}

/// A timer that went off is cancelled. That changes nothing, also for one that was set after it.
fn an_old_key_means_nobody() -> Verdict {
    let mut world = World::new();
    let old = world.sleeper(ms(10));
    world.now = ms(10);
    world.fire()?;
    world.sleeper(ms(20));
    world.cancel(0, old);
    world.now = ms(20);
    world.fire()?;
    world.is_empty()
}
