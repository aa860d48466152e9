//! Runs the loop in a world of virtual time, where each of its calls is looked at.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    panic,
    pin::{Pin, pin},
    rc::Rc,
    sync::atomic::Ordering::SeqCst,
    task::{Context, Poll},
    thread,
    time::Duration,
};

use super::answer::run;
use crate::harness::{BoxFuture, Exercise, Message, Verdict, ensure};
use world::{WAKES_BEGUN, WAKES_ENDED, World};

#[path = "world.rs"]
mod world;

pub const EXERCISE: Exercise = Exercise { number: 11, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "slept-with-work",
        en: "poll_io({0}) while task {1} was runnable: it has been woken, or not been polled yet, and now it waits \
             for something that has nothing to do with it. With work in the queue, only look: Some(Duration::ZERO). \
             And a wake during a poll counts: clear the task's flag before its poll.",
        zh: "Task {1} 可以运行时调用了 poll_io({0})：它已被唤醒，或者还从未被轮询，现在却要为不相干的事等待。\
             队列里还有 Task 时，只能看一眼：Some(Duration::ZERO)。轮询过程中的唤醒也算数：标志要在轮询之前清除。",
    },
    Message {
        id: "io-starved",
        en: "socket {0} starved: {1} polls, one after another, and poll_io was not called. Tasks that wake \
             themselves are in the queue again at once, so it never gets empty: bound the turn.",
        zh: "套接字 {0} 饥饿：连续轮询了 {1} 次，一次也没有调用 poll_io。唤醒自己的 Task 会立刻回到队列，\
             队列永远不会空：每一轮必须有上限。",
    },
    Message {
        id: "timer-starved",
        en: "a timer starved: it was due at {0}, now it is {1}, {2} polls later, and nobody has fired it. Timers get \
             their say in each turn, not only when the queue is empty.",
        zh: "定时器饥饿：它在 {0} 到期，现在是 {1}，其间轮询了 {2} 次，仍没有触发它。每一轮都要检查定时器，\
             而不是等到队列空了才检查。",
    },
    Message {
        id: "task-starved",
        en: "task {0} starved: it is runnable, {2} polls have passed, and it got none of them; task {1} got the last. \
             First in, first out.",
        zh: "Task {0} 饥饿：它可以运行，已经过去了 {2} 次轮询，却一次也没有轮到它；最近一次给了 Task {1}。\
             就绪队列应当先进先出。",
    },
    Message {
        id: "overslept",
        en: "poll_io({0}) at {1}, but a timer is due at {2}: it would ring late. The timeout is how long to sleep, \
             not until when, and it is reckoned just before the sleep: the polls may have set timers.",
        zh: "在 {1} 时调用了 poll_io({0})，而有一个定时器在 {2} 到期：它会被耽误。超时参数表示睡多久，\
             不是睡到何时；并且要在睡眠之前才计算，因为前面的轮询可能设置了新的定时器。",
    },
    Message {
        id: "busy-waiting",
        en: "the loop looked {0} times where {1} would do: that is busy waiting. When nothing is ready, sleep to the \
             next deadline, or for ever if there is none; a socket ends the sleep by itself.",
        zh: "事件循环查看了 {0} 次，其实 {1} 次就够了：这是忙等待。没有就绪的 Task 时，应当睡到下一个截止时间，\
             没有截止时间就一直睡；套接字就绪时自会结束睡眠。",
    },
    Message {
        id: "waker-not-called",
        en: "wakers that fire or poll_io returned and nobody called: {0}. Their tasks would wait for ever, since an \
             event is told only once.",
        zh: "fire 或 poll_io 返回的唤醒器中有 {0} 个没有被调用。它们的 Task 会永远等下去，因为每个事件只通知一次。",
    },
    Message {
        id: "polled-in-vain",
        en: "task {0} was polled though nobody had woken it since its last poll. Poll only who was woken, and queue \
             a task that is woken twice once.",
        zh: "Task {0} 被轮询了，可是自上次轮询以来没有人唤醒过它。只轮询被唤醒的 Task；被唤醒两次的 Task，\
             在队列里也只能有一份。",
    },
    Message {
        id: "polled-after-ready",
        en: "task {0} was polled again after it had returned Ready. A waker may be called at any time, also when its \
             task is done: such a wake is ignored.",
        zh: "Task {0} 返回 Ready 之后又被轮询。唤醒器在任何时候都可能被调用，Task 完成之后也一样：这样的唤醒应当忽略。",
    },
    Message {
        id: "dropped",
        en: "task {0} was dropped, though its last poll returned Pending: dropping a future cancels it",
        zh: "Task {0} 上次轮询返回的是 Pending，却被丢弃了：丢弃 future 就是取消它",
    },
    Message {
        id: "ended-early",
        en: "run returned with {0} of {1} tasks done. An empty queue means that all are waiting, not that all are \
             done.",
        zh: "run 返回时，{1} 个 Task 只完成了 {0} 个。队列空了表示大家都在等待，不表示都已完成。",
    },
    Message {
        id: "slept-when-done",
        en: "every task is done, and the loop called poll_io({0}): look whether all are done after the polls, before \
             the sleep",
        zh: "所有 Task 都已完成，事件循环却调用了 poll_io({0})：应当在轮询之后、睡眠之前检查是否全部完成",
    },
    Message {
        id: "lock-held",
        en: "a waker was called and does not return: it waits for a lock that its own thread holds. A task may wake \
             itself or another in its poll, so don't hold the queue's lock meanwhile. (`while let` and `match` keep \
             what their head has locked until the end of their body.)",
        zh: "唤醒器被调用后不再返回：它在等一把锁，而持有这把锁的就是当前线程。Task 在轮询中可能唤醒自己或别的 Task，\
             所以轮询时不能持有队列的锁。（`while let` 和 `match` 头部取得的锁，要到整个代码块结束才释放。）",
    },
];

/// After so many looks in vain a wake is taken for stuck: two seconds.
const LOOKS: u32 = 400;

/// Runs the checks on a thread, and looks whether it is stuck in a wake.
fn check() -> Verdict {
    let checking = thread::spawn(checks);
    let (mut before, mut looks) = (0, 0);
    while !checking.is_finished() {
        thread::sleep(Duration::from_millis(5));
        let begun = WAKES_BEGUN.load(SeqCst);
        let is_in_a_wake = begun > WAKES_ENDED.load(SeqCst);
        looks = if is_in_a_wake && begun == before { looks + 1 } else { 0 };
        before = begun;
        ensure(looks < LOOKS, "lock-held", &[])?;
    }
    checking.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked))
}

fn checks() -> Verdict {
    nothing_to_do()?;
    work_comes_first()?;
    sleeps_to_the_next_event()?;
    deadline_is_past()?;
    wakes_come_together()?;
    nobody_starves()
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// The loop, and whether it has done all.
fn finishes(world: &World, tasks: Vec<BoxFuture<()>>) -> Verdict {
    run(&mut world.clone(), tasks);
    world.is_finished()
}

fn nothing_to_do() -> Verdict {
    finishes(&World::default(), Vec::new())
}

/// A task that wakes itself stays in the queue, and the timer has to wait for the loop's sleep.
fn work_comes_first() -> Verdict {
    let world = World::default();
    let tasks = vec![
        world.task("worker", yields(world.clone(), 3)),
        world.task("sleeper", world.sleep_until(ms(300))),
        world.task("worker", yields(world.clone(), 2)),
    ];
    finishes(&world, tasks)
}

async fn yields(world: World, times: u32) {
    for _ in 0..times {
        world.yield_now().await;
    }
}

/// Three moments at which something happens, and three sleeps.
fn sleeps_to_the_next_event() -> Verdict {
    let world = World::default();
    world.byte_comes(3, ms(450));
    let sleeper = {
        let world = world.clone();
        async move {
            world.sleep_until(ms(300)).await;
            world.sleep_until(ms(600)).await;
        }
    };
    let tasks = vec![world.task("sleeper", sleeper), world.task("reader", world.readable(3))];
    finishes(&world, tasks)?;
    // Who looks once before each sleep looks twice as often; that is no harm.
    let turns = world.turns();
    world.told(ensure(turns <= 9, "busy-waiting", &[&turns, &3]))
}

/// A poll takes longer than another task's timer.
fn deadline_is_past() -> Verdict {
    let world = World::default();
    let worker = {
        let world = world.clone();
        async move { world.work(ms(10)) }
    };
    let tasks = vec![world.task("sleeper", world.sleep_until(ms(5))), world.task("worker", worker)];
    finishes(&world, tasks)
}

/// Two wakes for one task, and one for a task that is done.
fn wakes_come_together() -> Verdict {
    let world = World::default();
    (1..=2).for_each(|socket| world.byte_comes(socket, ms(100)));
    let hasty = {
        let world = world.clone();
        async move { either(world.readable(1), world.sleep_until(ms(200)).forgotten()).await }
    };
    let both = {
        let world = world.clone();
        async move {
            join(world.readable(2), world.sleep_until(ms(100))).await;
            world.sleep_until(ms(300)).await;
        }
    };
    let tasks = vec![world.task("hasty", hasty), world.task("both", both)];
    finishes(&world, tasks)
}

/// One task is always ready, until the others have done their work.
fn nobody_starves() -> Verdict {
    let world = World::default();
    world.byte_comes(5, ms(2));
    let to_come = Rc::new(Cell::new(4));
    let then_done = |future: BoxFuture<()>| {
        let to_come = to_come.clone();
        async move {
            future.await;
            to_come.set(to_come.get() - 1);
        }
    };
    let spinner = {
        let (world, to_come) = (world.clone(), to_come.clone());
        async move {
            while to_come.get() > 0 {
                world.work(ms(1));
                world.yield_now().await;
            }
        }
    };
    let walker = || then_done(Box::pin(yields(world.clone(), 3)));
    let tasks = vec![
        world.task("walker", walker()),
        world.task("spinner", spinner),
        world.task("reader", then_done(Box::pin(world.readable(5)))),
        world.task("sleeper", then_done(Box::pin(world.sleep_until(ms(5))))),
        world.task("walker", walker()),
    ];
    finishes(&world, tasks)
}

/// Is done when one of them is.
async fn either(one: impl Future, other: impl Future) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|context| match is_ready(&mut one, context) | is_ready(&mut other, context) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

/// Is done when both are.
async fn join(one: impl Future, other: impl Future) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut one_is_done, mut other_is_done) = (false, false);
    poll_fn(|context| {
        one_is_done = one_is_done || is_ready(&mut one, context);
        other_is_done = other_is_done || is_ready(&mut other, context);
        if one_is_done && other_is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn is_ready(future: &mut Pin<&mut impl Future>, context: &mut Context<'_>) -> bool {
    future.as_mut().poll(context).is_ready()
}
