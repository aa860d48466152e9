//! Polls delays by hand, with a waker of its own for each poll, and sees which of them is called, when, and how often.
//!
//! The time is real, but nothing depends on how fast this machine is: a delay may end as late as it likes.

use std::{
    iter,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Poll, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use super::answer::delay;
use crate::harness::{
    Exercise, Failure, Message, PATIENCE, Verdict, bells::Bells, ensure, fail, on_a_thread,
    poll_once,
};

pub const EXERCISE: Exercise = Exercise { number: 4, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "blocks",
        en: "{0} of delay({1}) does not return: it sleeps itself until the time is over, or it waits for a lock that \
             another thread keeps until then. Nothing else can run on this thread meanwhile. Only the other thread \
             sleeps, and it holds no lock while it sleeps.",
        zh: "delay({1}) 的 {0} 没有返回：它自己在等时间，或者在等一把到那时才放开的锁，这期间本线程上的其他任何事都无法运行。\
             只有另一个线程可以休眠，而且休眠时不能拿着锁。",
    },
    Message {
        id: "spinning",
        en: "a poll of delay({0}) called a waker ({1}×), though the time is not over: its task is polled again at \
             once, for nothing. Call the waker only when the time is over.",
        zh: "delay({0}) 的一次轮询调用了 {1} 次唤醒器，而时间还没有到：它的 Task 会立刻再被轮询，却一无所获，这是忙等待。\
             唤醒器应当在到期时才被调用。",
    },
    Message {
        id: "ready-early",
        en: "delay({1}) was ready in its poll {0}, after {2}. It may be late, never early. Another poll says nothing \
             about the time. Check the units, and what you round.",
        zh: "delay({1}) 在第 {0} 次轮询时就绪，此时只过了 {2}。可以迟，不可以早。再次被轮询并不说明时间到了；\
             也要检查单位，以及有没有舍去零头。",
    },
    Message {
        id: "woke-early",
        en: "delay({0}) called its waker after {1}, before its time was over; the poll after that was useless. The \
             thread has to sleep for the whole time, and wakes once, at its end.",
        zh: "delay({0}) 在过了 {1} 时就调用了唤醒器，而时间还没有到；随后的轮询是白费的。线程要睡够全部时间，\
             到期时才唤醒，只唤醒一次。",
    },
    Message {
        id: "wakes-under-lock",
        en: "delay({0}) called its waker, and a poll could not go on until wake() had returned: the thread holds the \
             lock while it wakes. The woken task may be polled at once, even inside wake(). Take the waker out, let go \
             of the lock, then wake. (A lock that is taken in the line of an `if let` or `match` is held to the end of \
             its block.)",
        zh: "delay({0}) 调用唤醒器时，轮询要等到 wake() 返回之后才能继续：线程在拿着锁唤醒。被唤醒的一方可能马上轮询，\
             甚至就在 wake() 里轮询。先取出唤醒器，放开锁，再唤醒。（在 `if let` 或 `match` 开头加的锁，在它的整个代码块里\
             都不会放开。）",
    },
    Message {
        id: "old-waker",
        en: "delay({0}) was polled {2} times, each time with another waker, and it called an old waker, the one of \
             poll {1}. The future may have moved to another task since: only the waker of the last poll counts.",
        zh: "delay({0}) 被轮询了 {2} 次，每次的唤醒器都不同，它唤醒的却是第 {1} 次轮询的旧唤醒器。Future 可能已经转移到\
             另一个 Task：只有最后一次轮询的唤醒器才算数。",
    },
    Message {
        id: "too-many-wakes",
        en: "delay({0}) was polled {2} times, and called wakers {1} times, expected: once. Each extra wake is a \
             useless poll. Does each poll start a timer?",
        zh: "delay({0}) 被轮询了 {2} 次，调用了 {1} 次唤醒器，应当只有一次。每一次多余的唤醒都是一次白费的轮询。\
             是不是每次轮询都新建了一个定时器？",
    },
    #[cfg(target_os = "linux")]
    Message {
        id: "many-threads",
        en: "{0} polls of one delay started {1} threads. One thread is enough, however often it is polled: a poll only \
             leaves its waker for it.",
        zh: "一个 delay 被轮询 {0} 次，启动了 {1} 个线程。不论轮询多少次，一个线程就够了：轮询只需要把唤醒器留给它。",
    },
    Message {
        id: "pending-after-wake",
        en: "delay({0}) called its waker when the time was over ({1}), and the poll after that returned Pending. That \
             poll may come before wake() has returned: first mark the time as over, where poll looks, then wake.",
        zh: "delay({0}) 到期后（{1}）调用了唤醒器，而随后的轮询返回了 Pending。这次轮询可能在 wake() 返回之前就到来：\
             要先在轮询会查看的地方记下时间已到，再唤醒。",
    },
    Message {
        id: "never-woken",
        en: "delay({0}) returned Pending, and when its time was over nobody called its waker: a future that returns \
             Pending must make sure that somebody will call it",
        zh: "delay({0}) 返回了 Pending，但时间到了也没有人调用它的唤醒器：返回 Pending 的一方必须保证有人会调用",
    },
    Message {
        id: "other-delay",
        en: "{0} delays waited at the same time, each with its own waker, and {1} of these wakers were never called, \
             although the waker of a single delay is called. They share one place for a waker. Each needs its own, \
             even if two are equally long.",
        zh: "{0} 个 delay 同时等待，各有自己的唤醒器，其中 {1} 个始终没有被调用，而单独一个 delay 时会被调用。\
             它们共用了存放的地方。每个 delay 都要有自己的，长度相同的也一样。",
    },
    Message {
        id: "waits-in-line",
        en: "{1} delays of an hour waited, then delay({0}) was called, and when its time was over nobody called its \
             waker. It waits until a thread is free. Many delays may wait at the same time: none waits for another.",
        zh: "已有 {1} 个一小时的 delay 在等待，这时又调用了 delay({0})，它到期后却没有人调用它的唤醒器：它在等某个线程\
             空出来。可以有很多 delay 同时等待，谁也不该等别人。",
    },
    Message {
        id: "no-sign",
        en: "the time of delay({0}) was over long before its first poll; that returned Pending, and nobody called the \
             waker. The thread found no waker to call: then it has to leave a sign that the time is over, and each \
             poll looks for that first.",
        zh: "delay({0}) 早在第一次轮询之前就已到期；这次轮询却返回了 Pending，也没有人调用唤醒器。线程到期时没有找到\
             唤醒器：这时它必须留下“已到期”的标记，每次轮询都要先看这个标记。",
    },
    Message {
        id: "from-first-poll",
        en: "delay({0}) was first polled {1} after the call, and then took {2} more. Its time runs from the call on, \
             not from the first poll.",
        zh: "delay({0}) 在调用之后过了 {1} 才第一次被轮询，此后又等了 {2}。它的时间应当从调用时算起，而不是从第一次轮询算起。",
    },
    Message {
        id: "pending-when-over",
        en: "delay({0}) was first polled {1} after the call, long after its time, and returned Pending; its waker was \
             called soon after. When the time is over, the first poll is ready: nobody has to wait any more.",
        zh: "delay({0}) 在调用之后过了 {1} 才第一次被轮询，早已到期，却返回了 Pending，随后很快又唤醒。\
             时间已到，第一次轮询就应当就绪，不必再等。",
    },
    Message {
        id: "lost-wake",
        en: "the time of delay({0}) came to its end while it was being polled. That poll returned Pending, and its \
             waker was not called: a lost wake. Check whether the time is over and leave the waker in one step, under \
             one lock. The thread marks the time as over and takes the waker in one step, under the same lock. Use \
             lock(), not try_lock(): a busy lock is no answer.",
        zh: "delay({0}) 正在被轮询时，时间到了。这次轮询返回了 Pending，它的唤醒器却没有被调用：这是丢失唤醒。\
             查看是否到期和留下唤醒器必须是一步，在同一把锁之内；宣布到期和取走唤醒器也必须是一步。\
             锁正被占用 (try_lock) 既不表示“到了”，也不表示“没到”。",
    },
];

const HOUR: Duration = Duration::from_secs(3_600);

/// How many delays are first polled when they are over, and how long they are, in milliseconds. One poll proves nothing: a thread may
/// be late, and the thread of a wrong answer may be quick.
const LATE_ONES: usize = 20;
const LATE: [u64; 3] = [100, 200, 400];

/// How often a delay is polled before its time is over.
const POLLS: usize = 10;

/// No whole number of milliseconds.
const FRACTION: Duration = Duration::from_micros(1_999);

/// How many delays are polled without a pause until they are ready, if the machine can do so many in that time, and
/// how long each is.
const HUNTED: usize = 1_000;
const HUNT: Duration = Duration::from_secs(4);
const SHORT: Duration = Duration::from_micros(100);

fn check() -> Verdict {
    waits_nowhere()?;
    wakes_the_last_waker()?;
    wakes_each_by_its_own()?;
    wakes_after_a_fraction()?;
    starts_one_thread()?;
    counts_from_the_call()?;
    wakes_a_short_one_among_long_ones()?;
    loses_no_wake()
}

fn shown(length: Duration) -> String {
    format!("{length:?}")
}

/// A call, polls and a drop, none of which waits, and in an hour's first moments nobody is woken.
fn waits_nowhere() -> Verdict {
    let step = Arc::new(Mutex::new("the call"));
    let enters = {
        let step = step.clone();
        move |name| *step.lock().unwrap_or_else(PoisonError::into_inner) = name
    };
    let judged = on_a_thread(move || {
        let begin = Instant::now();
        let bells = Bells::new();
        let mut delay = Box::pin(delay(HOUR));
        enters("poll()");
        for poll in 1..=POLLS {
            let is_ready = poll_once(delay.as_mut(), &bells.bell(poll)).is_ready();
            ensure(!is_ready, "ready-early", &[&poll, &shown(HOUR), &shown(begin.elapsed())])?;
            let rings = bells.so_far();
            let own = rings.iter().filter(|ring| ring.is_own()).count();
            ensure(own == 0, "spinning", &[&shown(HOUR), &own])?;
            ensure(rings.is_empty(), "woke-early", &[&shown(HOUR), &shown(begin.elapsed())])?;
            // So that its thread is running, too, when it is polled again.
            thread::sleep(Duration::from_millis(10));
        }
        enters("drop()");
        drop(delay);
        Ok(())
    });
    judged.unwrap_or_else(|| {
        let step = *step.lock().unwrap_or_else(PoisonError::into_inner);
        fail("blocks", &[&step, &shown(HOUR)])
    })
}

/// Ten polls with ten wakers. If the time is over before they are done, again with more time.
fn wakes_the_last_waker() -> Verdict {
    for factor in [1, 5, 25] {
        if let Some(verdict) = polls_and_waits(Duration::from_millis(100) * factor, POLLS) {
            return verdict;
        }
    }
    Ok(())
}

/// A busy machine hides a wake that is early by a millisecond, so it is tried a few times.
fn wakes_after_a_fraction() -> Verdict {
    (0..20).try_for_each(|_| polls_and_waits(FRACTION, 1).unwrap_or(Ok(())))
}

/// `None`: the time was over too soon for a judgement.
fn polls_and_waits(length: Duration, polls: usize) -> Option<Verdict> {
    let mut bells = Bells::new();
    let begin = Instant::now();
    let mut delay = Box::pin(delay(length));
    for poll in 1..=polls {
        if poll_once(delay.as_mut(), &bells.bell(poll)).is_ready() {
            let values = (shown(length), shown(begin.elapsed()));
            let is_early = begin.elapsed() < length;
            return is_early.then(|| fail("ready-early", &[&poll, &values.0, &values.1]));
        }
    }
    bells.no_more();
    let Some(ring) = bells.next(length + PATIENCE) else {
        return Some(fail("never-woken", &[&shown(length)]));
    };
    let after = ring.at - begin;
    let is_ready = poll_once(delay.as_mut(), Waker::noop()).is_ready();
    let polled = begin.elapsed();
    let poll = ring.bell;
    let is_free = ring.answer();
    drop(delay);
    let told = (shown(length), shown(after));
    let judged = if after < length {
        if is_ready && polled >= length {
            return None; // it may have become ready on time, between the wake and this poll
        }
        ensure(!is_ready, "ready-early", &[&(polls + 1), &told.0, &shown(polled)])
            .and_then(|()| fail("woke-early", &[&told.0, &told.1]))
    } else {
        ensure(is_free, "wakes-under-lock", &[&told.0])
            .and_then(|()| ensure(poll == polls, "old-waker", &[&told.0, &poll, &polls]))
            .and_then(|()| ensure(is_ready, "pending-after-wake", &[&told.0, &told.1]))
    };
    Some(judged.and_then(|()| {
        let wakes = 1 + iter::from_fn(|| bells.next(PATIENCE)).count();
        ensure(wakes == 1, "too-many-wakes", &[&told.0, &wakes, &polls])
    }))
}

/// Many polls, and how many threads there are more than before. Elsewhere than on Linux nobody counts.
fn starts_one_thread() -> Verdict {
    #[cfg(target_os = "linux")]
    {
        const MANY: usize = 100;
        let threads = || std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
        let before = threads();
        let mut delay = Box::pin(delay(HOUR));
        for _ in 0..MANY {
            let _ = poll_once(delay.as_mut(), &crate::harness::CountingWaker::new().waker());
        }
        let more = threads().saturating_sub(before);
        ensure(more < MANY / 2, "many-threads", &[&MANY, &more])?;
    }
    Ok(())
}

/// Three at once, two of them equally long.
fn wakes_each_by_its_own() -> Verdict {
    let lengths = [60, 50, 50].map(Duration::from_millis);
    let mut bells = Bells::new();
    let mut delays = lengths.map(|length| Box::pin(delay(length)));
    let mut waiting = Vec::new();
    for (bell, delay) in delays.iter_mut().enumerate() {
        if poll_once(delay.as_mut(), &bells.bell(bell)).is_pending() {
            waiting.push(bell);
        }
    }
    bells.no_more();
    while let (false, Some(ring)) = (waiting.is_empty(), bells.next(PATIENCE)) {
        waiting.retain(|bell| *bell != ring.bell);
    }
    ensure(waiting.is_empty(), "other-delay", &[&lengths.len(), &waiting.len()])
}

/// Many long ones wait, and then a short one as well.
fn wakes_a_short_one_among_long_ones() -> Verdict {
    const LONG_ONES: usize = 100;
    let mut bells = Bells::new();
    let begin = |_| {
        let mut delay = Box::pin(delay(HOUR));
        let _ = poll_once(delay.as_mut(), Waker::noop());
        delay
    };
    let long_ones: Vec<_> = (0..LONG_ONES).map(begin).collect();
    let mut short = Box::pin(delay(FRACTION));
    let is_ready = poll_once(short.as_mut(), &bells.bell(1)).is_ready();
    bells.no_more();
    let is_woken = is_ready || bells.next(PATIENCE).is_some();
    drop(long_ones);
    ensure(is_woken, "waits-in-line", &[&shown(FRACTION), &LONG_ONES])
}

/// The time of some delays is over long before their first poll. If not all are ready then, again with more time.
fn counts_from_the_call() -> Verdict {
    let mut verdict = Ok(());
    for length in LATE {
        verdict = are_ready_when_over(Duration::from_millis(length))?;
        if verdict.is_ok() {
            break;
        }
    }
    verdict
}

/// What was seen may be the fault of a busy machine, unless it comes as an error.
fn are_ready_when_over(length: Duration) -> Result<Verdict, Failure> {
    let called = Instant::now();
    let mut late = [length; LATE_ONES].map(|length| Box::pin(delay(length)));
    thread::sleep((2 * length).saturating_sub(called.elapsed()));
    let bells = Bells::new();
    let first = Instant::now();
    let polls = late.iter_mut().map(|delay| poll_once(delay.as_mut(), &bells.bell(1)));
    let pending = polls.filter(Poll::is_pending).count();
    let told = (shown(length), shown(first - called));
    let mut after = Duration::ZERO;
    for _ in 0..pending {
        let Some(ring) = bells.next(length + PATIENCE) else { return fail("no-sign", &[&told.0]) };
        after = after.max(ring.at.saturating_duration_since(first));
    }
    Ok(if pending == 0 {
        Ok(())
    } else if after < length {
        fail("pending-when-over", &[&told.0, &told.1])
    } else {
        fail("from-first-poll", &[&told.0, &told.1, &shown(after)])
    })
}

/// Short delays that are polled without a pause, each time with another waker, until they are ready: so the end comes
/// in the middle of a poll. Then the waker of the last poll that returned `Pending` is called, or of one after it.
fn loses_no_wake() -> Verdict {
    let hunt = Instant::now();
    for _ in (0..HUNTED).take_while(|_| hunt.elapsed() < HUNT) {
        let last_called = Arc::new(AtomicUsize::new(0));
        let mut delay = Box::pin(delay(SHORT));
        let begin = Instant::now();
        let mut pending = 0;
        loop {
            let waker = Waker::from(Arc::new(Noting(pending + 1, last_called.clone())));
            if poll_once(delay.as_mut(), &waker).is_ready() {
                break;
            }
            pending += 1;
            ensure(begin.elapsed() < PATIENCE, "lost-wake", &[&shown(SHORT)])?;
        }
        // Until one is called, or nobody has any more: a delay that is ready may take its waker back.
        while last_called.load(SeqCst) == 0
            && Arc::strong_count(&last_called) > 1
            && begin.elapsed() < PATIENCE
        {
            thread::yield_now();
        }
        let called = last_called.load(SeqCst);
        ensure(called == 0 || called >= pending, "lost-wake", &[&shown(SHORT)])?;
    }
    Ok(())
}

/// The waker of a poll: it notes its number when it is called.
struct Noting(usize, Arc<AtomicUsize>);

impl Wake for Noting {
    fn wake(self: Arc<Self>) {
        self.1.store(self.0, SeqCst);
    }
}
