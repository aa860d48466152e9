//! Polls the countdown by hand, and counts: how often, and how often it woke its task.

use std::pin::pin;

use super::answer::Countdown;
use crate::harness::{CountingWaker, Exercise, Message, Verdict, ensure, fail, poll_once};

pub const EXERCISE: Exercise = Exercise { number: 1, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "no-wake",
        en: "poll {0} of Countdown::new({1}) returned Pending and told nobody: its task would never be polled \
             again. Whoever returns Pending has seen to it that the waker will be called.",
        zh: "Countdown::new({1}) 的第 {0} 次轮询返回了 Pending，却没有通知任何人：它所在的 Task 再也不会被轮询。\
             返回 Pending 之前，必须保证唤醒器 (Waker) 会被调用。",
    },
    Message {
        id: "woke-twice",
        en: "poll {0} of Countdown::new({1}) called the waker {2} times: once is enough, and the poll that \
             returns Ready needs none",
        zh: "Countdown::new({1}) 的第 {0} 次轮询调用了 {2} 次唤醒器：一次就够了，返回 Ready 的那次轮询则不需要",
    },
    Message {
        id: "wrong-poll",
        en: "Countdown::new({0}) was ready at poll {1}, expected: poll {2}",
        zh: "Countdown::new({0}) 在第 {1} 次轮询时就绪，应当是第 {2} 次",
    },
    Message {
        id: "not-ready",
        en: "Countdown::new({0}) was still pending at poll {1}, where it should be ready",
        zh: "Countdown::new({0}) 在第 {1} 次轮询时仍未就绪，而此时它应当就绪",
    },
];

fn check() -> Verdict {
    [0, 1, 2, 5, 1_000].into_iter().try_for_each(count)
}

/// `n + 1` polls, and a wake in each of them but the last.
fn count(n: u32) -> Verdict {
    let counting = CountingWaker::new();
    let mut countdown = pin!(Countdown::new(n));
    for poll in 1..=n + 1 {
        let woken_before = counting.wakes();
        let is_ready = poll_once(countdown.as_mut(), &counting.waker()).is_ready();
        let wakes = counting.wakes() - woken_before;
        if is_ready && poll <= n {
            return fail("wrong-poll", &[&n, &poll, &(n + 1)]);
        }
        let expected = usize::from(!is_ready);
        ensure(wakes >= expected, "no-wake", &[&poll, &n])?;
        ensure(wakes <= expected, "woke-twice", &[&poll, &n, &wakes])?;
        if is_ready {
            return Ok(());
        }
    }
    fail("not-ready", &[&n, &(n + 1)])
}
