//! Calls wakers in every way, on this thread and on others, counts who still has one, and tries to slip a wake into
//! the middle of a `take`.

use std::{
    fmt::Display,
    panic,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    },
    task::Waker,
    thread,
    time::Duration,
};

use super::answer::Flag;
use crate::harness::{Exercise, Message, PATIENCE, Verdict, ensure, on_a_thread};

pub const EXERCISE: Exercise = Exercise { number: 2, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "take-blocks",
        en: "take() waits: {0} calls, on a flag that nobody has set, did not all return within {1} s. It should say at \
             once whether the flag is set. Waiting is for exercise 3.",
        zh: "take() 在等待：Flag 没有被设置，调用 {0} 次 take()，过了 {1} 秒还没有全部返回。它只应立即回答标志是否已被设置；\
             等待是练习 3 的事。",
    },
    Message {
        id: "never-woken",
        en: "take() returned true, though no waker was ever called: making, cloning or dropping a waker must not set \
             the flag. A loop would poll a task that nobody has woken.",
        zh: "还没有人调用过唤醒器，take() 却返回了 true：创建、克隆、释放唤醒器都不应设置标志。\
             事件循环会去轮询一个没有被唤醒的 Task。",
    },
    Message {
        id: "not-set",
        en: "{0} was called, and take() returned false: the wake is lost, and so is the task that waits for it",
        zh: "调用了 {0}，take() 却返回 false：这次唤醒丢失了，等待它的 Task 再也不会被轮询",
    },
    Message {
        id: "taken-twice",
        en: "after {0} take() returned true {1} times in a row, expected: once. It asks whether there was a wake \
             since the last take(), not how many there were; and it clears the flag.",
        zh: "调用 {0} 之后，take() 连续 {1} 次返回 true，应当只有一次。它问的是上次 take() 以来有没有被唤醒，而不是被唤醒了几次；并且要把标志清掉。",
    },
    Message {
        id: "undone",
        en: "the waker was called {0} times, and take() returned false, though a single call does set the flag. A \
             later wake must not undo an earlier one: set the flag, do not toggle it. And if you count, remember that \
             a counter can overflow and have its old value again.",
        zh: "唤醒器被调用了 {0} 次，take() 却返回 false，而只调用一次时标志会被设置。一次唤醒设置的标志，不能被另一次抵消：\
             应当置位，不要翻转；如果用计数，要注意计数溢出后可能回到原来的值。",
    },
    Message {
        id: "wake-blocks",
        en: "a waker was called {0} times without a take() in between, and one of the calls did not return. wake() waits \
             for nothing: if the flag is set already, there is nothing left to do.",
        zh: "中间没有 take()，唤醒器被调用了 {0} 次，其中有一次没有返回。wake() 不应等待任何事：如果标志已经设置，就什么也不用做。",
    },
    Message {
        id: "busy",
        en: "this thread called the waker and then take(), and take() returned false, while another thread called the \
             waker, too (call {0}). A busy lock (try_lock) does not mean that the flag is not set.",
        zh: "本线程先调用唤醒器，再调用 take()，take() 却返回 false；这时另一个线程也在调用唤醒器（第 {0} 次）。\
             标志正被占用 (try_lock)，并不表示它没有被设置。",
    },
    Message {
        id: "not-set-from-thread",
        en: "another thread called the waker, and take() on this one returned false. A waker is Send and Sync: it is \
             called wherever something becomes ready, so all threads must see the same flag.",
        zh: "另一个线程调用了唤醒器，而本线程的 take() 返回 false。Waker 是 Send + Sync 的：哪里有事情就绪，\
             就在哪里调用它，所以各个线程看到的必须是同一个标志。",
    },
    Message {
        id: "wrong-flag",
        en: "the waker of one flag was called, and another flag was set: with two tasks the wrong one would be polled",
        zh: "调用的是一个 Flag 的唤醒器，被设置的却是另一个 Flag：如果有两个 Task，被轮询的就会是错的那个",
    },
    Message {
        id: "leak",
        en: "{1} of {0} wakers were never dropped, though the check has dropped all that it had: somebody keeps \
             them, and with them the flag, for ever",
        zh: "一共有 {0} 个唤醒器，检查程序已经放弃了手里的全部，仍有 {1} 个没有被释放：有人一直拿着它们，Flag 也就永远不会被释放",
    },
    Message {
        id: "lost-in-take",
        en: "a thread called the waker while take() ran: this take() returned false, and so did the next one (wake {0} \
             from that thread). The wake is lost. Either take() reads and clears in two steps, and clears a wake that \
             came between them; or wake gives up while take() holds the lock (try_lock). Read and clear in one step, \
             and let wake set the flag in any case.",
        zh: "take() 正在运行时，另一个线程调用了唤醒器：这次 take() 返回 false，下一次也返回 false（该线程的第 {0} 次唤醒）。\
             这是丢失唤醒。要么是 take() 的读取和清除分成了两步，夹在中间的唤醒还没被看到就被清除了；要么是 take() 正在运行时 \
             wake 就放弃了 (try_lock)。读取和清除必须是一步，wake 则无论如何都要设置标志。",
    },
];

/// A way to call a waker, and its name.
type Call = (&'static str, fn(Waker));

/// All ways to call a waker.
const CALLS: [Call; 4] = [
    ("wake()", |waker| waker.wake()),
    ("wake_by_ref()", |waker| waker.wake_by_ref()),
    ("wake() of a clone", |waker| {
        let clone = waker.clone();
        clone.wake();
    }),
    ("wake() of a clone, after drop(waker)", |waker| {
        let clone = waker.clone();
        drop(waker);
        clone.wake();
    }),
];

/// So many takes come to an end at once, if none of them waits.
const MANY_TAKES: u32 = 10_000;

fn check() -> Verdict {
    take_returns()?;
    wake_returns()?;
    is_not_set_by_itself()?;
    sets_the_flag()?;
    sets_it_however_often()?;
    sets_it_from_any_thread()?;
    sets_no_other()?;
    keeps_no_waker()?;
    outlives_the_flag();
    is_not_too_busy()?;
    loses_none_in_take()
}

fn take_returns() -> Verdict {
    let returned = on_a_thread(|| {
        let flag = Flag::new();
        for _ in 0..MANY_TAKES {
            flag.take();
        }
    });
    ensure(returned.is_some(), "take-blocks", &[&MANY_TAKES, &PATIENCE.as_secs()])
}

/// Two in a row, with no take in between.
fn wake_returns() -> Verdict {
    let returned = on_a_thread(|| {
        let flag = Flag::new();
        let waker = flag.waker();
        waker.wake_by_ref();
        waker.wake();
        flag.take();
    });
    ensure(returned.is_some(), "wake-blocks", &[&2])
}

fn is_not_set_by_itself() -> Verdict {
    let flag = Flag::new();
    ensure(!flag.take(), "never-woken", &[])?;
    drop(flag.waker().clone());
    ensure(!flag.take(), "never-woken", &[])
}

fn sets_the_flag() -> Verdict {
    let flag = Flag::new();
    for (name, call) in CALLS {
        call(flag.waker());
        ensure(flag.take(), "not-set", &[&name])?;
        is_taken_once(&flag, &name)?;
    }
    let (one, other) = (flag.waker(), flag.waker());
    let clone = one.clone();
    for (name, waker) in [("wake_by_ref()", &one), ("wake_by_ref() of a clone", &clone)] {
        waker.wake_by_ref();
        ensure(flag.take(), "not-set", &[&name])?;
    }
    one.wake_by_ref();
    ensure(flag.take(), "not-set", &[&"the same waker again"])?;
    other.wake_by_ref();
    ensure(flag.take(), "not-set", &[&"a second waker of the same flag"])?;
    one.wake();
    ensure(flag.take(), "not-set", &[&"the first waker again, after the second one,"])
}

/// Where somebody counts, the count may come round.
fn sets_it_however_often() -> Verdict {
    let flag = Flag::new();
    let waker = flag.waker();
    for wakes in [2, 3, 4, 1 << 8, 1 << 16] {
        (0..wakes).for_each(|_| waker.wake_by_ref());
        ensure(flag.take(), "undone", &[&wakes])?;
        is_taken_once(&flag, &format!("{wakes} × wake_by_ref()"))?;
    }
    Ok(())
}

/// The flag was taken just now: it is not set any more.
fn is_taken_once(flag: &Flag, after: &dyn Display) -> Verdict {
    let more = (0..10).take_while(|_| flag.take()).count();
    ensure(more == 0, "taken-twice", &[after, &(more + 1)])
}

fn sets_it_from_any_thread() -> Verdict {
    let flag = Flag::new();
    let waker = flag.waker();
    let called = thread::spawn(move || waker.wake()).join();
    called.unwrap_or_else(|payload| panic::resume_unwind(payload));
    ensure(flag.take(), "not-set-from-thread", &[])
}

fn sets_no_other() -> Verdict {
    let (one, other) = (Flag::new(), Flag::new());
    one.waker().wake();
    ensure(!other.take(), "wrong-flag", &[])?;
    ensure(one.take(), "not-set", &[&"wake(), with two flags,"])
}

/// Two wakers and three clones: one is used up, the others are dropped, and then nobody has any.
fn keeps_no_waker() -> Verdict {
    let flag = Flag::new();
    let (first, second) = (flag.waker(), flag.waker());
    let clones = [first.clone(), first.clone(), second.clone()];
    second.wake_by_ref();
    second.wake();
    drop((first, clones));
    let kept = Arc::strong_count(&flag) - 1;
    ensure(kept == 0, "leak", &[&5, &kept])
}

/// A waker may be called when its flag is gone. It must not panic then.
fn outlives_the_flag() {
    let flag = Flag::new();
    let waker = flag.waker();
    drop(flag);
    waker.wake_by_ref();
    waker.wake();
}

/// So short a sleep that its end finds another thread anywhere in what that does, also where the two share a core.
const MOMENT: Duration = Duration::from_micros(1);

/// One thread wakes and wakes. What this thread wakes it finds set, since nobody else takes.
fn is_not_too_busy() -> Verdict {
    const CALLS: u32 = 200;
    const OTHERS: u32 = 2_000_000;
    let flag = Flag::new();
    let (waker, others, is_over) = (flag.waker(), flag.waker(), AtomicBool::new(false));
    let wake_and_take = || {
        (1..=CALLS).try_for_each(|call| {
            waker.wake_by_ref();
            thread::sleep(MOMENT);
            ensure(flag.take(), "busy", &[&call])
        })
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            let more = (0..OTHERS).take_while(|_| !is_over.load(SeqCst));
            more.for_each(|_| others.wake_by_ref());
        });
        let verdict = wake_and_take();
        is_over.store(true, SeqCst);
        verdict
    })
}

/// One thread wakes, and waits until that was seen, while this one takes and takes. However the two fall together,
/// each wake is seen by some `take`. On a busy machine there are few wakes, so the takes are counted, too.
fn loses_none_in_take() -> Verdict {
    const WAKES: u32 = 300;
    const TAKES: u32 = 5_000_000;
    let flag = Flag::new();
    let (waker, is_over) = (flag.waker(), AtomicBool::new(false));
    let (woken, seen) = (AtomicU32::new(0), AtomicU32::new(0));
    let wake_and_wait = || {
        while !is_over.load(SeqCst) {
            thread::sleep(MOMENT);
            if woken.load(SeqCst) == seen.load(SeqCst) {
                waker.wake_by_ref();
                woken.fetch_add(1, SeqCst);
            }
        }
    };
    let take_all = || {
        let mut was_set = false;
        for _ in 0..TAKES {
            // Asked before the take: a wake that is over by now is seen by this take, if not by an earlier one.
            let wakes = woken.load(SeqCst);
            was_set |= flag.take();
            if wakes > seen.load(SeqCst) {
                ensure(was_set, "lost-in-take", &[&wakes])?;
                was_set = false;
                seen.store(wakes, SeqCst);
                if wakes == WAKES {
                    break;
                }
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        scope.spawn(wake_and_wait);
        let verdict = take_all();
        is_over.store(true, SeqCst);
        verdict
    })
}
