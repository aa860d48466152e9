//! Polls the future of many children by hand, each time with another waker, and looks after each poll which children
//! were polled in it, and who was woken.

use std::{iter, pin::Pin, sync::Arc, task::Poll};

use super::answer::{JoinAll, join_all};
use crate::harness::{
    CountingWaker, Exercise, Failure, Log, Message, Verdict,
    children::{Child, Seen},
    ensure, fail, poll_once,
};

pub const EXERCISE: Exercise = Exercise { number: 5, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "too-soon",
        en: "the call join_all(…) polled child {0} already. A call only makes the future: nobody has polled it yet, \
             so there is no waker for the children. Poll them in poll.",
        zh: "调用 join_all(…) 时就已经轮询了子 Future {0}。调用只是创建 Future：这时还没有人轮询它，也就没有可以交给\
             子 Future 的唤醒器。应当在 poll 里轮询它们。",
    },
    Message {
        id: "polled-after-ready",
        en: "child {0} was polled after completion: it returned Ready in its poll {1}, and was polled {2} times. Most \
             futures panic then, some start again. Keep the result, and remember which children are done.",
        zh: "子 Future {0} 在完成之后又被轮询：它在第 {1} 次轮询时返回了 Ready，却一共被轮询了 {2} 次。这时多数 Future 会 \
             panic，有的会从头再来。要保存结果，并记住谁已经完成。",
    },
    Message {
        id: "twice-in-a-poll",
        en: "poll {1} of JoinAll polled child {0} {2} times, expected: once. A child that returns Pending is asked \
             again when JoinAll is polled again, not before: otherwise you are spinning, inside of one poll.",
        zh: "JoinAll 的第 {1} 次轮询把子 Future {0} 轮询了 {2} 次，应当只有一次。子 Future 返回 Pending 之后，要等到 \
             JoinAll 再次被轮询时才能再问它，否则就是在一次轮询里忙等待。",
    },
    Message {
        id: "one-after-another",
        en: "poll {1} of JoinAll did not poll child {0}, though it was not done. Each poll asks all children that are \
             not done, whatever the others have answered.",
        zh: "JoinAll 的第 {1} 次轮询没有轮询子 Future {0}，而它还没有完成。每次轮询都要问遍所有未完成的子 Future，\
             不论其他的如何回答。",
    },
    Message {
        id: "early",
        en: "JoinAll was ready in poll {0}, and child {1} was not done yet. It is ready when all of them are.",
        zh: "JoinAll 在第 {0} 次轮询时就绪，而子 Future {1} 还没有完成。全部完成时它才就绪。",
    },
    Message {
        id: "wrong-results",
        en: "JoinAll returned {0}, expected: {1}. Return all results, each in the place of its child, whichever child \
             was done first and whatever the result is.",
        zh: "JoinAll 返回了 {0}，应当是 {1}。要返回全部结果，每个结果都在它的子 Future 的位置上，不论谁先完成，\
             也不论结果是什么。",
    },
    Message {
        id: "late",
        en: "all {0} children were done in poll {1}, and JoinAll returned Pending. Nobody is left to wake it: its \
             task sleeps for ever. Look after the polls, not before them; and any number can be a result, 0 too.",
        zh: "全部 {0} 个子 Future 在第 {1} 次轮询时都已完成，JoinAll 却返回了 Pending。已经没有人会再唤醒它：\
             它所在的 Task 将永远睡下去。要在轮询之后查看，而不是之前；任何数都可能是结果，0 也是。",
    },
    Message {
        id: "late-for-nothing",
        en: "join_all of no children returned Pending, and nobody will ever wake it. If there is nothing to wait for, \
             it is ready at once, with no results.",
        zh: "没有任何子 Future 时，join_all 返回了 Pending，而永远不会有人唤醒它。没有什么可等，就应当立即就绪，结果为空。",
    },
    Message {
        id: "no-wake",
        en: "a child called the waker that it was polled with, and the task of JoinAll was not woken (poll {0}). Give \
             each child a waker that wakes this task, also after the poll: only the children will wake it.",
        zh: "子 Future 调用了轮询它时拿到的唤醒器，JoinAll 所在的 Task 却没有被唤醒（第 {0} 次轮询）。交给每个子 Future 的\
             唤醒器都必须能通到那里，轮询结束之后也一样：它们的承诺就是你的承诺。",
    },
    Message {
        id: "old-waker",
        en: "each poll of JoinAll has another waker. In or after poll {0} a child called the waker that it was polled \
             with, and the waker of an earlier poll was called. The future may have moved to another task since: only \
             the waker of the last poll counts.",
        zh: "JoinAll 每次轮询的唤醒器都不同。在第 {0} 次轮询时或之后，一个子 Future 调用了轮询它时拿到的唤醒器，\
             结果被调用的是更早一次轮询的唤醒器。Future 可能已经转移到另一个 Task：只有最后一次轮询的唤醒器才算数。",
    },
    Message {
        id: "spinning",
        en: "in poll {0} of JoinAll its waker was called {1} times, and only {2} times by its children. So JoinAll \
             called it itself: its task is polled again at once, for nothing. Leave this to the children.",
        zh: "在 JoinAll 的第 {0} 次轮询里，唤醒器被调用了 {1} 次，其中子 Future 只调用了 {2} 次。多出来的是 JoinAll 自己\
             调用的：它的 Task 会立刻被再次轮询，一无所获。唤醒应当留给子 Future。",
    },
];

const NAMES: [&str; 4] = ["first", "second", "third", "fourth"];

/// In no order, some of them twice, and such that are easily taken for "no result yet".
const RESULTS: [u32; 5] = [40, 0, 7, u32::MAX, 40];

fn check() -> Verdict {
    joins(&[0, 0, 0])?;
    joins(&[2, 0, 1])?;
    joins(&[3, 1, 0, 5])?;
    joins(&[0, 2, 1].repeat(100))?; // no word has a bit for each, and no byte counts so many
    joins_nothing()?;
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0]] {
        waits_for_what_comes_from_outside(order)?;
    }
    Ok(())
}

fn results() -> impl Iterator<Item = u32> {
    RESULTS.into_iter().cycle()
}

/// Children that are pending so many times each, and that ask for each next poll themselves.
fn joins(pending: &[u32]) -> Verdict {
    let log = Log::default();
    let names = NAMES.into_iter().chain(iter::repeat("another"));
    let children = (1..).zip(names).zip(pending);
    let children = children.map(|((number, name), &n)| Child::asking(&log, number, name, n));
    let mut joined = Joined::new(children.collect());
    // The story is told while all of them still live.
    let verdict = joined.is_not_begun().and_then(|()| {
        while !joined.poll()? {
            let (poll, children) = (joined.wakers.len(), joined.children.len());
            let are_done = joined.children.iter().all(Child::is_done);
            ensure(!are_done, "late", &[&children, &poll])?;
            ensure(joined.wakes().0 > 0, "no-wake", &[&poll])?;
        }
        Ok(())
    });
    verdict.map_err(|failure| failure.with(&log))
}

fn joins_nothing() -> Verdict {
    let is_ready = Joined::new(Vec::new()).poll()?;
    ensure(is_ready, "late-for-nothing", &[])
}

/// Each child wakes once in vain, then each is done, in this order.
fn waits_for_what_comes_from_outside(order: [usize; 3]) -> Verdict {
    let log = Log::default();
    let children = (1..).zip(NAMES).take(order.len());
    let children = children.map(|(number, name)| Child::waiting(&log, number, name));
    let mut joined = Joined::new(children.collect());
    let verdict = joined.polls_twice().and_then(|()| {
        for child in order {
            joined.woken_by(child)?;
        }
        for (child, left) in order.into_iter().zip((0..order.len()).rev()) {
            joined.children[child].finish();
            let is_ready = joined.woken_by(child)?;
            ensure(is_ready || left > 0, "late", &[&order.len(), &joined.wakers.len()])?;
        }
        Ok(())
    });
    verdict.map_err(|failure| failure.with(&log))
}

/// A future of many, and all that was done to it.
struct Joined {
    future: Pin<Box<JoinAll>>,
    children: Vec<Child>,
    /// One a poll.
    wakers: Vec<Arc<CountingWaker>>,
}

impl Joined {
    fn new(children: Vec<Child>) -> Joined {
        let futures = children.iter().zip(results()).map(|(child, result)| child.future(result));
        let future = Box::pin(join_all(futures.collect()));
        Joined { future, children, wakers: Vec::new() }
    }

    fn is_not_begun(&self) -> Verdict {
        let polled = (1..).zip(&self.children).find(|(_, child)| child.seen().polls > 0);
        polled.map_or(Ok(()), |(number, _)| fail("too-soon", &[&number]))
    }

    /// How often the last waker was called, and the older ones.
    fn wakes(&self) -> (usize, usize) {
        let last = self.wakers.last().map_or(0, |waker| waker.wakes());
        (last, self.wakers.iter().map(|waker| waker.wakes()).sum::<usize>() - last)
    }

    /// Polls it, with a new waker, and looks at what that did to the children. Is it ready?
    fn poll(&mut self) -> Result<bool, Failure> {
        let counting = CountingWaker::new();
        self.wakers.push(counting.clone());
        let poll = self.wakers.len();
        let (_, old) = self.wakes();
        let before: Vec<Seen> = self.children.iter().map(Child::seen).collect();
        let polled = poll_once(self.future.as_mut(), &counting.waker());
        for ((number, child), before) in (1..).zip(&self.children).zip(&before) {
            judge(number, poll, before, &child.seen())?;
        }
        let by_children = self.children.iter().zip(&before);
        let by_children = by_children.map(|(child, before)| child.seen().wakes - before.wakes);
        let (by_children, (wakes, old_now)) = (by_children.sum::<u32>() as usize, self.wakes());
        ensure(old_now == old, "old-waker", &[&poll])?;
        ensure(wakes <= by_children, "spinning", &[&poll, &wakes, &by_children])?;
        let Poll::Ready(results) = polled else { return Ok(false) };
        self.judge_results(&results)?;
        Ok(true)
    }

    fn judge_results(&self, returned: &[u32]) -> Verdict {
        let poll = self.wakers.len();
        let waits = (1..).zip(&self.children).find(|(_, child)| !child.is_done());
        if let Some((number, _)) = waits {
            return fail("early", &[&poll, &number]);
        }
        let expected: Vec<u32> = results().take(self.children.len()).collect();
        let shown = (format!("{returned:?}"), format!("{expected:?}"));
        ensure(returned == expected, "wrong-results", &[&shown.0, &shown.1])
    }

    /// As if it had moved to another task in between.
    fn polls_twice(&mut self) -> Verdict {
        self.poll()?;
        self.poll().map(drop)
    }

    /// One child wakes, after the poll, and then all is polled again.
    fn woken_by(&mut self, child: usize) -> Result<bool, Failure> {
        let (poll, (wakes, old)) = (self.wakers.len(), self.wakes());
        self.children[child].wake();
        let (wakes_now, old_now) = self.wakes();
        ensure(old_now == old, "old-waker", &[&poll])?;
        ensure(wakes_now > wakes, "no-wake", &[&poll])?;
        self.poll()
    }
}

/// Looks at one child after a poll.
fn judge(number: u32, poll: usize, before: &Seen, now: &Seen) -> Verdict {
    let ready_at = now.ready_at.unwrap_or(now.polls);
    ensure(now.polls <= ready_at, "polled-after-ready", &[&number, &ready_at, &now.polls])?;
    let polls = now.polls - before.polls;
    ensure(polls <= 1, "twice-in-a-poll", &[&number, &poll, &polls])?;
    ensure(polls == 1 || before.ready_at.is_some(), "one-after-another", &[&number, &poll])
}
