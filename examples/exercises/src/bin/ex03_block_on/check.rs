//! Runs `block_on` on a thread of its own, with futures that are woken by others, by themselves, or not for a while,
//! and counts the polls.

use std::{
    future::poll_fn,
    panic,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
        mpsc::{self, RecvTimeoutError},
    },
    task::{Poll, Waker},
    thread,
    time::Duration,
};

use super::answer::block_on;
use crate::harness::{
    Exercise, Message, PATIENCE, Verdict, ensure, fail, idle::watch_idle, on_a_thread, scene,
};

#[path = "race.rs"]
mod race;

pub const EXERCISE: Exercise = Exercise { number: 3, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "no-end",
        en: "block_on does not return, although its future is ready in its first poll (polled {0} times): poll \
             first, and sleep only after Pending",
        zh: "Future 第一次轮询就会就绪，block_on 却没有返回（已轮询 {0} 次）：应当先轮询，得到 Pending 之后才休眠",
    },
    Message {
        id: "polled-after-ready",
        en: "the future was ready at poll 1, and was polled {0} times: Ready gives the result once, and a future must \
             not be polled after it",
        zh: "Future 在第 1 次轮询时就绪，却总共被轮询了 {0} 次：Ready 只交出一次结果，之后不能再轮询这个 Future",
    },
    Message {
        id: "slept-on",
        en: "another thread called the waker after poll {0}, and block_on slept on. Each wake must end the sleep of \
             the thread that runs block_on; wake() itself runs on the thread that calls it.",
        zh: "第 {0} 次轮询之后，另一个线程调用了唤醒器，block_on 却一直睡了下去。每次唤醒都必须叫醒正在休眠的那个线程；\
             wake() 本身运行在调用它的线程上。",
    },
    Message {
        id: "polls-unasked",
        en: "nobody called the waker, and after poll 1 the future was polled {0} times more: you are spinning, or \
             polling at regular times. After Pending the thread has to sleep until the waker is called.",
        zh: "没有人调用唤醒器，第 1 次轮询之后却又轮询了 {0} 次：这是忙等待，或者是按时钟轮询。\
             得到 Pending 之后，线程应当休眠，直到唤醒器被调用。",
    },
    Message {
        id: "polled-again",
        en: "the waker was called {0} times in all, and the future was polled {1} times, not {2}: one poll at first, and \
             then one for each wake. A wake that has led to a poll is used up; until the next one the thread sleeps.",
        zh: "唤醒器总共被调用了 {0} 次，Future 却被轮询了 {1} 次，而不是 {2} 次：开始时一次，此后每次唤醒一次。\
             一次唤醒引起一次轮询，就用掉了；下一次唤醒之前，线程应当一直休眠。",
    },
    #[cfg(target_os = "linux")] // elsewhere the check cannot see it
    Message {
        id: "not-asleep",
        en: "nobody polled and nobody called the waker, and yet in {0} ms threads of the answer ran {1} times, {2} ms \
             in all. No thread may look again and again, or at regular times: the wake itself ends the sleep.",
        zh: "没有人轮询，也没有人调用唤醒器，答案的线程在 {0} 毫秒里却运行了 {1} 次，共 {2} 毫秒。\
             不能反复查看，也不能按时钟查看：应当由唤醒本身来结束休眠。",
    },
    Message {
        id: "lost-wake",
        en: "the waker was called during poll {0}, {1}; the poll returned Pending, and block_on went to sleep for \
             ever: the wake is lost. A wake that comes before the sleep must be remembered, so that the sleep ends at \
             once.",
        zh: "唤醒器在第 {0} 次轮询期间被调用（{1}），这次轮询返回 Pending，随后 block_on 永远睡了下去：这是丢失唤醒。\
             在休眠之前到来的唤醒必须被记住，并且让休眠立即结束。",
    },
    Message {
        id: "wake-waits",
        en: "the waker was called during poll {0}, {1}, and the call did not return. It waits for something that \
             happens only after the poll: block_on gives a lock back, or receives from a channel. wake() must never \
             wait.",
        zh: "唤醒器在第 {0} 次轮询期间被调用（{1}），而这次调用没有返回。它等的东西要到轮询之后才有：block_on 在轮询时\
             持有的锁，或者消息的接收。wake() 绝不能等待。",
    },
    Message {
        id: "stolen-token",
        en: "the waker was called during the poll, and then the future itself parked the thread for a moment (a lock \
             or a channel in it may do that). This park used up the unpark, and block_on missed the wake. Let the \
             waker also set a flag, and look at the flag before each park.",
        zh: "唤醒器在轮询期间被调用，随后 Future 自己让线程 park 了片刻（它里面的锁或通道都可能这样做），于是 unpark \
             留下的许可被用掉，block_on 错过了这次唤醒。让唤醒器同时设置一个标志，每次 park 之前先看这个标志。",
    },
    Message {
        id: "false-alarm",
        en: "somebody else unparked the thread, nobody called the waker, and the future was polled {0} times more. The \
             sleep may end for no reason at all: look at the flag after each park, and sleep on if it is not set.",
        zh: "别人对这个线程调用了 unpark，没有人调用唤醒器，Future 却又被轮询了 {0} 次。休眠可能无缘无故地结束：\
             每次 park 之后都要看标志，没有设置就继续睡。",
    },
    Message {
        id: "shared",
        en: "the waker was called, then the future called block_on itself, for another future, and one of the two did \
             not come to an end. Each call needs its own flag: if the flag is static or thread_local, one call takes \
             the wake of the other.",
        zh: "唤醒器已被调用，随后 Future 自己又对另一个 Future 调用了 block_on，两者之中有一个没有结束。每次调用都要有自己的\
             标志：放在 static 或 thread_local 里，它们就会互相抢走。",
    },
    Message {
        id: "race",
        en: "another thread called the waker while block_on slept or was about to sleep, and it slept on: the wake \
             came after it had looked at the flag, and before it slept. With park: set the flag first, then unpark. \
             With a Condvar: use lock(), not try_lock(), and set and read the flag under the same lock.",
        zh: "block_on 正在休眠或者正要休眠时，另一个线程调用了唤醒器，它却一直睡了下去：唤醒恰好落在查看与休眠之间。\
             用 park：先设置标志，再 unpark。用 Condvar：用 lock() 而不是 try_lock()，并且查看标志时持有哪把锁，\
             设置标志时就要持有哪把锁。",
    },
];

/// For so long nobody calls the waker. Who looks by the clock does so a few times meanwhile.
const NOTHING_TO_DO: Duration = Duration::from_millis(300);

/// More than anybody needs to look at something else, and little for who spins, even if others want the processor.
const BUSY: Duration = Duration::from_millis(4);

/// Long enough for a poll that nobody has asked for.
const A_MOMENT: Duration = Duration::from_millis(50);

fn check() -> Verdict {
    ready_at_once()?;
    sleeps_until_woken()?;
    keeps_a_wake_during_the_poll()?;
    relies_on_no_token()?;
    sleeps_on_after_a_false_alarm()?;
    leaves_the_wakes_of_others_alone()?;
    bears_a_late_wake()?;
    race::loses_no_wake()
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
    let returned = on_a_thread(move || {
        block_on(scene::seen("ready", poll_fn(|_| Poll::Ready(polled.next()))))
    });
    ensure(returned.is_some(), "no-end", &[&polls.count()])?;
    ensure(polls.count() == 1, "polled-after-ready", &[&polls.count()])
}

/// A `block_on` that runs on a thread of its own.
struct Running {
    is_over: Arc<AtomicBool>,
    ended: mpsc::Receiver<()>,
    thread: thread::JoinHandle<()>,
}

impl Running {
    /// Its future does this in each poll, until it is over.
    fn start(polls: &Polls, pending: impl Fn(u32, &Waker) + Send + 'static) -> Running {
        let (is_over, polled) = (Arc::new(AtomicBool::new(false)), polls.clone());
        let (end, ended) = mpsc::channel();
        let over = is_over.clone();
        let thread = thread::spawn(move || {
            block_on(scene::seen(
                "sleeper",
                poll_fn(|context| {
                    let poll = polled.next();
                    if over.load(SeqCst) {
                        return Poll::Ready(());
                    }
                    pending(poll, context.waker());
                    Poll::Pending
                }),
            ));
            let _ = end.send(());
        });
        Running { is_over, ended, thread }
    }

    /// It has to return, since its waker was called after this poll. Its panic goes on here.
    fn returns(self, poll: u32, waker: &Waker) -> Verdict {
        match self.ended.recv_timeout(PATIENCE) {
            Ok(()) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => match self.thread.join() {
                Err(payload) => panic::resume_unwind(payload),
                Ok(()) => Ok(()),
            },
            Err(RecvTimeoutError::Timeout) => {
                // If this one helps, the last one has left its sign, but too late.
                waker.wake_by_ref();
                let is_late = self.ended.recv_timeout(A_MOMENT).is_ok();
                fail(if is_late { "race" } else { "slept-on" }, &[&poll])
            }
        }
    }
}

/// The check wakes the future twice, each time after a while. That is three polls, and sleep in between.
fn sleeps_until_woken() -> Verdict {
    let polls = Polls::default();
    let (send, receive) = mpsc::channel();
    let running = Running::start(&polls, move |poll, waker| {
        if poll <= 2 {
            let _ = send.send(waker.clone());
        }
    });
    let mut latest = None;
    for (wakes, time) in [(0, NOTHING_TO_DO), (1, A_MOMENT)] {
        let Ok(waker) = receive.recv_timeout(PATIENCE) else { break };
        may_sleep(wakes, &polls, time)?;
        running.is_over.store(wakes == 1, SeqCst);
        scene::is_woken();
        waker.wake_by_ref();
        latest = Some(waker);
    }
    // Where poll 2 has not come, one more wake may still bring it: it is the last.
    running.is_over.store(true, SeqCst);
    running.returns(polls.count(), &latest.expect("it was polled at least once"))?;
    ensure(polls.count() == 3, "polled-again", &[&2, &polls.count(), &3])
}

/// After so many wakes: no poll too many, and nobody runs for a while.
fn may_sleep(wakes: u32, polls: &Polls, time: Duration) -> Verdict {
    let idle = watch_idle(time);
    let (polled, due) = (polls.count(), wakes + 1);
    if polled > due {
        let is_by_itself = wakes == 0 && polled > 2;
        ensure(!is_by_itself, "polls-unasked", &[&(polled - due)])?;
        return fail("polled-again", &[&wakes, &polled, &due]);
    }
    let Some(idle) = idle else { return Ok(()) };
    let is_asleep = idle.runs <= 1 && idle.busy < BUSY;
    ensure(is_asleep, "not-asleep", &[&time.as_millis(), &idle.runs, &idle.busy.as_millis()])
}

/// In each of the first polls the waker is called, once or twice, by the future itself or by another thread.
fn keeps_a_wake_during_the_poll() -> Verdict {
    type By = (&'static str, fn(&Waker));
    const BY: [By; 4] = [
        ("wake_by_ref()", |waker| waker.wake_by_ref()),
        ("wake_by_ref(), wake_by_ref()", |waker| (0..2).for_each(|_| waker.wake_by_ref())),
        ("thread::spawn(|| waker.wake())", wake_on_another_thread),
        ("thread::spawn(|| waker.wake()) × 2", |waker| {
            (0..2).for_each(|_| wake_on_another_thread(waker));
        }),
    ];
    let (polls, is_waking) = (Polls::default(), Arc::new(AtomicBool::new(false)));
    let (polled, waking) = (polls.clone(), is_waking.clone());
    let returned = on_a_thread(move || {
        block_on(scene::seen(
            "woken_in_its_poll",
            poll_fn(|context| {
                let Some((_, wake)) = BY.get(polled.next() as usize - 1) else {
                    return Poll::Ready(());
                };
                waking.store(true, SeqCst);
                wake(context.waker());
                waking.store(false, SeqCst);
                Poll::Pending
            }),
        ));
    });
    let last = polls.count();
    let (by, _) = BY[(last as usize).clamp(1, BY.len()) - 1];
    ensure(!is_waking.load(SeqCst), "wake-waits", &[&last, &by])?;
    ensure(returned.is_some(), "lost-wake", &[&last, &by])
}

/// Returns when it is done.
fn wake_on_another_thread(waker: &Waker) {
    let waker = waker.clone();
    scene::is_woken();
    let _ = thread::spawn(move || waker.wake()).join();
}

/// A future that parks its thread itself, after the wake.
fn relies_on_no_token() -> Verdict {
    let polls = Polls::default();
    let returned = on_a_thread(move || {
        block_on(scene::seen(
            "parks_itself",
            poll_fn(|context| {
                if polls.next() > 1 {
                    return Poll::Ready(());
                }
                wake_on_another_thread(context.waker());
                thread::park_timeout(Duration::ZERO);
                Poll::Pending
            }),
        ));
    });
    ensure(returned.is_some(), "stolen-token", &[])
}

/// A future that leaves an `unpark` behind which is no wake.
fn sleeps_on_after_a_false_alarm() -> Verdict {
    let polls = Polls::default();
    let (send, receive) = mpsc::channel();
    let running = Running::start(&polls, move |poll, waker| {
        if poll == 1 {
            thread::current().unpark();
            let _ = send.send(waker.clone());
        }
    });
    let Ok(waker) = receive.recv_timeout(PATIENCE) else { return fail("slept-on", &[&0]) };
    watch_idle(A_MOMENT);
    let polled = polls.count() - 1;
    ensure(polled == 0, "false-alarm", &[&polled])?;
    running.is_over.store(true, SeqCst);
    scene::is_woken();
    waker.wake_by_ref();
    running.returns(1, &waker)
}

/// A future that was woken, and then blocks on another one.
fn leaves_the_wakes_of_others_alone() -> Verdict {
    let polls = Polls::default();
    let returned = on_a_thread(move || {
        block_on(scene::seen(
            "outer",
            poll_fn(|context| {
                if polls.next() > 1 {
                    return Poll::Ready(());
                }
                scene::is_woken();
                context.waker().wake_by_ref();
                let inner = Polls::default();
                block_on(scene::seen(
                    "inner",
                    poll_fn(|context| {
                        if inner.next() > 1 {
                            return Poll::Ready(());
                        }
                        context.waker().wake_by_ref();
                        Poll::Pending
                    }),
                ));
                Poll::Pending
            }),
        ));
    });
    ensure(returned.is_some(), "shared", &[])
}

/// Wakers may outlive what they wake. A panic of this one is told as any other.
fn bears_a_late_wake() -> Verdict {
    let (send, receive) = mpsc::channel::<Waker>();
    on_a_thread(move || {
        block_on(scene::seen(
            "woken_late",
            poll_fn(|context| {
                let _ = send.send(context.waker().clone());
                Poll::Ready(())
            }),
        ));
    });
    receive.into_iter().for_each(Waker::wake);
    Ok(())
}
