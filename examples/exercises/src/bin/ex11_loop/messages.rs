//! What can be wrong with a loop.

use crate::harness::Message;

pub const MESSAGES: &[Message] = &[
    Message {
        id: "slept-with-work",
        en: "poll_io({0}) was called while task {1} was ready: it has been woken, or is new, and now it has to wait \
             for events that are not its own. With work in the queue, only look: Some(Duration::ZERO). And a wake \
             during a poll counts: clear the task's flag before its poll.",
        zh: "Task {1} 可以运行时调用了 poll_io({0})：它已被唤醒，或者还从未被轮询，现在却要为不相干的事等待。\
             队列里还有 Task 时，只能看一眼：Some(Duration::ZERO)。轮询过程中的唤醒也算数：标志要在轮询之前清除。",
    },
    Message {
        id: "io-starved",
        en: "socket {0} starved: {1} polls, one after another, and poll_io was not called. Tasks that wake themselves \
             are in the queue again at once, so it never gets empty; and some timer may be due in each turn. So put a \
             limit on each turn, and look for sockets in each turn.",
        zh: "套接字 {0} 饥饿：连续轮询了 {1} 次，一次也没有调用 poll_io。唤醒自己的 Task 会立刻回到队列，队列永远不会空；\
             也可能每一轮都有定时器到期。所以每一轮必须有上限，每一轮都要查看套接字。",
    },
    Message {
        id: "timer-starved",
        en: "a timer starved: it was due at {0}, now it is {1}, there were {2} polls and {3} calls of poll_io \
             meanwhile, and nobody has fired it. Look at the timers in each turn, whether the queue is empty or not, \
             and whether a socket was ready or not.",
        zh: "定时器饥饿：它在 {0} 到期，现在是 {1}，其间轮询了 {2} 次，调用了 {3} 次 poll_io，仍没有触发它。\
             每一轮都要检查定时器，不论队列空不空，也不论有没有套接字就绪。",
    },
    Message {
        id: "order",
        en: "task {0} was polled, but task {1} was woken before it and is still waiting for its turn. The queue is \
             first in, first out: in the order of the wakes, not of the numbers, and not the latest first.",
        zh: "轮询了 Task {0}，可是 Task {1} 比它先被唤醒，还在等着轮到自己。就绪队列先进先出：按唤醒的先后，\
             而不是按编号，也不是后来的先轮到。",
    },
    Message {
        id: "overslept",
        en: "poll_io({0}) was called at {1}, but a timer is due at {2}: it would go off late. The timeout is a length \
             of time, not a moment. Compute it just before the sleep: the polls may have set timers.",
        zh: "在 {1} 时调用了 poll_io({0})，而有一个定时器在 {2} 到期：它会被耽误。超时参数表示睡多久，\
             不是睡到何时；并且要在休眠之前才计算，因为前面的轮询可能设置了新的定时器。",
    },
    Message {
        id: "busy-waiting",
        en: "the loop looked {0} times, but {1} would be enough: that is busy waiting. When nothing is ready, sleep to \
             the next deadline, or for ever if there is none; a socket ends the sleep by itself.",
        zh: "事件循环查看了 {0} 次，其实 {1} 次就够了：这是忙等待。没有就绪的 Task 时，应当睡到下一个截止时间，\
             没有截止时间就一直睡；套接字就绪时自会结束休眠。",
    },
    Message {
        id: "slept-elsewhere",
        en: "the loop looked {0} times with nothing ready, and slept in between, but not in poll_io: a thread that \
             sleeps elsewhere notices no socket. Pass the time to poll_io as its timeout.",
        zh: "没有就绪的 Task，事件循环查看了 {0} 次，其间睡了觉，却不是在 poll_io 里睡的：线程在别处休眠，套接字就绪就叫不醒它。\
             应当把休眠的时长作为超时参数交给 poll_io。",
    },
    Message {
        id: "short-sleep",
        en: "poll_io({0}) was called at {1}: when this sleep ended no socket was ready and no timer was due, so the \
             loop woke up for nothing. Sleep until exactly the next deadline, or for ever (None) if there is none.",
        zh: "在 {1} 时调用了 poll_io({0})：这次休眠结束时，没有套接字就绪，也没有定时器到期，事件循环白白醒来一次。\
             应当正好睡到下一个截止时间；没有截止时间就一直睡（None）。",
    },
    Message {
        id: "waker-not-called",
        en: "wakers that fire or poll_io returned and nobody called: {0}. Their tasks would wait for ever, since an \
             event is reported only once.",
        zh: "fire 或 poll_io 返回的唤醒器中有 {0} 个没有被调用。它们的 Task 会永远等下去，因为每个事件只通知一次。",
    },
    Message {
        id: "polled-in-vain",
        en: "task {0} was polled though nobody had woken it since its last poll. Poll only tasks that were woken. If a \
             task is woken twice, queue it once.",
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
        zh: "Task {0} 上次轮询返回的是 Pending，却被丢弃了：丢弃 Future 就是取消它",
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
        zh: "所有 Task 都已完成，事件循环却调用了 poll_io({0})：应当在轮询之后、休眠之前检查是否全部完成",
    },
    Message {
        id: "wake-after-the-end",
        en: "run has returned, then a waker that somebody still had was called, and that panicked. A waker may be \
             called at any time, also when its loop is gone: then it does nothing.",
        zh: "run 已经返回，之后有人调用了还留着的唤醒器 (Waker)，结果 panic。唤醒器随时可能被调用，事件循环不在了也一样：\
             那时它什么也不做。",
    },
    Message {
        id: "lock-held",
        en: "a waker was called and does not return: it waits for a lock that its own thread holds. A task may wake \
             itself or another in its poll, so do not hold the queue's lock during a poll. (A lock that is taken in \
             the line of a `while let` or `match` is held to the end of its block.)",
        zh: "唤醒器被调用后不再返回：它在等一把锁，而持有这把锁的就是当前线程。Task 在轮询中可能唤醒自己或别的 Task，\
             所以轮询时不能持有队列的锁。（`while let` 和 `match` 头部取得的锁，要到整个代码块结束才释放。）",
    },
];
