//! Polls races by hand, and looks after each poll who was polled in it, and who is gone.

use std::{cell::Cell, future::pending, pin::Pin, rc::Rc, task::Poll};

use glassloop::trace::{TaskId, What};

use super::answer::{Race, race};
use crate::harness::{CountingWaker, Exercise, Log, Message, Probe, Verdict, ensure, poll_once};

pub const EXERCISE: Exercise = Exercise { number: 6, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "loser-alive",
        en: "`{0}` has won in poll {1} of Race, and the loser is still alive after it. What it holds (a socket, a \
             place in a line, a lock) it holds on. Cancelling is dropping: drop it in the same poll.",
        zh: "`{0}` 在 Race 的第 {1} 次轮询中胜出，而输的一方在此之后仍然存活。它占有的东西（套接字、排队的位置、锁）\
             就一直被占着。取消就是 drop：要在同一次轮询里把它 drop 掉。",
    },
    Message {
        id: "polled-loser",
        en: "`{0}` was ready in poll {1} of Race, and the other was polled in it as well. The race was over by \
             then: had the other been ready too, its result would be lost. Poll the first one first, and the second \
             only if that is pending.",
        zh: "`{0}` 在 Race 的第 {1} 次轮询中已经就绪，另一个却也被轮询了。这时胜负已定：如果另一个也就绪，它的结果就\
             丢失了。应当先轮询第一个，只有它返回 Pending 时才轮询第二个。",
    },
    Message {
        id: "one-after-another",
        en: "poll {1} of Race did not poll `{0}`, though it asked to be polled. In a race both run: each poll \
             asks the first, and if that is pending, the second.",
        zh: "Race 的第 {1} 次轮询没有轮询 `{0}`，而它请求了轮询。赛跑是两个一起跑：每次轮询先问第一个，如果它返回 \
             Pending，再问第二个。",
    },
    Message {
        id: "twice-in-a-poll",
        en: "poll {1} of Race polled `{0}` {2} times, expected: once. If both are pending, return Pending: to ask \
             again within the same poll is spinning.",
        zh: "Race 的第 {1} 次轮询把 `{0}` 轮询了 {2} 次，应当只有一次。如果两个都返回 Pending，就返回 Pending：\
             在同一次轮询里反复地问就是忙等待。",
    },
    Message {
        id: "late",
        en: "`{0}` was ready in poll {1} of Race, and Race returned Pending. One is enough: a race does not wait \
             for both.",
        zh: "`{0}` 在 Race 的第 {1} 次轮询中已经就绪，Race 却返回了 Pending。有一个就绪就够了，赛跑不必等两个都到终点。",
    },
    Message {
        id: "wrong-result",
        en: "Race returned {1}, expected: {0}. It hands on the result of the one that was ready first, and is pending \
             until there is one.",
        zh: "Race 返回了 {1}，应当是 {0}。它转交先就绪的一方的结果；在有一方就绪之前，它返回 Pending。",
    },
    Message {
        id: "no-wake",
        en: "both futures called the waker that they were polled with, and the task of Race was not woken (poll {0}). \
             Give them a waker that leads there.",
        zh: "两个 future 都调用了轮询它们时拿到的唤醒器，Race 所在的 Task 却没有被唤醒（第 {0} 次轮询）。\
             交给它们的唤醒器必须能通到那里。",
    },
    Message {
        id: "spinning",
        en: "a poll of Race called the waker itself ({0}×), while both futures waited and woke nobody: its task is \
             polled again at once, for nothing. Return Pending: both have promised to wake.",
        zh: "两个 future 都还在等待，也没有唤醒任何人，Race 的轮询却自己调用了 {0} 次唤醒器：它的 Task 会立刻被再次轮询，\
             一无所获，这是忙等待。返回 Pending 即可：两个 future 都已承诺会唤醒。",
    },
];

fn check() -> Verdict {
    // How often each is pending. Where both could be ready in the same poll, the first one wins.
    for pending in [[2, 1], [0, 3], [1, 0], [1, 2], [1, 1], [3, 5]] {
        run(pending)?;
    }
    waits_without_waking()
}

/// One of the two.
struct Runner {
    name: &'static str,
    number: u32,
    pending: u32,
    polls: Rc<Cell<u32>>,
}

impl Runner {
    fn is_done(&self) -> bool {
        self.polls.get() > self.pending
    }
}

/// The results are 7 and 8, so that nobody takes a result for a place.
fn run(pending: [u32; 2]) -> Verdict {
    let log = Log::default();
    let probes =
        [Probe::new(&log, 7, "first", pending[0]), Probe::new(&log, 8, "second", pending[1])];
    let [first, second] = probes.each_ref().map(Probe::polls);
    let runners = [
        Runner { name: "first", number: 7, pending: pending[0], polls: first },
        Runner { name: "second", number: 8, pending: pending[1], polls: second },
    ];
    let [first, second] = probes.map(Probe::boxed);
    let mut race = Box::pin(race(first, second));
    // The story is told, and looked at, while the race itself still lives.
    runs_until_one_is_ready(race.as_mut(), &runners, &log).map_err(|failure| failure.with(&log))
}

fn runs_until_one_is_ready(mut race: Pin<&mut Race>, runners: &[Runner; 2], log: &Log) -> Verdict {
    let counting = CountingWaker::new();
    let mut poll = 0;
    loop {
        poll += 1;
        let before = runners.each_ref().map(|runner| runner.polls.get());
        let wakes = counting.wakes();
        let polled = poll_once(race.as_mut(), &counting.waker());
        judge(runners, before, poll)?;
        let winner = runners.iter().find(|runner| runner.is_done());
        match (polled, winner) {
            (Poll::Ready(result), Some(winner)) => {
                ensure(result == winner.number, "wrong-result", &[&winner.number, &result])?;
                let loser = runners.iter().find(|runner| runner.number != winner.number);
                let is_dropped = loser.is_some_and(|loser| was_dropped(loser, log));
                return ensure(is_dropped, "loser-alive", &[&winner.name, &poll]);
            }
            (Poll::Pending, Some(winner)) => {
                return ensure(false, "late", &[&winner.name, &poll]);
            }
            (Poll::Ready(result), None) => {
                return ensure(false, "wrong-result", &[&"Pending", &result]);
            }
            (Poll::Pending, None) => {
                ensure(counting.wakes() > wakes, "no-wake", &[&poll])?;
            }
        }
    }
}

/// Looks at who was polled in this poll.
fn judge(runners: &[Runner; 2], before: [u32; 2], poll: u32) -> Verdict {
    let [first, second] = runners;
    let polled = [first.polls.get() - before[0], second.polls.get() - before[1]];
    for (runner, polled) in runners.iter().zip(polled) {
        ensure(polled <= 1, "twice-in-a-poll", &[&runner.name, &poll, &polled])?;
    }
    ensure(polled[0] == 1, "one-after-another", &[&first.name, &poll])?;
    match first.is_done() {
        true => ensure(polled[1] == 0, "polled-loser", &[&first.name, &poll]),
        false => ensure(polled[1] == 1, "one-after-another", &[&second.name, &poll]),
    }
}

fn was_dropped(runner: &Runner, log: &Log) -> bool {
    let id = TaskId(runner.number.into());
    log.records().iter().any(|record| record.what == What::Dropped { task: id })
}

/// Two that wait for something outside.
fn waits_without_waking() -> Verdict {
    let counting = CountingWaker::new();
    let mut race = Box::pin(race(Box::pin(pending()), Box::pin(pending())));
    let _ = poll_once(race.as_mut(), &counting.waker());
    ensure(counting.wakes() == 0, "spinning", &[&counting.wakes()])
}
