//! Polls races by hand, each time with another waker, and looks after each poll who was polled in it, who was woken,
//! and who is gone.

use std::{pin::Pin, sync::Arc, task::Poll};

use super::answer::{Race, race};
use crate::harness::{
    CountingWaker, Exercise, Failure, Log, Message, Verdict,
    children::{Child, Seen},
    ensure, poll_once,
};

pub const EXERCISE: Exercise = Exercise { number: 6, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "too-soon",
        en: "the call race(…) polled `{0}` already. A call only makes the future: nobody has polled it yet, so there \
             is no waker for the two. Poll them in poll.",
        zh: "调用 race(…) 时就已经轮询了 `{0}`。调用只是创建 Future：这时还没有人轮询它，也就没有可以交给两个 Future 的\
             唤醒器。应当在 poll 里轮询它们。",
    },
    Message {
        id: "loser-alive",
        en: "`{0}` has won in poll {1} of Race, and the loser is still alive after it. It still holds what it has (a \
             socket, a place in a line, a lock). Cancelling is dropping: drop it in the same poll.",
        zh: "`{0}` 在 Race 的第 {1} 次轮询中胜出，而输的一方在此之后仍然存活。它占有的东西（套接字、排队的位置、锁）\
             就一直被占着。取消就是 drop：要在同一次轮询里把它 drop 掉。",
    },
    Message {
        id: "polled-loser",
        en: "`{0}` was ready in poll {1} of Race, and the other was polled in it as well. The race was over already: \
             if the other is ready too, its result is lost. Poll the first one first, and the second only if that is \
             pending.",
        zh: "`{0}` 在 Race 的第 {1} 次轮询中已经就绪，另一个却也被轮询了。这时胜负已定：如果另一个也就绪，它的结果就\
             丢失了。应当先轮询第一个，只有它返回 Pending 时才轮询第二个。",
    },
    Message {
        id: "second-first",
        en: "poll {0} of Race asked `second` without having asked `first` before. If both could be ready, the first \
             one has to win: ask it first, in each poll.",
        zh: "Race 的第 {0} 次轮询还没有问 `first`，就先问了 `second`。两个都可能就绪时，胜出的应当是第一个：\
             每次轮询都要先问它。",
    },
    Message {
        id: "one-after-another",
        en: "poll {1} of Race did not poll `{0}`, though nobody had won. In a race both run: each poll asks the \
             first, and if that is pending, the second.",
        zh: "Race 的第 {1} 次轮询没有轮询 `{0}`，而这时胜负未定。赛跑是两个一起跑：每次轮询先问第一个，如果它返回 \
             Pending，再问第二个。",
    },
    Message {
        id: "polled-after-ready",
        en: "`{0}` returned Ready, and was polled again in the same poll of Race ({1}). A future gives its result \
             once, with Ready; most of them panic when they are polled after that. Keep what the poll returned.",
        zh: "`{0}` 返回了 Ready，却在 Race 的同一次轮询（第 {1} 次）里又被轮询。Future 的结果只随 Ready 给出一次；\
             此后再轮询，多数 Future 会 panic。要保留那次轮询的返回值。",
    },
    Message {
        id: "twice-in-a-poll",
        en: "poll {1} of Race polled `{0}` {2} times, expected: once. If both are pending, return Pending: asking \
             again within the same poll is spinning.",
        zh: "Race 的第 {1} 次轮询把 `{0}` 轮询了 {2} 次，应当只有一次。如果两个都返回 Pending，就返回 Pending：\
             在同一次轮询里反复地问就是忙等待。",
    },
    Message {
        id: "late",
        en: "`{0}` was ready in poll {1} of Race, and Race returned Pending. One is enough, and its result is \
             returned in the same poll: nobody will wake this task for it again.",
        zh: "`{0}` 在 Race 的第 {1} 次轮询中已经就绪，Race 却返回了 Pending。有一个就绪就够了，结果要在同一次轮询里返回：\
             不会再有人为它唤醒这个 Task。",
    },
    Message {
        id: "wrong-result",
        en: "Race returned {1}, expected: {0}. It returns the result of the one that was ready first, and is pending \
             until there is one.",
        zh: "Race 返回了 {1}，应当是 {0}。它转交先就绪的一方的结果；在有一方就绪之前，它返回 Pending。",
    },
    Message {
        id: "no-wake",
        en: "`{0}` called the waker that it was polled with, and the task of Race was not woken (poll {1}). Give each \
             of the two a waker that wakes this task, also after the poll.",
        zh: "`{0}` 调用了轮询它时拿到的唤醒器，Race 所在的 Task 却没有被唤醒（第 {1} 次轮询）。\
             交给两个 Future 的唤醒器都必须能通到那里，轮询结束之后也一样。",
    },
    Message {
        id: "old-waker",
        en: "each poll of Race has another waker. In or after poll {0} one of the two called the waker that it was \
             polled with, and the waker of an earlier poll was called. The future may have moved to another task \
             since: only the waker of the last poll counts.",
        zh: "Race 每次轮询的唤醒器都不同。在第 {0} 次轮询时或之后，其中一个 Future 调用了轮询它时拿到的唤醒器，\
             结果被调用的是更早一次轮询的唤醒器。Future 可能已经转移到另一个 Task：只有最后一次轮询的唤醒器才算数。",
    },
    Message {
        id: "spinning",
        en: "in poll {0} of Race its waker was called {1} times, and only {2} times by the two futures. So Race called \
             it itself: its task is polled again at once, for nothing. Leave this to the two futures.",
        zh: "在 Race 的第 {0} 次轮询里，唤醒器被调用了 {1} 次，其中两个 Future 只调用了 {2} 次。多出来的是 Race 自己调用的：\
             它的 Task 会立刻被再次轮询，一无所获。唤醒应当留给那两个 Future。",
    },
];

const NAMES: [&str; 2] = ["first", "second"];

/// So that nobody takes a result for a place, or for nothing.
const RESULTS: [u32; 2] = [7, 0];

fn check() -> Verdict {
    // How often each is pending. Where both could be ready in the same poll, the first one wins.
    for pending in [[2, 1], [0, 3], [1, 0], [1, 2], [1, 1], [3, 5], [2, 2]] {
        runs_by_itself(pending)?;
    }
    waits_for_what_comes_from_outside(0)?;
    waits_for_what_comes_from_outside(1)
}

/// Two that ask for each next poll themselves.
fn runs_by_itself(pending: [u32; 2]) -> Verdict {
    let log = Log::default();
    let runner = |place: usize| Child::asking(&log, number(place), NAMES[place], pending[place]);
    let mut run = Run::new([runner(0), runner(1)]);
    // The story is told, and looked at, while the race itself still lives.
    let verdict = run.is_not_begun().and_then(|()| {
        while !run.poll()? {
            ensure(run.wakes().0 > 0, "no-wake", &[&NAMES[0], &run.wakers.len()])?;
        }
        Ok(())
    });
    verdict.map_err(|failure| failure.with(&log))
}

/// Each of the two wakes in vain, then the winner is done.
fn waits_for_what_comes_from_outside(winner: usize) -> Verdict {
    let log = Log::default();
    let runner = |place: usize| Child::waiting(&log, number(place), NAMES[place]);
    let mut run = Run::new([runner(0), runner(1)]);
    let verdict = run.polls_twice().and_then(|()| {
        run.woken_by(0)?;
        run.woken_by(1)?;
        run.runners[winner].finish();
        run.woken_by(winner)
    });
    verdict.map(drop).map_err(|failure| failure.with(&log))
}

/// Its number in the story.
fn number(place: usize) -> u64 {
    place as u64 + 1
}

/// A race, and all that was done to it.
struct Run {
    race: Pin<Box<Race>>,
    runners: [Child; 2],
    /// One a poll.
    wakers: Vec<Arc<CountingWaker>>,
}

impl Run {
    fn new(runners: [Child; 2]) -> Run {
        let [first, second] = &runners;
        let race = race(first.future(RESULTS[0]), second.future(RESULTS[1]));
        Run { race: Box::pin(race), runners, wakers: Vec::new() }
    }

    fn is_not_begun(&self) -> Verdict {
        let mut runners = self.runners.iter();
        runners.try_for_each(|it| ensure(it.seen().polls == 0, "too-soon", &[&it.name]))
    }

    /// How often the last waker was called, and the older ones.
    fn wakes(&self) -> (usize, usize) {
        let last = self.wakers.last().map_or(0, |waker| waker.wakes());
        (last, self.wakers.iter().map(|waker| waker.wakes()).sum::<usize>() - last)
    }

    /// Polls it, with a new waker, and looks at what that did. Is it over?
    fn poll(&mut self) -> Result<bool, Failure> {
        let counting = CountingWaker::new();
        self.wakers.push(counting.clone());
        let poll = self.wakers.len();
        let (_, old) = self.wakes();
        let before = self.runners.each_ref().map(Child::seen);
        let polled = poll_once(self.race.as_mut(), &counting.waker());
        let now = self.runners.each_ref().map(Child::seen);
        judge(before, now, poll)?;
        let by_runners = (now[0].wakes + now[1].wakes - before[0].wakes - before[1].wakes) as usize;
        let (wakes, old_now) = self.wakes();
        ensure(old_now == old, "old-waker", &[&poll])?;
        ensure(wakes <= by_runners, "spinning", &[&poll, &wakes, &by_runners])?;
        self.judge_result(polled)?;
        Ok(polled.is_ready())
    }

    fn judge_result(&self, polled: Poll<u32>) -> Verdict {
        let poll = self.wakers.len();
        let winner = self.runners.iter().position(Child::is_done);
        match (polled, winner) {
            (Poll::Ready(result), Some(winner)) => {
                ensure(result == RESULTS[winner], "wrong-result", &[&RESULTS[winner], &result])?;
                let is_gone = self.runners[1 - winner].is_dropped();
                ensure(is_gone, "loser-alive", &[&NAMES[winner], &poll])
            }
            (Poll::Pending, Some(winner)) => ensure(false, "late", &[&NAMES[winner], &poll]),
            (Poll::Ready(result), None) => ensure(false, "wrong-result", &[&"Pending", &result]),
            (Poll::Pending, None) => Ok(()),
        }
    }

    /// As if it had moved to another task in between.
    fn polls_twice(&mut self) -> Verdict {
        self.poll()?;
        self.poll().map(drop)
    }

    /// One of the two wakes, after the poll, and then the race is polled again.
    fn woken_by(&mut self, runner: usize) -> Result<bool, Failure> {
        let (poll, (wakes, old)) = (self.wakers.len(), self.wakes());
        self.runners[runner].wake();
        let (wakes_now, old_now) = self.wakes();
        ensure(old_now == old, "old-waker", &[&poll])?;
        ensure(wakes_now > wakes, "no-wake", &[&NAMES[runner], &poll])?;
        self.poll()
    }
}

/// Looks at who was polled in this poll.
fn judge(before: [Seen; 2], now: [Seen; 2], poll: usize) -> Verdict {
    let polled = [now[0].polls - before[0].polls, now[1].polls - before[1].polls];
    for ((name, polled), now) in NAMES.iter().zip(polled).zip(now) {
        let is_over = now.ready_at.is_some_and(|ready_at| now.polls > ready_at);
        ensure(!is_over, "polled-after-ready", &[name, &poll])?;
        ensure(polled <= 1, "twice-in-a-poll", &[name, &poll, &polled])?;
    }
    let is_second_first = polled[1] == 1 && (polled[0] == 0 || now[1].after < now[0].after);
    ensure(!is_second_first, "second-first", &[&poll])?;
    ensure(polled[0] == 1, "one-after-another", &[&NAMES[0], &poll])?;
    match now[0].ready_at {
        Some(_) => ensure(polled[1] == 0, "polled-loser", &[&NAMES[0], &poll]),
        None => ensure(polled[1] == 1, "one-after-another", &[&NAMES[1], &poll]),
    }
}
