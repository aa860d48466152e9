//! Polls delays by hand, with a waker of its own for each poll, and sees which of them is called, when, and how often.
//!
//! The time is real, but nothing depends on how fast this machine is: a delay may end as late as it likes.

use std::{
    iter,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    task::{Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use super::answer::{Delay, delay};
use crate::harness::{
    CountingWaker, Exercise, Message, PATIENCE, Verdict, ensure, fail, on_a_thread, poll_once,
};

pub const EXERCISE: Exercise = Exercise { number: 4, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "blocks",
        en: "{0} of delay({1}) does not return: it waits itself. Nothing else can run on this thread meanwhile; \
             the waiting is for another thread to do.",
        zh: "delay({1}) 的 {0} 没有返回：它自己在等待，这期间本线程上的其他任何事都无法运行。等待应当由另一个线程来做。",
    },
    Message {
        id: "spinning",
        en: "the first poll of delay({0}) called its waker ({1}×), though the time is not over: its task is \
             polled again at once, and again, until then. Have the waker called when the time is over.",
        zh: "delay({0}) 的第一次轮询就调用了 {1} 次唤醒器，而时间还没有到：它的 Task 会立刻再被轮询，一次又一次，直到到期，\
             这是忙等待。唤醒器应当在到期时才被调用。",
    },
    Message {
        id: "ready-early",
        en: "delay({1}) was ready in its poll {0}, after {2}. It may be late, never early; and that it is polled again \
             says nothing about the time: a task may be polled for other reasons.",
        zh: "delay({1}) 在第 {0} 次轮询时就绪，此时只过了 {2}。可以迟，不可以早；再次被轮询并不说明时间到了：\
             Task 可能因为别的原因被轮询。",
    },
    Message {
        id: "old-waker",
        en: "delay({0}) was polled {2} times, each time with another waker, and it woke the old waker, that of poll \
             {1}. The future may have moved to another task since: only the waker of the last poll counts.",
        zh: "delay({0}) 被轮询了 {2} 次，每次的唤醒器都不同，它唤醒的却是第 {1} 次轮询的旧唤醒器。future 可能已经转移到\
             另一个 Task：只有最后一次轮询的唤醒器才算数。",
    },
    Message {
        id: "too-many-wakes",
        en: "delay({0}) was polled {2} times, and called wakers {1} times, expected: once. Each wake too many is a \
             poll in vain. Is there one timer a poll?",
        zh: "delay({0}) 被轮询了 {2} 次，调用了 {1} 次唤醒器，应当只有一次。每一次多余的唤醒都是一次白费的轮询。\
             是不是每次轮询都新建了一个定时器？",
    },
    Message {
        id: "pending-after-wake",
        en: "delay({0}) called its waker after {1}, and the poll after that returned Pending. If nobody calls \
             the waker again the task sleeps for ever.",
        zh: "delay({0}) 在过了 {1} 时调用了唤醒器，而随后的轮询返回了 Pending。如果没有人再次调用唤醒器，这个 Task 将永远睡下去。",
    },
    Message {
        id: "never-woken",
        en: "delay({0}) returned Pending, and when its time was over nobody called its waker: who returns Pending \
             has to see to it that somebody will",
        zh: "delay({0}) 返回了 Pending，但时间到了也没有人调用它的唤醒器：返回 Pending 的一方必须保证有人会调用",
    },
    Message {
        id: "lost-wake",
        en: "the time of delay({0}) was over before it had a waker; its poll returned Pending, and nobody called \
             the waker any more: a lost wake. To look whether the time is over and to leave the waker must be one \
             step, and so must be to say that it is over and to take the waker.",
        zh: "delay({0}) 到期时还没有拿到唤醒器；随后的轮询返回了 Pending，却再也没有人调用唤醒器：这是丢失唤醒。\
             查看是否到期和留下唤醒器必须是一步，宣布到期和取走唤醒器也必须是一步。",
    },
    Message {
        id: "from-first-poll",
        en: "delay({0}) was first polled {1} after the call, and then took {2} more. Its time runs from the call on, \
             not from the first poll.",
        zh: "delay({0}) 在调用之后过了 {1} 才第一次被轮询，此后又等了 {2}。它的时间应当从调用时算起，而不是从第一次轮询算起。",
    },
];

const HOUR: Duration = Duration::from_secs(3_600);

/// The length of the delay that is first polled twice as long after the call.
const LATE: Duration = Duration::from_millis(300);

/// How often a delay is polled before its time is over.
const POLLS: usize = 10;

fn check() -> Verdict {
    returns_at_once()?;
    let (called, late) = (Instant::now(), delay(LATE));
    wakes_the_last_waker()?;
    loses_no_wake()?;
    counts_from_the_call(late, called)
}

fn shown(length: Duration) -> String {
    format!("{length:?}")
}

fn milliseconds(length: Duration) -> String {
    format!("{} ms", length.as_millis())
}

/// A call, a poll and a drop, none of which waits.
fn returns_at_once() -> Verdict {
    let step = Arc::new(Mutex::new("the call"));
    let enters = {
        let step = step.clone();
        move |name| *step.lock().unwrap_or_else(PoisonError::into_inner) = name
    };
    let polled = on_a_thread(move || {
        let counting = CountingWaker::new();
        let mut delay = Box::pin(delay(HOUR));
        enters("poll()");
        let _ = poll_once(delay.as_mut(), &counting.waker());
        let wakes = counting.wakes();
        enters("drop()");
        drop(delay);
        wakes
    });
    let Some(wakes) = polled else {
        let step = *step.lock().unwrap_or_else(PoisonError::into_inner);
        return fail("blocks", &[&step, &shown(HOUR)]);
    };
    ensure(wakes == 0, "spinning", &[&shown(HOUR), &wakes])
}

/// The waker of one poll: it says which, and when it was called.
struct NumberedWaker(usize, Sender<(usize, Instant)>);

impl Wake for NumberedWaker {
    fn wake(self: Arc<Self>) {
        let _ = self.1.send((self.0, Instant::now()));
    }
}

/// Ten polls with ten wakers. If the time is over before they are done, again with more time.
fn wakes_the_last_waker() -> Verdict {
    for factor in [1, 5, 25] {
        if let Some(verdict) = polls_and_waits(Duration::from_millis(100) * factor) {
            return verdict;
        }
    }
    Ok(())
}

/// `None`: the time was over too soon.
fn polls_and_waits(length: Duration) -> Option<Verdict> {
    let (sender, woken) = mpsc::channel();
    let begin = Instant::now();
    let mut delay = Box::pin(delay(length));
    for poll in 1..=POLLS {
        let waker = Waker::from(Arc::new(NumberedWaker(poll, sender.clone())));
        if poll_once(delay.as_mut(), &waker).is_ready() {
            let values = (shown(length), milliseconds(begin.elapsed()));
            let is_early = begin.elapsed() < length;
            return is_early.then(|| fail("ready-early", &[&poll, &values.0, &values.1]));
        }
    }
    drop(sender);
    let Ok((poll, at)) = woken.recv_timeout(length + PATIENCE) else {
        return Some(fail("never-woken", &[&shown(length)]));
    };
    Some(judge(length, at - begin, poll, delay).and_then(|()| {
        let wakes = 1 + more_wakes(&woken);
        ensure(wakes == 1, "too-many-wakes", &[&shown(length), &wakes, &POLLS])
    }))
}

/// The waker of this poll was called so long after the call.
fn judge(length: Duration, after: Duration, poll: usize, mut delay: Pin<Box<Delay>>) -> Verdict {
    let is_ready = poll_once(delay.as_mut(), Waker::noop()).is_ready();
    let is_early = after < length;
    let values = (shown(length), milliseconds(after));
    ensure(!is_early || !is_ready, "ready-early", &[&(POLLS + 1), &values.0, &values.1])?;
    ensure(!is_early, "pending-after-wake", &[&values.0, &values.1])?;
    ensure(poll == POLLS, "old-waker", &[&values.0, &poll, &POLLS])?;
    ensure(is_ready, "pending-after-wake", &[&values.0, &values.1])
}

/// How many wakes come until the last waker is dropped.
fn more_wakes(woken: &Receiver<(usize, Instant)>) -> usize {
    iter::from_fn(|| woken.recv_timeout(PATIENCE).ok()).count()
}

/// Delays that are over at about the moment at which they are polled.
fn loses_no_wake() -> Verdict {
    for _ in 0..500 {
        let (sender, woken) = mpsc::channel();
        let mut delay = pin!(delay(Duration::ZERO));
        let waker = Waker::from(Arc::new(NumberedWaker(1, sender)));
        if poll_once(delay.as_mut(), &waker).is_pending() {
            let is_woken = woken.recv_timeout(PATIENCE).is_ok();
            ensure(is_woken, "lost-wake", &[&shown(Duration::ZERO)])?;
        }
    }
    Ok(())
}

/// Its time was over long before the first poll.
fn counts_from_the_call(delay: Delay, called: Instant) -> Verdict {
    thread::sleep((2 * LATE).saturating_sub(called.elapsed()));
    let (sender, woken) = mpsc::channel();
    let mut delay = pin!(delay);
    let waker = Waker::from(Arc::new(NumberedWaker(1, sender)));
    let first = Instant::now();
    if poll_once(delay.as_mut(), &waker).is_ready() {
        return Ok(());
    }
    let is_woken = woken.recv_timeout(LATE + PATIENCE).is_ok();
    ensure(is_woken, "lost-wake", &[&shown(LATE)])?;
    // A thread that was about to say so at the first poll is no fault.
    let (before, after) = (first - called, first.elapsed());
    let values = (milliseconds(before), milliseconds(after));
    ensure(after < LATE, "from-first-poll", &[&shown(LATE), &values.0, &values.1])
}
