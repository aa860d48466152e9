//! Gives the executor tasks that write down what is done to them, and wakes them by hand.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    panic::{self, Location},
    pin::{Pin, pin},
    rc::Rc,
    sync::{Mutex, PoisonError},
    task::{Context, Poll, Waker},
    thread,
};

use glassloop::trace::{
    TaskId, What,
    record::{Cause, Outcome, WakeOutcome},
};

use super::answer::Executor;
use crate::harness::{
    BoxFuture, Exercise, Log, Message, Verdict, ensure, fail, on_a_thread, poll_once, stop_runaway,
};

pub const EXERCISE: Exercise = Exercise { number: 8, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "polled-in-spawn",
        en: "spawn has polled the task: it should only queue it. Who calls spawn is in the middle of something, \
             and goes on first.",
        zh: "spawn 直接轮询了 Task：它只应把 Task 放进就绪队列。调用 spawn 的代码自己还没做完，应当先让它继续。",
    },
    Message {
        id: "order",
        en: "the tasks were polled in the order {0}, expected: {1}. The ready queue is first in, first out, so \
             each gets its turn; a task that wakes itself goes to the end.",
        zh: "Task 的轮询顺序是 {0}，应当是 {1}。就绪队列先进先出，每个 Task 才都轮得到；唤醒自己的 Task 排到队尾。",
    },
    Message {
        id: "lost-wake",
        en: "task {0} was woken, and run_until_idle came back without polling it again: a lost wakeup. If a \
             flag says that it is queued, is the flag cleared before the poll? A wake during the poll counts, \
             too.",
        zh: "Task {0} 被唤醒了，run_until_idle 却没有再轮询它就返回了：这是丢失唤醒。如果用标志表示“已在队列中”，它是在轮询\
             之前清除的吗？轮询过程中的唤醒同样有效。",
    },
    Message {
        id: "wake-blocked",
        en: "a task called a waker in its poll, and the call did not come back: the lock of the ready queue is \
             held while the task is polled. In `while let Some(id) = queue.lock().unwrap().pop_front() { … }` \
             the guard lives until the end of the body.",
        zh: "Task 在自己的轮询中调用唤醒器，这个调用没有返回：轮询 Task 时就绪队列的锁还没有释放。写成 \
             `while let Some(id) = queue.lock().unwrap().pop_front() { … }` 时，锁守卫要到循环体结束才释放。",
    },
    Message {
        id: "queued-twice",
        en: "task queued twice: task {0} was woken several times before its turn came, and was polled {1} times \
             for it, expected once. Several wakes are one poll.",
        zh: "同一个 Task 进了两次队列：轮到 Task {0} 之前，它被唤醒了多次，结果轮询了 {1} 次，应当只轮询一次。多次唤醒，一次轮询。",
    },
    Message {
        id: "polled-unwoken",
        en: "task 2 was polled, and nobody had woken it: only task 1 had been. With 10,000 tasks that wait, \
             each event would cost 10,000 polls.",
        zh: "没有人唤醒 Task 2，它却被轮询了；被唤醒的只有 Task 1。如果有 10,000 个 Task 在等待，每个事件就要付出 10,000 次轮询。",
    },
    Message {
        id: "not-idle",
        en: "run_until_idle does not come back while a task waits, and polls nothing: it spins. Idle means that \
             the ready queue is empty, not that all tasks are done.",
        zh: "还有 Task 在等待时，run_until_idle 就不返回，也不轮询任何 Task：它在忙等待。空闲是指就绪队列为空，而不是所有 Task \
             都已完成。",
    },
    Message {
        id: "polled-after-ready",
        en: "task 1 was done, then its waker was called once more, and it was polled again. A waker may be \
             called at any time; a future that is done must not be polled.",
        zh: "Task 1 已经完成，之后它的唤醒器又被调用，于是它再次被轮询。唤醒器随时可能被调用，而已完成的 future 不能再轮询。",
    },
    Message {
        id: "not-dropped",
        en: "task 1 is done, and its future is still alive: whatever it holds (sockets, locks, channels) stays \
             open. Drop it as soon as it is ready.",
        zh: "Task 1 已经完成，它的 future 却还活着：它持有的套接字、锁、通道都不会释放。一旦就绪，就应当立即丢弃 future。",
    },
    Message {
        id: "stale-wake",
        en: "the waker of a task that is done was called, and another task was polled for it: the new task has \
             the number of the old one. Do not use a number twice.",
        zh: "调用的是一个已完成的 Task 的唤醒器，被轮询的却是另一个 Task：新的 Task 沿用了旧的编号。编号不要重复使用。",
    },
    Message {
        id: "spawn-blocked",
        en: "a task called spawn in its poll, and spawn could not do its work: the executor still borrows (or \
             locks) its tasks while it polls one. Take the task out first.",
        zh: "Task 在自己的轮询中调用了 spawn，而 spawn 无法执行：执行器轮询一个 Task 时，还借用着（或锁着）所有的 Task。\
             先把要轮询的 Task 取出来。",
    },
    Message {
        id: "handle-not-woken",
        en: "task {0} waits for the handle of task {1}, which is done, and was not polled again: nobody has \
             woken it",
        zh: "Task {0} 在等待 Task {1} 的 Handle；Task {1} 已经完成，Task {0} 却没有再被轮询：没有人唤醒它",
    },
    Message {
        id: "handle-pending",
        en: "the handle of a task that was done long ago is pending: a result has to be kept until somebody \
             asks for it",
        zh: "Task 早已完成，它的 Handle 却仍未就绪：结果必须保留到有人来取为止",
    },
    Message {
        id: "handle-value",
        en: "the handle of the task that returned {0} has given {1}",
        zh: "Task 返回的是 {0}，它的 Handle 给出的却是 {1}",
    },
];

/// What a task is in the middle of. If it never gets out of it, this says in which call.
#[derive(Clone, Copy, PartialEq)]
enum Within {
    Nothing,
    Wake,
    Spawn,
}

static WITHIN: Mutex<Within> = Mutex::new(Within::Nothing);

fn within<T>(what: Within, call: impl FnOnce() -> T) -> T {
    let set = |what| *WITHIN.lock().unwrap_or_else(PoisonError::into_inner) = what;
    set(what);
    let result = call();
    set(Within::Nothing);
    result
}

fn check() -> Verdict {
    let outcome = panic::catch_unwind(|| on_a_thread(looks));
    let within = *WITHIN.lock().unwrap_or_else(PoisonError::into_inner);
    match (outcome, within) {
        (Ok(Some(verdict)), _) => verdict,
        (_, Within::Spawn) => fail("spawn-blocked", &[]),
        (Err(payload), _) => panic::resume_unwind(payload),
        (Ok(None), Within::Wake) => fail("wake-blocked", &[]),
        (Ok(None), Within::Nothing) => fail("not-idle", &[]),
    }
}

fn looks() -> Verdict {
    tasks_take_turns()?;
    many_wakes_are_one_poll()?;
    who_was_not_woken_is_not_polled()?;
    a_task_that_is_done_is_gone()?;
    an_old_waker_wakes_nobody()?;
    a_task_may_spawn()?;
    a_handle_wakes_who_awaits_it()
}

/// What was done to a task.
#[derive(Default)]
struct Seen {
    polls: Cell<u32>,
    is_dropped: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Seen {
    fn waker(&self) -> Waker {
        self.waker.borrow().clone().expect("it was polled")
    }
}

/// A task that does in each poll what it is told, and writes down what is done to it.
struct Scripted {
    log: Log,
    task: TaskId,
    seen: Rc<Seen>,
    script: Script,
}

/// What a poll comes to. It is told how many polls there were, and the waker.
type Script = Box<dyn FnMut(u32, &mut Context<'_>) -> Poll<u32>>;

/// A task like that, and what will be done to it.
#[track_caller]
fn scripted(
    log: &Log,
    task: u64,
    script: impl FnMut(u32, &mut Context<'_>) -> Poll<u32> + 'static,
) -> (BoxFuture<u32>, Rc<Seen>) {
    let (task, place, seen) = (TaskId(task), Location::caller(), Rc::new(Seen::default()));
    log.note(What::TaskCreated { task, by: None, coroutine: "task", place });
    let script = Box::new(script);
    (Box::pin(Scripted { log: log.clone(), task, seen: seen.clone(), script }), seen)
}

impl Future for Scripted {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let (task, polls) = (self.task, self.seen.polls.get() + 1);
        self.seen.polls.set(polls);
        stop_runaway(polls);
        self.seen.waker.replace(Some(context.waker().clone()));
        self.log.note(What::PollStarted { task, poll: polls });
        let poll = (self.script)(polls, context);
        let outcome = if poll.is_ready() { Outcome::Ready } else { Outcome::Pending };
        self.log.note(What::PollEnded { task, outcome, waits: None, wakers: 1 });
        poll
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.seen.is_dropped.set(true);
    }
}

/// Calls a waker, and writes it down.
fn wake(log: &Log, task: u64, by: Cause, waker: &Waker) {
    log.note(What::Woken { task: TaskId(task), by, outcome: WakeOutcome::Queued });
    within(Within::Wake, || waker.wake_by_ref());
}

/// The tasks in the order in which they were polled.
fn polled(log: &Log) -> Vec<u64> {
    let records = log.records();
    let polls = records.iter().filter_map(|record| match record.what {
        What::PollStarted { task, .. } => Some(task.0),
        _ => None,
    });
    polls.collect()
}

fn is_order(log: &Log, expected: &[u64]) -> Verdict {
    let list = |tasks: &[u64]| {
        let tasks: Vec<_> = tasks.iter().map(ToString::to_string).collect();
        if tasks.is_empty() { "-".to_string() } else { tasks.join(" ") }
    };
    let polled = polled(log);
    let (got, wanted) = (list(&polled[..polled.len().min(20)]), list(expected));
    ensure(polled == expected, "order", &[&got, &wanted]).map_err(|failure| failure.with(log))
}

fn tasks_take_turns() -> Verdict {
    let (log, executor) = (Log::default(), Executor::new());
    for task in 1..=3 {
        let by_itself = log.clone();
        let (future, seen) = scripted(&log, task, move |poll, context| {
            if poll == 3 {
                return Poll::Ready(0);
            }
            wake(&by_itself, task, Cause::Task(TaskId(task)), context.waker());
            Poll::Pending
        });
        executor.spawn(future);
        ensure(seen.polls.get() == 0, "polled-in-spawn", &[])?;
    }
    executor.run_until_idle();
    if polled(&log) == [1, 2, 3] {
        return fail("lost-wake", &[&1]).map_err(|failure| failure.with(&log));
    }
    is_order(&log, &[1, 2, 3, 1, 2, 3, 1, 2, 3])
}

fn many_wakes_are_one_poll() -> Verdict {
    let (log, executor) = (Log::default(), Executor::new());
    let in_its_poll = log.clone();
    let (future, seen) = scripted(&log, 1, move |poll, context| {
        for _ in 0..if poll == 1 { 2 } else { 0 } {
            wake(&in_its_poll, 1, Cause::Task(TaskId(1)), context.waker());
        }
        Poll::Pending
    });
    executor.spawn(future);
    executor.run_until_idle();
    is_polled_once_more(&log, &seen, 1)?;

    wake(&log, 1, Cause::Outside, &seen.waker());
    wake(&log, 1, Cause::Outside, &seen.waker());
    let waker = seen.waker();
    let elsewhere = thread::spawn(move || waker.wake());
    elsewhere.join().unwrap_or_else(|payload| panic::resume_unwind(payload));
    executor.run_until_idle();
    is_polled_once_more(&log, &seen, 2)
}

fn is_polled_once_more(log: &Log, seen: &Seen, before: u32) -> Verdict {
    let more = seen.polls.get() - before;
    ensure(more > 0, "lost-wake", &[&1]).map_err(|failure| failure.with(log))?;
    ensure(more == 1, "queued-twice", &[&1, &more]).map_err(|failure| failure.with(log))
}

fn who_was_not_woken_is_not_polled() -> Verdict {
    let (log, executor) = (Log::default(), Executor::new());
    let tasks = [1, 2].map(|task| scripted(&log, task, |_, _| Poll::Pending));
    let [first, second] = tasks.map(|(future, seen)| {
        executor.spawn(future);
        seen
    });
    executor.run_until_idle();
    wake(&log, 1, Cause::Outside, &first.waker());
    executor.run_until_idle();
    is_polled_once_more(&log, &first, 1)?;
    let polls = second.polls.get();
    ensure(polls == 1, "polled-unwoken", &[]).map_err(|failure| failure.with(&log))
}

fn a_task_that_is_done_is_gone() -> Verdict {
    let (log, executor) = (Log::default(), Executor::new());
    let (future, seen) = scripted(&log, 1, |poll, _| match poll {
        1 => Poll::Ready(1),
        _ => Poll::Pending,
    });
    let _handle = executor.spawn(future);
    executor.run_until_idle();
    let is_dropped = seen.is_dropped.get();
    wake(&log, 1, Cause::Outside, &seen.waker());
    executor.run_until_idle();
    let polls = seen.polls.get();
    ensure(polls == 1, "polled-after-ready", &[]).map_err(|failure| failure.with(&log))?;
    ensure(is_dropped, "not-dropped", &[])
}

fn an_old_waker_wakes_nobody() -> Verdict {
    let (log, executor) = (Log::default(), Executor::new());
    let (future, old) = scripted(&log, 1, |_, _| Poll::Ready(1));
    executor.spawn(future);
    executor.run_until_idle();
    let (future, new) = scripted(&log, 2, |_, _| Poll::Pending);
    executor.spawn(future);
    executor.run_until_idle();
    wake(&log, 1, Cause::Outside, &old.waker());
    executor.run_until_idle();
    let polls = new.polls.get();
    ensure(polls == 1, "stale-wake", &[]).map_err(|failure| failure.with(&log))
}

fn a_task_may_spawn() -> Verdict {
    let (log, executor) = (Log::default(), Rc::new(Executor::new()));
    let child = RefCell::new(Some(scripted(&log, 2, |_, _| Poll::Ready(2)).0));
    let there = executor.clone();
    let (parent, _) = scripted(&log, 1, move |_, _| {
        if let Some(child) = child.take() {
            within(Within::Spawn, || there.spawn(child));
        }
        Poll::Ready(1)
    });
    executor.spawn(parent);
    executor.run_until_idle();
    is_order(&log, &[1, 2])
}

fn a_handle_wakes_who_awaits_it() -> Verdict {
    let (log, executor) = (Log::default(), Executor::new());
    let awaited = [7, 8].map(|value| {
        let (future, seen) = scripted(&log, value, move |poll, _| match poll {
            1 => Poll::Pending,
            _ => Poll::Ready(value as u32),
        });
        let mut handle = Box::pin(executor.spawn(future));
        let got = Rc::new(Cell::new(None));
        let told = got.clone();
        let (awaiter, _) = scripted(&log, value + 10, move |_, context| {
            let poll = handle.as_mut().poll(context);
            if let Poll::Ready(value) = poll {
                told.set(Some(value));
            }
            poll
        });
        executor.spawn(awaiter);
        (value, seen, got)
    });
    executor.run_until_idle();
    for (value, seen, _) in &awaited {
        wake(&log, *value, Cause::Outside, &seen.waker());
    }
    executor.run_until_idle();
    for (value, _, got) in awaited {
        let Some(got) = got.get() else {
            let failure = fail("handle-not-woken", &[&(value + 10), &value]);
            return failure.map_err(|failure| failure.with(&log));
        };
        ensure(u64::from(got) == value, "handle-value", &[&value, &got])?;
    }

    let handle = executor.spawn(scripted(&log, 1, |_, _| Poll::Ready(9)).0);
    executor.run_until_idle();
    match poll_once(pin!(handle), Waker::noop()) {
        Poll::Ready(got) => ensure(got == 9, "handle-value", &[&9, &got]),
        Poll::Pending => fail("handle-pending", &[]),
    }
}
