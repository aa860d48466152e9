//! What can be wrong with an executor.

use crate::harness::Message;

pub const MESSAGES: &[Message] = &[
    Message {
        id: "polled-in-spawn",
        en: "spawn has polled the task: it should only queue it. The caller of spawn is in the middle of something, \
             and must go on first.",
        zh: "spawn 直接轮询了 Task：它只应把 Task 放进就绪队列。调用 spawn 的代码自己还没做完，应当先让它继续。",
    },
    Message {
        id: "polled-in-wake",
        en: "the waker of task {0} was called, and polled the task before it came back: it should only queue it. The \
             caller of a waker may be another thread, or a task in the middle of its own poll.",
        zh: "调用 Task {0} 的唤醒器时，它在返回之前就轮询了这个 Task：它只应把 Task 放进就绪队列。调用唤醒器的可能是别的线程，\
             也可能是正在自己轮询之中的 Task。",
    },
    Message {
        id: "polled-in-handle",
        en: "the poll of a handle has polled task {0}: only run_until_idle polls tasks, a handle looks whether the \
             result is there",
        zh: "轮询 Handle 时轮询了 Task {0}：只有 run_until_idle 才轮询 Task，Handle 只看结果有没有",
    },
    Message {
        id: "not-queued",
        en: "a task was given to spawn, run_until_idle was called, and it has not polled the task: a new task belongs \
             at the end of the ready queue",
        zh: "用 spawn 创建了 Task，又调用了 run_until_idle，它却没有轮询这个 Task：新的 Task 应当放到就绪队列的末尾",
    },
    Message {
        id: "handle-cancels",
        en: "the handle of a task was dropped, and the task was not polled again: dropping a handle does not change \
             the task",
        zh: "丢弃 Handle 之后，它的 Task 就不再被轮询了：丢弃 Handle 不应影响 Task",
    },
    Message {
        id: "order",
        en: "the tasks were polled in the order {0}, expected: {1}. The ready queue is first in, first out: the task \
             that was woken or spawned first is polled first, and a task that wakes itself goes to the end.",
        zh: "Task 的轮询顺序是 {0}，应当是 {1}。就绪队列先进先出：先被唤醒或先创建的先轮询，唤醒自己的 Task 排到队尾。",
    },
    Message {
        id: "came-back-early",
        en: "run_until_idle came back while task {0} was still in the ready queue: the next call has polled it. It \
             should go on until the queue is empty.",
        zh: "Task {0} 还在就绪队列里，run_until_idle 就返回了：下一次调用才轮询它。应当一直做到队列为空。",
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
        id: "lost-elsewhere",
        en: "task {0} was woken on another thread, and run_until_idle did not poll it again; a wake on its own \
             thread was not lost. A waker may be called anywhere, so it has to share its queue with the executor.",
        zh: "Task {0} 在另一个线程上被唤醒，run_until_idle 却没有再轮询它；而在本线程上的唤醒没有丢。唤醒器可能在任何线程上被调用，\
             所以它必须与执行器共用一个队列。",
    },
    Message {
        id: "race",
        en: "two threads called wakers at the same moment, or one did while run_until_idle ran, and task {0} was \
             polled {1} times for it, expected once. Another thread may come between any two steps of wake: set the \
             flag first, in one step (`swap`), then push; and if a lock is busy, wait for it.",
        zh: "两个线程同时调用唤醒器，或者调用时 run_until_idle 正在运行，Task {0} 因此被轮询了 {1} 次，应当只轮询一次。\
             wake 的任何两步之间都可能插进另一个线程：先用一步（`swap`）设置标志，再放入队列；锁被占用时要等待。",
    },
    Message {
        id: "another-executor",
        en: "there were two executors, and a task was spawned or woken in one of them: the other one has polled, too. \
             Each executor needs its own queue.",
        zh: "有两个执行器，在其中一个里创建或唤醒了一个 Task，为此轮询的却不只是这一个执行器。每个执行器都要有自己的队列。",
    },
    Message {
        id: "wake-blocked",
        en: "a task called a waker in its poll, or when it was dropped, and the call did not come back: a lock that \
             the waker needs is held meanwhile. In `while let Some(id) = queue.lock().unwrap().pop_front() { … }` \
             the guard lives until the end of the body.",
        zh: "Task 在自己的轮询中（或被丢弃时）调用唤醒器，这个调用没有返回：唤醒器需要的锁此时还没有释放。写成 \
             `while let Some(id) = queue.lock().unwrap().pop_front() { … }` 时，锁守卫要到循环体结束才释放。",
    },
    Message {
        id: "wake-after-the-end",
        en: "the executor was dropped, then the waker of one of its tasks was called, and that panicked or did not \
             come back. A waker may be called at any time.",
        zh: "执行器已被丢弃，之后它的一个 Task 的唤醒器被调用，结果 panic 或者没有返回。唤醒器随时可能被调用。",
    },
    Message {
        id: "blocked",
        en: "{0} was called outside of any poll, and did not come back: it waits for something that its own thread \
             would have to do",
        zh: "在任何轮询之外调用了 {0}，它没有返回：它在等一件只有本线程才能做的事",
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
        en: "run_until_idle does not come back while a task waits, and polls nothing: it spins or sleeps. Idle means \
             that the ready queue is empty, not that all tasks are done.",
        zh: "还有 Task 在等待时，run_until_idle 就不返回，也不轮询任何 Task：它在忙等待或休眠。空闲是指就绪队列为空，而不是所有 \
             Task 都已完成。",
    },
    Message {
        id: "polled-after-ready",
        en: "task 1 was done, then its waker was called once more, and it was polled again. A waker may be \
             called at any time; a future that is done must not be polled.",
        zh: "Task 1 已经完成，之后它的唤醒器又被调用，于是它再次被轮询。唤醒器随时可能被调用，而已完成的 Future 不能再轮询。",
    },
    Message {
        id: "not-dropped",
        en: "task 1 is done, the next task is being polled, and the future of task 1 is still alive: whatever it \
             holds (sockets, locks, channels) stays open. Drop it as soon as it is ready.",
        zh: "Task 1 已经完成，已经在轮询下一个 Task，Task 1 的 Future 却还活着：它持有的套接字、锁、通道都不会释放。一旦就绪，\
             就应当立即丢弃 Future。",
    },
    Message {
        id: "stale-wake",
        en: "the waker of a task that is done was called, and another task was polled for it: the new task has \
             the number of the old one. Do not use a number twice.",
        zh: "调用的是一个已完成的 Task 的唤醒器，被轮询的却是另一个 Task：新的 Task 沿用了旧的编号。编号不要重复使用。",
    },
    Message {
        id: "stale-number",
        en: "a task woke itself and was done in the same poll, so its number stayed in the queue, and a task that was \
             spawned later was polled for it: it has the same number. Do not use a number twice.",
        zh: "一个 Task 在同一次轮询中唤醒了自己又完成了，所以它的编号还留在队列里，后来创建的 Task 因此被多轮询了一次：\
             它沿用了这个编号。编号不要重复使用。",
    },
    Message {
        id: "spawn-blocked",
        en: "a task called spawn in its poll, or when it was dropped, and spawn could not do its work: the executor \
             still borrows (or locks) its tasks meanwhile. First take the task out, in a separate statement.",
        zh: "Task 在自己的轮询中（或被丢弃时）调用了 spawn，而 spawn 无法执行：此时执行器还借用着（或锁着）所有的 Task。\
             先单独用一条语句把这个 Task 取出来。",
    },
    Message {
        id: "handle-not-woken",
        en: "task {0} is done, and the task that awaits its handle was not woken: keep the waker of the handle's last \
             poll, and call it once the result is there",
        zh: "Task {0} 已经完成，等待它的 Handle 的一方却没有被唤醒：要保存 Handle 最近一次轮询的唤醒器，等有了结果就调用它",
    },
    Message {
        id: "handle-old-waker",
        en: "a handle was polled with one waker, then with another one, and the first was called. A handle may go from \
             task to task: only the waker of its last poll is right.",
        zh: "先后用两个唤醒器轮询了同一个 Handle，被调用的却是前一个。Handle 可能从一个 Task 转到另一个：\
             只有最近一次轮询的唤醒器才是对的。",
    },
    Message {
        id: "handle-wakes-itself",
        en: "a handle's poll returned Pending and called its own waker: so the task that awaits it is polled again and \
             again. Keep the waker, and call it once the result is there.",
        zh: "Handle 的轮询返回 Pending，却调用了自己的唤醒器：等待它的一方会一再被轮询。应当保存唤醒器，等有了结果再调用。",
    },
    Message {
        id: "handle-woken-early",
        en: "the waker of a handle was called, the handle was polled at once, and was pending: the result was not \
             there yet. Nobody will wake it again: store the result first, then wake.",
        zh: "调用了 Handle 的唤醒器，随即轮询 Handle，它却仍未就绪：结果还没有存好，而之后不会再有人唤醒它。先存结果，再唤醒。",
    },
    Message {
        id: "handle-woken-under-lock",
        en: "the waker of a handle was called, the handle was polled at once, and that panicked or did not come back: \
             something is still locked or borrowed while the waker is called. Take the waker out in a separate \
             statement, then call it.",
        zh: "调用了 Handle 的唤醒器，随即轮询 Handle，结果 panic 或者没有返回：调用唤醒器时还锁着或借用着什么。\
             先单独用一条语句取出唤醒器，再调用它。",
    },
    Message {
        id: "handle-pending",
        en: "a task has returned {0}, and its handle is still pending: any number is a result, and it is kept until \
             somebody asks for it",
        zh: "Task 返回了 {0}，它的 Handle 却仍未就绪：任何数都是结果，而且必须保留到有人来取为止",
    },
    Message {
        id: "handle-value",
        en: "the handle of the task that returned {0} has given {1}",
        zh: "Task 返回的是 {0}，它的 Handle 给出的却是 {1}",
    },
];
