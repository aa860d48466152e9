//! What there is to say of each exercise beside its task: how long it takes, what to read before it, and what one can do
//! after it.

use crate::{course::Exercise, language::Language};

struct About {
    /// For one who knows Rust, and not async.
    minutes: u32,
    /// In `docs` and in `docs/zh`.
    page: &'static str,
    /// Goes on from "Now you can" and "现在你会".
    able: [&'static str; 2],
}

const fn about(minutes: u32, page: &'static str, en: &'static str, zh: &'static str) -> About {
    About { minutes, page, able: [en, zh] }
}

const ABOUT: [About; 15] = [
    about(
        15,
        "why-an-event-loop.md",
        "write a future by hand, and keep the one promise of `Pending`: the waker will be called.",
        "手写一个 Future，并遵守 `Pending` 的约定：唤醒器一定会被调用。",
    ),
    about(
        20,
        "suspension.md",
        "make a waker: any thread may set its flag, and the flag is read and cleared in one step.",
        "自己做一个唤醒器：任何线程都可以设置的标志，读取和清除一步完成。",
    ),
    about(
        25,
        "suspension.md",
        "drive a future to its end on a thread that sleeps meanwhile: the smallest event loop.",
        "让一个线程驱动 Future 直到完成，等待时休眠：这就是最小的事件循环。",
    ),
    about(
        30,
        "suspension.md",
        "let something outside wake a future, and always by the waker of its latest poll.",
        "让外部的事件来唤醒 Future，而且总是用最近一次轮询的唤醒器。",
    ),
    about(
        25,
        "task-and-waker.md",
        "wait for many futures at once, which is what `gather` does.",
        "同时等待多个 Future，也就是 `gather` 做的事。",
    ),
    about(
        20,
        "cancelling.md",
        "cancel a future: just drop it, and do so at once.",
        "取消一个 Future：只要丢弃它，而且要马上丢弃。",
    ),
    about(
        40,
        "task-and-waker.md",
        "let tasks hand values to each other, and wake with no lock held.",
        "让 Task 之间传递数据，并且不在持有锁的时候唤醒。",
    ),
    about(
        60,
        "task-and-waker.md",
        "run many tasks on one thread: you have written an executor.",
        "在一个线程上运行多个 Task：你写出了一个执行器。",
    ),
    about(
        35,
        "reactor-timers-threads.md",
        "sleep exactly until the next deadline, and no shorter.",
        "正好睡到下一个截止时间，不会提前醒来。",
    ),
    about(
        25,
        "reactor-timers-threads.md",
        "read from a socket that says only once that it is ready.",
        "从只通知一次的套接字读数据。",
    ),
    about(
        45,
        "reactor-timers-threads.md",
        "put queue, timers and sockets into one loop with one place to sleep.",
        "把就绪队列、定时器和套接字放进同一个循环，只在一处休眠。",
    ),
    about(
        40,
        "reactor-timers-threads.md",
        "move work that blocks to a thread, and get back its result, or its panic.",
        "把会阻塞的工作交给线程，再取回结果，或者它的 panic。",
    ),
    about(
        40,
        "cancelling.md",
        "write code that may be cancelled at any `.await` and loses nothing.",
        "写出在任何 `.await` 处被取消都不丢数据的代码。",
    ),
    about(
        20,
        "watching.md",
        "read the story of a run: who woke whom, and why a task waited.",
        "读懂一次运行的记录：谁唤醒了谁，一个 Task 为什么在等待。",
    ),
    about(
        120,
        "http-by-hand.md",
        "write a whole runtime, with std and mio alone, and a crawler on it.",
        "只用 std 和 mio 写出一个完整的运行时，以及在它上面运行的爬虫。",
    ),
];

impl Exercise {
    fn about(&self) -> Option<&'static About> {
        ABOUT.get(self.number as usize - 1)
    }

    pub fn minutes(&self) -> u32 {
        self.about().map_or(0, |about| about.minutes)
    }

    pub fn page(&self) -> &'static str {
        self.about().map_or("README.md", |about| about.page)
    }

    pub fn able(&self, language: Language) -> &'static str {
        let place = usize::from(language == Language::Chinese);
        self.about().map_or("", |about| about.able[place])
    }
}
