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
};

use super::answer::Flag;
use crate::harness::{Exercise, Message, Verdict, ensure, on_a_thread};

pub const EXERCISE: Exercise = Exercise { number: 2, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "take-blocks",
        en: "take() does not return: it waits until the flag is set. It should only say whether it is; to wait is \
             what exercise 3 does.",
        zh: "take() 没有返回：它在等待标志被设置。它只应回答标志是否已被设置；等待是练习 3 的事。",
    },
    Message {
        id: "never-woken",
        en: "take() returned true on a new flag, though no waker was ever called: a loop would poll a task that \
             nobody has woken",
        zh: "Flag 刚刚创建，还没有人调用过唤醒器，take() 却返回了 true：事件循环会去轮询一个没有被唤醒的 Task",
    },
    Message {
        id: "not-set",
        en: "{0} was called, and take() returned false: the wake is lost, and so is the task that waits for it",
        zh: "调用了 {0}，take() 却返回 false：这次唤醒丢失了，等待它的 Task 再也不会被轮询",
    },
    Message {
        id: "taken-twice",
        en: "after {0} take() returned true {1} times in a row, expected: once. It asks whether there was a wake \
             since the last take(), not how many there were.",
        zh: "调用 {0} 之后，take() 连续 {1} 次返回 true，应当只有一次。它问的是上次 take() 以来有没有被唤醒，而不是被唤醒了几次。",
    },
    Message {
        id: "not-set-from-thread",
        en: "another thread called the waker, and take() on this one returned false. A waker is Send and Sync: it \
             is called from wherever something becomes ready, and the flag must be one for all threads.",
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
        en: "a thread called the waker while take() ran: this take() returned false, and so did the next one (wake \
             {0} from that thread). Between reading the flag and clearing it there is a gap, and what comes \
             then is cleared unseen. Read and clear in one step.",
        zh: "take() 正在运行时，另一个线程调用了唤醒器：这次 take() 返回 false，下一次也返回 false（该线程的第 {0} 次唤醒）。\
             在读取标志和清除标志之间有一个空隙，这时到来的唤醒还没被看到就被清除了，也就是丢失唤醒。读取和清除必须是一步。",
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

fn check() -> Verdict {
    let returned = on_a_thread(|| Flag::new().take());
    ensure(returned.is_some(), "take-blocks", &[])?;
    sets_the_flag()?;
    sets_it_from_any_thread()?;
    sets_no_other()?;
    keeps_no_waker()?;
    loses_none_in_take()
}

fn sets_the_flag() -> Verdict {
    let flag = Flag::new();
    ensure(!flag.take(), "never-woken", &[])?;
    for (name, call) in CALLS {
        call(flag.waker());
        ensure(flag.take(), "not-set", &[&name])?;
        is_taken_once(&flag, &name)?;
    }
    for _ in 0..3 {
        flag.waker().wake();
    }
    ensure(flag.take(), "not-set", &[&"wake()"])?;
    is_taken_once(&flag, &"3 × wake()")
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
    ensure(!other.take() && one.take(), "wrong-flag", &[])
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

/// One thread wakes, and waits until that was seen, while this one takes and takes. However the two fall together,
/// each wake is seen by some `take`. Where the two share a core there are few wakes, so the takes are counted, too.
fn loses_none_in_take() -> Verdict {
    const WAKES: u32 = 5_000;
    const TAKES: u32 = 20_000_000;
    let flag = Flag::new();
    let (waker, is_over) = (flag.waker(), AtomicBool::new(false));
    let (woken, seen) = (AtomicU32::new(0), AtomicU32::new(0));
    let wake_and_wait = || {
        while !is_over.load(SeqCst) {
            if woken.load(SeqCst) == seen.load(SeqCst) {
                waker.wake_by_ref();
                woken.fetch_add(1, SeqCst);
            } else {
                thread::yield_now();
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
