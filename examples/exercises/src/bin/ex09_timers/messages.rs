//! What can be wrong with timers.

use crate::harness::Message;

pub const MESSAGES: &[Message] = &[
    Message {
        id: "turns",
        en: "{0} turns, expected {1}: one for each different deadline, since the loop sleeps until then. A loop that \
             wakes up more often, or sleeps for 0, asks the clock again and again: a busy-wait.",
        zh: "循环了 {0} 轮，应当是 {1} 轮：每个不同的截止时间只需一轮，循环一直睡到那时。更频繁地醒来，或者睡 0 秒，都是在反复问\
             时钟：忙等待。",
    },
    Message {
        id: "overslept",
        en: "sleep_for({0}) said {1}, and a timer was due at {2}: the loop slept past it. The earliest deadline \
             ends the sleep, in whatever order the timers were set.",
        zh: "sleep_for({0}) 给出 {1}，而有一个定时器在 {2} 到期：循环睡过了头。不论定时器按什么顺序设置，都应睡到最早的截止\
             时间为止。",
    },
    Message {
        id: "early",
        en: "fire({0}) woke a timer that is due at {1}: no timer may go off before its deadline",
        zh: "fire({0}) 唤醒了 {1} 才到期的定时器：等到 {1} 的 Task 得到的承诺是：绝不会提前",
    },
    Message {
        id: "not-fired",
        en: "a timer was due at {1}, and fire({0}) did not call its waker: at the deadline itself it is due",
        zh: "有一个定时器在 {1} 到期，fire({0}) 却没有调用它的唤醒器 (Waker)：时间等于截止时间，就已经到期了",
    },
    Message {
        id: "late-not-fired",
        en: "a timer was due at {1}, and fire({0}), which is later, did not call its waker. A loop that was busy comes \
             late, and a timer may be set for a time that is past: each timer whose deadline is now or earlier is due.",
        zh: "有一个定时器在 {1} 到期，fire({0}) 虽然更晚，却没有调用它的唤醒器 (Waker)。循环忙起来难免来晚，\
             设置定时器时截止时间也可能已经过去：截止时间不晚于现在的都已到期。",
    },
    Message {
        id: "same-deadline",
        en: "two timers were set for {1}, and fire({0}) woke only one of them. A map whose key is only the deadline \
             has room for one; and fire has to go on until no timer is due.",
        zh: "有两个定时器都在 {1} 到期，fire({0}) 却只唤醒了一个。映射若只以截止时间为键，就只放得下一个；fire 也必须一直做到\
             没有到期的定时器为止。",
    },
    Message {
        id: "fired-twice",
        en: "the timer for {0} went off {1} times: a timer that has gone off must be removed",
        zh: "{0} 的定时器触发了 {1} 次：触发过的定时器必须取出",
    },
    Message {
        id: "order",
        en: "several timers were due at once, and fire woke them in the order {0}: expected the earliest deadline \
             first",
        zh: "有几个定时器同时等着触发，fire 唤醒它们的顺序却是 {0}：截止时间最早的应当最先",
    },
    Message {
        id: "woke-cancelled",
        en: "the timer for {0} was cancelled, and it still went off",
        zh: "{0} 的定时器已经取消，却仍然触发了",
    },
    Message {
        id: "cancelled-another",
        en: "a timer was cancelled, and the timer for {1}, which is another one, was cancelled with it (or instead of \
             it): fire({0}) did not wake it. A key must always mean one and the same timer: also if two have the same \
             deadline, if another one was removed before, and if its own timer is gone.",
        zh: "取消一个定时器，却把 {1} 的另一个也一起取消了，或者取消错了：fire({0}) 没有唤醒它。一个键只能对应一个定时器，\
             即使有两个的截止时间相同，即使此前取走过别的，即使它所指的那个早已不在。",
    },
    Message {
        id: "same-waker",
        en: "one waker waits for two timers, and one of them (for {0}) was lost: a task may wait for several, so a \
             waker does not tell which timer is meant",
        zh: "同一个唤醒器在等两个定时器，其中 {0} 的那个丢了：一个 Task 可以等几个定时器，所以唤醒器不能说明是哪一个",
    },
    Message {
        id: "another-timers",
        en: "there were two `Timers`, and a timer that was set in one showed up in the other: each has its own",
        zh: "有两个 `Timers`，在其中一个里设置的定时器却出现在另一个里：它们各有各的定时器",
    },
    Message {
        id: "wakes-for-nobody",
        en: "sleep_for({0}) says {1}, and the earliest timer that is left is due at {2}: the loop would wake up for \
             nobody. A timer that was cancelled or has gone off is no reason to wake up.",
        zh: "sleep_for({0}) 给出 {1}，而剩下的定时器中最早的在 {2} 到期：循环会白白醒来一次。\
             已经取消或触发过的定时器，不应让循环醒来。",
    },
    Message {
        id: "sleeps-itself",
        en: "{0} was called and did not come back: it sleeps itself. It only says how long, or wakes the tasks whose \
             timers are due; the loop sleeps.",
        zh: "调用 {0} 后没有返回：它自己睡着了。它只需给出睡多久，或者唤醒到期的；休眠由循环来做。",
    },
    Message {
        id: "sleep-when-due",
        en: "a timer has been due since {2}, and sleep_for({0}) says {1}: expected 0ns, since there is nothing left to \
             wait for",
        zh: "有一个定时器在 {2} 时就到期了，sleep_for({0}) 却给出 {1}：应当是 0ns，已经没有什么可等",
    },
    Message {
        id: "panics-when-due",
        en: "a timer has been due since 10 ms, and sleep_for(50ms) panicked: a `Duration` can't be negative. A \
             loop that was busy comes too late; then it does not sleep at all.",
        zh: "有一个定时器在 10 ms 时就到期了，sleep_for(50ms) 却发生 panic：`Duration` 不能是负数。循环忙起来难免来晚，那时\
             就完全不睡。",
    },
    Message {
        id: "empty",
        en: "there is no timer, and sleep_for says {0}: expected None. A sleep of 0 is no sleep, and after any other \
             time the loop would wake up for nobody.",
        zh: "没有定时器，sleep_for 却给出 {0}：应当是 None。睡 0 秒等于不睡，而睡任何别的时长，循环都会白白醒来。",
    },
    Message {
        id: "still-held",
        en: "the timer for {0} has gone off or was cancelled, and there is still a clone of its waker. So each timeout \
             that was not needed leaves something behind.",
        zh: "{0} 的定时器已经触发或取消，却还留着它的唤醒器的克隆：每一个没用上的超时，都会留下一点东西。",
    },
];
