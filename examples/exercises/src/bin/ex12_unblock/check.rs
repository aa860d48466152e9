//! Gives jobs to threads and holds them there by a gate; looks at who is woken, when, and what a poll finds then.

use std::{
    any::Any,
    fmt::Debug,
    panic::{self, AssertUnwindSafe},
    pin::pin,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    task::{Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use glassloop::{create_task, sleep};

use super::answer::{Job, unblock};
use crate::harness::{
    CountingWaker, Exercise, Failure, Message, Verdict, ensure, event_loop, fail,
    idle::{other_threads, watch_idle},
    poll_once,
};
use door::{Crowd, Door, Gate};

pub const EXERCISE: Exercise = Exercise { number: 12, messages: MESSAGES, check };

/// How long is waited for what a right answer does at once.
const PATIENCE: Duration = Duration::from_secs(2);

#[path = "door.rs"]
mod door;
/// Where a poll and the end of a job are brought together.
#[path = "race.rs"]
mod race;

const MESSAGES: &[Message] = &[
    Message {
        id: "own-thread",
        en: "the work was done on the thread that called unblock and polled: while it blocks, no other task runs. Give \
             it to another thread.",
        zh: "工作是在调用 unblock 并轮询的那个线程上做的：它阻塞期间，别的 Task 都不能运行。请把它交给另一个线程。",
    },
    Message {
        id: "stood-still",
        en: "the loop stood still while the job ran: the job waits at a gate that another task would open, and the \
             poll did not return before it was over. A poll looks whether the result is there; if it is not, it \
             leaves its waker and returns Pending.",
        zh: "作业运行期间，事件循环停住了：作业在等一道由另一个 Task 打开的门，而这次轮询直到作业结束才返回。轮询只看\
             结果到了没有；没有到，就留下唤醒器 (Waker)，返回 Pending。",
    },
    Message {
        id: "spinning",
        en: "the waker was called in the poll itself, {0} times, with the job still at its gate: the loop would poll \
             again and again (busy waiting). The thread calls the waker, once the result is there.",
        zh: "作业还停在门前，轮询自己就调用了 {0} 次唤醒器：事件循环会一遍又一遍地轮询，这是忙等待。应当等结果到了，\
             由做完工作的线程来调用唤醒器。",
    },
    Message {
        id: "unblock-waits",
        en: "unblock did not return while its job ran. Its caller runs on the loop: unblock starts the thread and \
             returns the Job at once.",
        zh: "作业运行期间，unblock 没有返回。调用它的代码就在事件循环上运行：它应当启动线程，然后立即返回 Job。",
    },
    Message {
        id: "drop-waits",
        en: "the Job was dropped while its work ran, and the drop did not return before the work was over. Dropping a \
             future cancels it, and the loop does that, so it must not wait: let the thread go on by itself.",
        zh: "工作还在运行时丢弃了 Job，这次丢弃直到工作结束才返回。丢弃 Future 就是取消，是在事件循环上做的：\
             让线程自己继续运行，不要等它。",
    },
    Message {
        id: "one-at-a-time",
        en: "{0} jobs were started, each waited until all of them had begun, and only {1} began: the others wait for \
             the threads of those. Each job needs a thread that nobody else holds.",
        zh: "启动了 {0} 个作业，每个都要等到全部开始之后才结束，却只有 {1} 个开始了：其余的在等它们的线程。\
             每个作业都要有一个不被别人占住的线程。",
    },
    Message {
        id: "ticks",
        en: "the job stood at its gate for {0} ms, nobody polled, and threads of the answer ran {1} times and called \
             the waker {2} times: a thread of your answer looks again and again, or at regular times. The thread that \
             does the work knows when it is done: it wakes, once.",
        zh: "作业在门前停了 {0} 毫秒，没有人轮询，答案的线程却运行了 {1} 次，调用了 {2} 次唤醒器：有人在反复查看，\
             或者按时钟查看。做工作的线程自己知道何时做完：由它来唤醒，只唤醒一次。",
    },
    #[cfg(target_os = "linux")] // elsewhere the check cannot see it
    Message {
        id: "thread-a-poll",
        en: "{0} polls of one job started {1} threads. A poll leaves its waker; the thread that does the work is enough \
             to call it.",
        zh: "同一个作业的 {0} 次轮询启动了 {1} 个线程。轮询只要留下唤醒器；由做工作的那个线程来调用它就够了。",
    },
    Message {
        id: "no-wake",
        en: "the job was done, and nobody called the waker: its task would sleep for ever. The thread calls the waker \
             after the work.",
        zh: "作业做完了，却没有人调用唤醒器：它的 Task 会永远睡下去。工作做完之后，线程要调用唤醒器。",
    },
    Message {
        id: "lost-wake",
        en: "a job ended just when it was polled (number {0}): the poll returned Pending, and nobody called the waker. \
             Look for the result and leave the waker in one step, under one lock. The thread puts the result in and \
             takes the waker out under the same lock. Use lock(), not try_lock().",
        zh: "作业（第 {0} 个）恰好在被轮询时做完：轮询返回了 Pending，却没有人调用唤醒器，这就是丢失唤醒。\
             查看结果和留下唤醒器是一步，在同一把锁之内；另一方放入结果、取出唤醒器，也要用这把锁。\
             而且要用 lock()，不用 try_lock()。",
    },
    Message {
        id: "result-lost",
        en: "a job was over before it was polled for the first time, and its result never came. The thread keeps the \
             result for a later poll, even if nobody waits yet.",
        zh: "作业在第一次轮询之前就做完了，它的结果却一直没有到。即使还没有人在等，线程也要把结果留着，等以后来取。",
    },
    Message {
        id: "old-waker",
        en: "the future was polled with two wakers, and the first was called: only the waker of the latest poll \
             counts, since the future may have moved to another task",
        zh: "这个 Future 先后用两个唤醒器轮询过，被调用的却是第一个：只有最近一次轮询的唤醒器才算数，因为 Future 可能\
             已经换到另一个 Task 里了",
    },
    Message {
        id: "woken-too-early",
        en: "the waker was called, and the poll that it led to returned Pending: the result was not there yet. Put \
             the result in its place first, then wake: the loop may poll before wake() has even returned.",
        zh: "唤醒器被调用了，随后的轮询却返回 Pending：那时结果还没有到位。要先放好结果，再唤醒：wake() 还没有返回，\
             事件循环就可能已经开始轮询了。",
    },
    Message {
        id: "poll-waits",
        en: "the poll waited for the thread that was still in the call of the waker. Either the thread holds a lock \
             while it wakes, or the poll joins the thread. Take the waker out, let go of the lock, then wake.",
        zh: "轮询在等那个还没有从唤醒器调用中返回的线程：要么线程是拿着锁去唤醒的，要么轮询里 join 了这个线程。请先取出\
             唤醒器，放开锁，再唤醒。",
    },
    Message {
        id: "panic-lost",
        en: "the work panicked, and nobody was woken: the task that awaits the job would wait for ever. Catch the \
             panic on the thread (std::panic::catch_unwind); it is a result like any other.",
        zh: "工作 panic 了，却没有人被唤醒：等待这个作业的 Task 会永远等下去。请在线程上接住 panic\
             （std::panic::catch_unwind）；它和别的结果一样，也是一种结果。",
    },
    Message {
        id: "panic-leaves",
        en: "the work panicked, and then the poll of its future panicked as well: that panic would end the whole loop. \
             Return the job's panic as Err.",
        zh: "工作 panic 了，接着它的 Future 在轮询时也 panic 了：整个事件循环都会被带倒。作业的 panic 应当作为 Err 返回。",
    },
    Message {
        id: "other-payload",
        en: "the work panicked with the number 404, and Err holds {0}. Pass on the payload as catch_unwind or join \
             gives it: it is a box already.",
        zh: "工作以数字 404 panic，Err 里却是 {0}。catch_unwind 或 join 给出的内容要原样交出：它本来就是一个 Box。",
    },
    Message {
        id: "wrong-result",
        en: "a poll returned {0}, expected: {1}. A job is ready when its work has returned, not earlier, and its \
             result is what the work returned.",
        zh: "轮询返回了 {0}，应当是 {1}：作业的结果就是工作的返回值，而且要等它到了才就绪",
    },
];

fn check() -> Verdict {
    runs_elsewhere()?;
    returns_while_the_job_waits()?;
    lets_others_be_while_the_job_waits()?;
    has_a_thread_for_each()?;
    can_be_dropped()?;
    is_woken_once_it_is_done()?;
    wakes_the_latest_waker()?;
    keeps_what_nobody_waits_for()?;
    hands_on_a_panic()?;
    race::loses_no_wake()?;
    leaves_the_loop_to_others()
}

/// The work is not done where the loop runs.
fn runs_elsewhere() -> Verdict {
    let mut job = pin!(unblock(|| thread::current().id()));
    match poll_once(job.as_mut(), Waker::noop()) {
        Poll::Ready(Ok(id)) => ensure(id != thread::current().id(), "own-thread", &[]),
        // It isn't there yet. That it comes is for the others to see.
        _ => Ok(()),
    }
}

/// With the gate shut, a poll returns; and it asks nobody to poll again.
fn returns_while_the_job_waits() -> Verdict {
    let (gate, is_open) = Gate::new();
    let mut job = pin!(unblock(is_open));
    ensure(!gate.is_given_up(), "unblock-waits", &[])?;
    let counting = CountingWaker::new();
    for _ in 0..2 {
        let poll = poll_once(job.as_mut(), &counting.waker());
        let is_early = poll.is_ready() && !gate.is_given_up();
        ensure(!is_early, "wrong-result", &[&words(&poll), &"Pending"])?;
        ensure(poll.is_pending(), "stood-still", &[])?;
    }
    ensure(counting.wakes() == 0, "spinning", &[&counting.wakes()])?;
    gate.await_the_job();
    let second = poll_once(job.as_mut(), &counting.waker());
    ensure(second.is_pending(), "stood-still", &[])?;
    gate.open();
    Ok(())
}

/// For so long a job stands at its gate. Who looks by the clock does so a few times meanwhile.
const A_WHILE: Duration = Duration::from_millis(150);

/// With the gate shut, nobody runs, and polls start no threads.
fn lets_others_be_while_the_job_waits() -> Verdict {
    const POLLS: usize = 20;
    let (gate, is_open) = Gate::new();
    let mut job = pin!(unblock(is_open));
    let counting = CountingWaker::new();
    let _ = poll_once(job.as_mut(), &counting.waker());
    gate.await_the_job();
    let idle = watch_idle(A_WHILE);
    let (runs, wakes) = (idle.map_or(0, |idle| idle.runs), counting.wakes());
    ensure(runs <= 1 && wakes == 0, "ticks", &[&A_WHILE.as_millis(), &runs, &wakes])?;
    let before = other_threads();
    for _ in 0..POLLS {
        let _ = poll_once(job.as_mut(), &counting.waker());
    }
    let started = other_threads().zip(before).map_or(0, |(now, before)| now.saturating_sub(before));
    ensure(started == 0, "thread-a-poll", &[&POLLS, &started])?;
    gate.open();
    Ok(())
}

/// Many jobs, each of which ends only when all have begun.
fn has_a_thread_for_each() -> Verdict {
    const JOBS: usize = 100;
    let crowd = Arc::new(Crowd::of(JOBS));
    let (tell, told) = mpsc::channel();
    let begin = |_| {
        let (crowd, tell) = (crowd.clone(), tell.clone());
        Box::pin(unblock(move || tell.send(crowd.meets())))
    };
    let mut jobs: Vec<_> = (0..JOBS).map(begin).collect();
    drop(tell); // with a job that never comes, `told` ends after the others
    let first = told.recv_timeout(PATIENCE / 10);
    if first == Err(RecvTimeoutError::Timeout) {
        // Perhaps they begin with their first poll.
        for job in &mut jobs {
            let _ = poll_once(job.as_mut(), Waker::noop());
        }
    }
    let have_met = first.into_iter().chain(told.iter()).all(|has_met| has_met);
    ensure(have_met, "one-at-a-time", &[&JOBS, &crowd.came()])
}

/// With the gate shut, a `Job` is dropped.
fn can_be_dropped() -> Verdict {
    let (gate, is_open) = Gate::new();
    let mut job = Box::pin(unblock(is_open));
    let _ = poll_once(job.as_mut(), Waker::noop());
    gate.await_the_job();
    drop(job);
    ensure(!gate.is_given_up(), "drop-waits", &[])?;
    gate.open();
    Ok(())
}

/// A job is over long before anybody polls.
fn keeps_what_nobody_waits_for() -> Verdict {
    let (end, ended) = mpsc::channel::<()>();
    let mut job = pin!(unblock(move || {
        drop(end);
        7
    }));
    // Where it begins with its first poll, it cannot be over before.
    if ended.recv_timeout(PATIENCE / 10) == Err(RecvTimeoutError::Timeout) {
        return Ok(());
    }
    thread::sleep(Duration::from_millis(10));
    let mut door = Door::new();
    let result = match poll_once(job.as_mut(), &door.bell()) {
        Poll::Ready(result) => result,
        Poll::Pending => match door.answer(job.as_mut()) {
            Ok(result) => result,
            Err(_) => return fail("result-lost", &[]),
        },
    };
    expect(result, 7)
}

fn is_woken_once_it_is_done() -> Verdict {
    let (gate, is_open) = Gate::new();
    let mut job = pin!(unblock(move || (is_open(), "done")));
    let mut door = Door::new();
    let pending = poll_once(job.as_mut(), &door.bell()).is_pending();
    ensure(pending, "stood-still", &[])?;
    gate.open();
    let result = door.answer(job.as_mut())?;
    expect(result, (true, "done"))
}

fn wakes_the_latest_waker() -> Verdict {
    let (gate, is_open) = Gate::new();
    let mut job = pin!(unblock(is_open));
    let mut door = Door::new();
    let first = CountingWaker::new();
    for waker in [first.waker(), door.bell()] {
        ensure(poll_once(job.as_mut(), &waker).is_pending(), "stood-still", &[])?;
    }
    gate.open();
    match door.answer(job.as_mut()) {
        Ok(result) => expect(result, true),
        // A bell that nobody keeps is silent at once; the job may still be on its way.
        Err(_) if door.is_silent && is_woken(&first) => fail("old-waker", &[]),
        Err(failure) => Err(failure),
    }
}

/// Is it, before patience is lost?
fn is_woken(counting: &CountingWaker) -> bool {
    let start = Instant::now();
    while counting.wakes() == 0 && start.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(1));
    }
    counting.wakes() > 0
}

/// What the work panics with comes out as it is; neither the thread nor the poll swallows it.
fn hands_on_a_panic() -> Verdict {
    let (gate, is_open) = Gate::new();
    let job: Job<()> = unblock(move || {
        is_open();
        panic::panic_any(404_u32)
    });
    let mut job = pin!(job);
    let mut door = Door::new();
    ensure(poll_once(job.as_mut(), &door.bell()).is_pending(), "stood-still", &[])?;
    gate.open();
    let polled = panic::catch_unwind(AssertUnwindSafe(|| door.answer(job.as_mut())));
    let Ok(answered) = polled else { return fail("panic-leaves", &[]) };
    let result = match answered {
        Ok(result) => result,
        // With no panic, the same has been woken before.
        Err(_) if door.is_silent => return fail("panic-lost", &[]),
        Err(failure) => return Err(failure),
    };
    let found = match &result {
        Ok(_) => "Ok(())",
        Err(payload) if payload.is::<u32>() => return Ok(()),
        Err(payload) if payload.is::<Box<dyn Any + Send>>() => "Box<Box<dyn Any + Send>>",
        Err(payload) if payload.is::<String>() => "String",
        Err(payload) if payload.is::<&str>() => "&str",
        Err(_) => "dyn Any",
    };
    fail("other-payload", &[&found])
}

/// In a real loop: one task awaits the job, another one opens its gate.
fn leaves_the_loop_to_others() -> Verdict {
    let result = event_loop().run(async {
        let (gate, is_open) = Gate::new();
        let waiter = create_task(async { unblock(is_open).await });
        let opener = create_task(async move {
            sleep(Duration::from_millis(1)).await; // by then the other one has been polled
            gate.open();
        });
        let _ = opener.await;
        waiter.await
    });
    let is_open = result.ok().and_then(Result::ok);
    ensure(is_open == Some(true), "stood-still", &[])
}

fn expect<T: PartialEq + Debug>(result: thread::Result<T>, expected: T) -> Verdict {
    let is_right = matches!(&result, Ok(value) if *value == expected);
    let (poll, expected) = (Poll::Ready(result), Poll::Ready(Ok(expected)));
    ensure(is_right, "wrong-result", &[&words(&poll), &words(&expected)])
}

fn words<T: Debug>(poll: &Poll<thread::Result<T>>) -> String {
    match poll {
        Poll::Ready(Ok(value)) => format!("Ready(Ok({value:?}))"),
        Poll::Ready(Err(_)) => "Ready(Err(_))".to_string(),
        Poll::Pending => "Pending".to_string(),
    }
}
