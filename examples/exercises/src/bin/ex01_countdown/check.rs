//! Polls countdowns by hand, and writes down which wakers are called, and where.

use std::{
    mem,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Wake, Waker},
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

use super::answer::Countdown;
use crate::harness::{Exercise, Message, PATIENCE, Verdict, ensure, fail, poll_once, scene};

pub const EXERCISE: Exercise = Exercise { number: 1, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "no-wake",
        en: "poll {0} of Countdown::new({1}) returned Pending and told nobody: its task would never be polled \
             again. A future that returns Pending must make sure that the waker will be called.",
        zh: "Countdown::new({1}) 的第 {0} 次轮询返回了 Pending，却没有通知任何人：它所在的 Task 再也不会被轮询。\
             返回 Pending 之前，必须保证唤醒器 (Waker) 会被调用。",
    },
    Message {
        id: "elsewhere",
        en: "poll {0} of Countdown::new({1}) left it to another thread to call the waker. A countdown waits for \
             nothing outside: the poll itself calls the waker, before it returns Pending.",
        zh: "Countdown::new({1}) 的第 {0} 次轮询把调用唤醒器的事交给了另一个线程。它不等待外界的任何事：应当在轮询里，\
             在返回 Pending 之前，自己调用唤醒器。",
    },
    Message {
        id: "old-waker",
        en: "poll {0} of Countdown::new({1}) called the waker of an earlier poll. The future may have moved to another \
             task since: call the waker of this very poll, and no other.",
        zh: "Countdown::new({1}) 的第 {0} 次轮询调用了更早一次轮询的唤醒器。Future 可能已经转移到另一个 Task：\
             应当调用这次轮询的唤醒器，而且只调用它。",
    },
    Message {
        id: "woke-twice",
        en: "poll {0} of Countdown::new({1}) called the waker {2} times: once is enough",
        zh: "Countdown::new({1}) 的第 {0} 次轮询调用了 {2} 次唤醒器：一次就够了",
    },
    Message {
        id: "woke-when-ready",
        en: "poll {0} of Countdown::new({1}) called the waker and returned Ready: it is over, and nobody has to poll \
             it again. Only a poll that returns Pending calls the waker.",
        zh: "Countdown::new({1}) 的第 {0} 次轮询调用了唤醒器，又返回了 Ready：它已经结束，不必再有人轮询它。\
             只有返回 Pending 的轮询才调用唤醒器。",
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
    Message {
        id: "one-count-for-all",
        en: "Countdown::new({0}) counts correctly when it is alone. With a second countdown it was {1} at its poll \
             {2}: the two share a counter. Each needs its own field.",
        zh: "Countdown::new({0}) 单独运行时数得对；旁边还有另一个倒数时，它在第 {2} 次轮询时的结果是 {1}：两个共用了一个计数。\
             每个都要有自己的字段。",
    },
];

fn check() -> Verdict {
    [0, 1, 2, 5, 1_000].into_iter().try_for_each(count)?;
    two_at_once()
}

/// Which waker was called, and on which thread.
type Calls = Arc<Mutex<Vec<(u32, ThreadId)>>>;

struct Numbered(u32, Calls);

impl Wake for Numbered {
    fn wake(self: Arc<Self>) {
        scene::woken(Arc::as_ptr(&self).addr());
        let mut calls = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push((self.0, thread::current().id()));
    }
}

fn take(calls: &Calls) -> Vec<(u32, ThreadId)> {
    mem::take(&mut *calls.lock().unwrap_or_else(PoisonError::into_inner))
}

/// `n + 1` polls, and a wake in each of them but the last.
fn count(n: u32) -> Verdict {
    let calls = Calls::default();
    let mut countdown = pin!(Countdown::new(n));
    let mut numbered = Arc::new(Numbered(0, calls.clone()));
    for poll in 1..=n + 1 {
        // Two polls in a row have the same waker, the next two another one.
        if poll % 2 == 1 {
            numbered = Arc::new(Numbered(poll, calls.clone()));
            scene::has_waker(Arc::as_ptr(&numbered).addr());
        }
        let is_ready = poll_once(countdown.as_mut(), &Waker::from(numbered.clone())).is_ready();
        if is_ready && poll <= n {
            return fail("wrong-poll", &[&n, &poll, &(n + 1)]);
        }
        let called = if is_ready { take(&calls) } else { await_a_call(&calls, &numbered) };
        judge(&called, numbered.0, is_ready)
            .map_or(Ok(()), |id| fail(id, &[&poll, &n, &called.len()]))?;
        if is_ready {
            return Ok(());
        }
    }
    fail("not-ready", &[&n, &(n + 1)])
}

/// What was called until the poll was over; if nothing was, then what is called as long as somebody could.
fn await_a_call(calls: &Calls, numbered: &Arc<Numbered>) -> Vec<(u32, ThreadId)> {
    let begin = Instant::now();
    loop {
        let somebody_can = Arc::strong_count(numbered) > 1 && begin.elapsed() < PATIENCE;
        let called = take(calls);
        if !called.is_empty() || !somebody_can {
            return called;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// What is wrong with the calls of one poll, which had the waker of this number.
fn judge(called: &[(u32, ThreadId)], number: u32, is_ready: bool) -> Option<&'static str> {
    let is_elsewhere = called.iter().any(|call| call.1 != thread::current().id());
    let is_old = called.iter().any(|call| call.0 != number);
    match called.len() {
        _ if is_elsewhere => Some("elsewhere"),
        _ if is_old => Some("old-waker"),
        1.. if is_ready => Some("woke-when-ready"),
        0 if !is_ready => Some("no-wake"),
        2.. => Some("woke-twice"),
        _ => None,
    }
}

/// Two that are polled in turn.
fn two_at_once() -> Verdict {
    let (mut long, mut short) = (pin!(Countdown::new(4)), pin!(Countdown::new(2)));
    for poll in 1..=5 {
        counts_its_own(long.as_mut(), 4, poll)?;
        if poll <= 3 {
            counts_its_own(short.as_mut(), 2, poll)?;
        }
    }
    Ok(())
}

fn counts_its_own(countdown: Pin<&mut Countdown>, n: u32, poll: u32) -> Verdict {
    let is_ready = poll_once(countdown, Waker::noop()).is_ready();
    let word = if is_ready { "Ready" } else { "Pending" };
    ensure(is_ready == (poll > n), "one-count-for-all", &[&n, &word, &poll])
}
