//! Runs `block_on` on a thread of its own, with futures that are woken by others, by themselves, or not for a while,
//! and counts the polls.

use std::{
    fs,
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
        mpsc,
    },
    task::{Poll, Waker},
    thread,
    time::Duration,
};

use super::answer::block_on;
use crate::harness::{Exercise, Message, Verdict, ensure, fail, on_a_thread};

pub const EXERCISE: Exercise = Exercise { number: 3, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "no-end",
        en: "block_on does not return, although its future is ready in its first poll (polled {0} times): poll \
             first, and sleep only after Pending",
        zh: "future 第一次轮询就会就绪，block_on 却没有返回（已轮询 {0} 次）：应当先轮询，得到 Pending 之后才睡眠",
    },
    Message {
        id: "polled-after-ready",
        en: "the future was ready at poll 1, and was polled {0} times: Ready hands out the result once, and a \
             future must not be polled after it",
        zh: "future 在第 1 次轮询时就绪，却总共被轮询了 {0} 次：Ready 只交出一次结果，之后不能再轮询这个 future",
    },
    Message {
        id: "slept-on",
        en: "another thread called the waker after poll {0}, and block_on slept on. The waker has to rouse the \
             thread that sleeps; it runs on the thread that calls it.",
        zh: "第 {0} 次轮询之后，另一个线程调用了唤醒器，block_on 却一直睡了下去。唤醒器运行在调用它的线程上，\
             它必须叫醒的是正在睡眠的那个线程。",
    },
    Message {
        id: "spinning",
        en: "polled {0} times, expected {1}, and busy for {2} ms of the {3} ms in which there was nothing to do: \
             you are spinning. After Pending the thread has to sleep until the waker is called.",
        zh: "轮询了 {0} 次，应当是 {1} 次；在无事可做的 {3} 毫秒里，CPU 忙了 {2} 毫秒：这是忙等待。\
             得到 Pending 之后，线程应当睡眠，直到唤醒器被调用。",
    },
    Message {
        id: "lost-wake",
        en: "the waker was called during poll {0}, {1}; the poll returned Pending, and block_on went to sleep for \
             ever: the wake is lost. A wake that comes before the sleep has to be remembered, and to end it.",
        zh: "唤醒器在第 {0} 次轮询期间被调用（{1}），这次轮询返回 Pending，随后 block_on 永远睡了下去：这是丢失唤醒。\
             在睡眠之前到来的唤醒必须被记住，并且让睡眠立即结束。",
    },
    Message {
        id: "stolen-token",
        en: "the waker was called during the poll, and then the future parked the thread itself for a moment, as \
             any lock or channel in it may. That used up the unpark, and block_on slept through the wake. Have the \
             waker set a flag as well, and look at the flag before each park.",
        zh: "唤醒器在轮询期间被调用，随后 future 自己让线程 park 了片刻（它里面的锁或通道都可能这样做），于是 unpark \
             留下的许可被用掉，block_on 错过了这次唤醒。让唤醒器同时设置一个标志，每次 park 之前先看这个标志。",
    },
];

/// For so long nobody calls the waker. A thread that sleeps is not busy meanwhile, on no machine.
const NOTHING_TO_DO: Duration = Duration::from_millis(100);

/// Far more than anybody needs to fall asleep and to wake up, and little for who spins, even if others want the
/// processor, too.
const BUSY: Duration = Duration::from_millis(4);

fn check() -> Verdict {
    ready_at_once()?;
    sleeps_until_woken()?;
    keeps_a_wake_during_the_poll()?;
    relies_on_no_token()
}

/// Counts polls, on whatever thread they happen.
#[derive(Clone, Default)]
struct Polls(Arc<AtomicU32>);

impl Polls {
    /// One more. Returns its number.
    fn next(&self) -> u32 {
        self.0.fetch_add(1, SeqCst) + 1
    }

    fn count(&self) -> u32 {
        self.0.load(SeqCst)
    }
}

fn ready_at_once() -> Verdict {
    let polls = Polls::default();
    let polled = polls.clone();
    let returned = on_a_thread(move || block_on(poll_fn(|_| Poll::Ready(polled.next()))));
    ensure(returned.is_some(), "no-end", &[&polls.count()])?;
    ensure(polls.count() == 1, "polled-after-ready", &[&polls.count()])
}

/// Another thread wakes the future twice, each time after a while. That is three polls, and sleep in between.
fn sleeps_until_woken() -> Verdict {
    const WAKES: u32 = 2;
    let (polls, wakes) = (Polls::default(), Arc::new(AtomicU32::new(0)));
    let (send, receive) = mpsc::channel::<Waker>();
    let woken = wakes.clone();
    thread::spawn(move || {
        for waker in receive {
            thread::sleep(NOTHING_TO_DO);
            woken.fetch_add(1, SeqCst);
            waker.wake();
        }
    });
    let polled = polls.clone();
    let busy = on_a_thread(move || {
        let mut asked = 0;
        let before = processor_time();
        block_on(poll_fn(|context| {
            polled.next();
            let wakes = wakes.load(SeqCst);
            if wakes == WAKES {
                return Poll::Ready(());
            }
            if wakes == asked {
                asked += 1;
                let _ = send.send(context.waker().clone());
            }
            Poll::Pending
        }));
        before.zip(processor_time()).map(|(before, after)| after - before)
    });
    let Some(busy) = busy else { return fail("slept-on", &[&polls.count()]) };
    let is_asleep = busy.is_none_or(|busy| busy < BUSY);
    let busy = busy.map_or("?".to_string(), |busy| busy.as_millis().to_string());
    let while_idle = NOTHING_TO_DO.as_millis() * u128::from(WAKES);
    let is_patient = polls.count() == WAKES + 1 && is_asleep;
    ensure(is_patient, "spinning", &[&polls.count(), &(WAKES + 1), &busy, &while_idle])
}

/// How long this thread has kept a processor busy, where the operating system says so to safe code.
fn processor_time() -> Option<Duration> {
    let said = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    said.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Poll 1 wakes its task itself, in poll 2 another thread does, poll 3 is ready.
fn keeps_a_wake_during_the_poll() -> Verdict {
    let polls = Polls::default();
    let polled = polls.clone();
    let returned = on_a_thread(move || {
        block_on(poll_fn(|context| {
            match polled.next() {
                1 => context.waker().wake_by_ref(),
                2 => wake_on_another_thread(context.waker()),
                _ => return Poll::Ready(()),
            }
            Poll::Pending
        }));
    });
    let by = ["wake_by_ref()", "thread::spawn(|| waker.wake())"];
    let last = polls.count();
    let by = by.get(last.saturating_sub(1) as usize).unwrap_or(&"");
    ensure(returned.is_some(), "lost-wake", &[&last, by])
}

/// Returns when it is done.
fn wake_on_another_thread(waker: &Waker) {
    let waker = waker.clone();
    let _ = thread::spawn(move || waker.wake()).join();
}

/// A future that parks its thread itself, after the wake.
fn relies_on_no_token() -> Verdict {
    let polls = Polls::default();
    let returned = on_a_thread(move || {
        block_on(poll_fn(|context| {
            if polls.next() > 1 {
                return Poll::Ready(());
            }
            wake_on_another_thread(context.waker());
            thread::park_timeout(Duration::ZERO);
            Poll::Pending
        }));
    });
    ensure(returned.is_some(), "stolen-token", &[])
}
