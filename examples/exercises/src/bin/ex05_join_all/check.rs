//! Polls the future of many children by hand, and looks after each poll which children were polled in it.

use std::{cell::Cell, future::pending, pin::Pin, rc::Rc, task::Poll};

use super::answer::{JoinAll, join_all};
use crate::harness::{
    CountingWaker, Exercise, Log, Message, Probe, Verdict, ensure, fail, poll_once,
};

pub const EXERCISE: Exercise = Exercise { number: 5, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "polled-after-ready",
        en: "child {0} was polled after completion: it returned Ready in its poll {1}, and was polled {2} times. Most \
             futures panic then, some begin anew. Remember who is done.",
        zh: "子 future {0} 在完成之后又被轮询：它在第 {1} 次轮询时返回了 Ready，却一共被轮询了 {2} 次。这时多数 future 会 \
             panic，有的会从头再来。要记住谁已经完成。",
    },
    Message {
        id: "twice-in-a-poll",
        en: "poll {1} of JoinAll polled child {0} {2} times, expected: once. A child that returns Pending is asked \
             again when JoinAll is polled again, not before: else you are spinning, inside of one poll.",
        zh: "JoinAll 的第 {1} 次轮询把子 future {0} 轮询了 {2} 次，应当只有一次。子 future 返回 Pending 之后，要等到 \
             JoinAll 再次被轮询时才能再问它，否则就是在一次轮询里忙等待。",
    },
    Message {
        id: "one-after-another",
        en: "poll {1} of JoinAll did not poll child {0}, though it was not done and asked to be polled. All children \
             wait at the same time: one that is pending holds up none of the others.",
        zh: "JoinAll 的第 {1} 次轮询没有轮询子 future {0}，而它既没有完成，又请求了轮询。所有子 future 应当同时等待：\
             一个还在等待，不应耽误其他的。",
    },
    Message {
        id: "wrong-results",
        en: "JoinAll returned {0}, expected: {1}. All results, each in the place of its child, whoever was done \
             first.",
        zh: "JoinAll 返回了 {0}，应当是 {1}。要返回全部结果，每个结果都在它的子 future 的位置上，不论谁先完成。",
    },
    Message {
        id: "late",
        en: "all {0} children were done in poll {1}, and JoinAll returned Pending. Nobody is left to wake it: its \
             task sleeps for ever.",
        zh: "全部 {0} 个子 future 在第 {1} 次轮询时都已完成，JoinAll 却返回了 Pending。已经没有人会再唤醒它：\
             它所在的 Task 将永远睡下去。",
    },
    Message {
        id: "late-for-nothing",
        en: "join_all of no children returned Pending, and nobody will ever wake it. Nothing to wait for means: \
             ready, with no results.",
        zh: "没有任何子 future 时，join_all 返回了 Pending，而永远不会有人唤醒它。没有什么可等，就应当立即就绪，结果为空。",
    },
    Message {
        id: "no-wake",
        en: "a child called the waker that it was polled with, and the task of JoinAll was not woken (poll {0}). Give \
             the children a waker that leads there: their promise is yours.",
        zh: "子 future 调用了轮询它时拿到的唤醒器，JoinAll 所在的 Task 却没有被唤醒（第 {0} 次轮询）。交给子 future 的\
             唤醒器必须能通到那里：它们的承诺就是你的承诺。",
    },
    Message {
        id: "spinning",
        en: "a poll of JoinAll called the waker itself ({0}×), while its only child waited and woke nobody: its task \
             is polled again at once, for nothing. Return Pending: the child has promised to wake.",
        zh: "唯一的子 future 还在等待，也没有唤醒任何人，JoinAll 的轮询却自己调用了 {0} 次唤醒器：它的 Task 会立刻被再次\
             轮询，一无所获，这是忙等待。返回 Pending 即可：子 future 已经承诺会唤醒。",
    },
];

const NAMES: [&str; 4] = ["first", "second", "third", "fourth"];

fn check() -> Verdict {
    joins(&[0, 0, 0])?;
    joins(&[2, 0, 1])?;
    joins(&[3, 1, 0, 5])?;
    joins_nothing()?;
    waits_without_waking()
}

/// A child that is pending so many times, and how often it was polled.
struct Child {
    pending: u32,
    polls: Rc<Cell<u32>>,
}

impl Child {
    fn is_done(&self) -> bool {
        self.polls.get() > self.pending
    }
}

/// Children that are pending so many times each, and that ask for each next poll themselves.
fn joins(pending: &[u32]) -> Verdict {
    let log = Log::default();
    let number = |place: usize| place as u64 + 1;
    let probes = pending.iter().enumerate();
    let probes = probes.map(|(i, &pending)| Probe::new(&log, number(i), NAMES[i], pending));
    let probes: Vec<Probe> = probes.collect();
    let children = probes.iter().zip(pending);
    let children = children.map(|(probe, &pending)| Child { pending, polls: probe.polls() });
    let children: Vec<Child> = children.collect();
    let mut joined = Box::pin(join_all(probes.into_iter().map(Probe::boxed).collect()));
    // The story is told while all of them still live.
    polls_each_until_it_is_done(joined.as_mut(), &children).map_err(|failure| failure.with(&log))
}

fn polls_each_until_it_is_done(mut joined: Pin<&mut JoinAll>, children: &[Child]) -> Verdict {
    let expected: Vec<u32> = (1..).take(children.len()).collect();
    let counting = CountingWaker::new();
    let mut poll = 0;
    loop {
        poll += 1;
        let before: Vec<u32> = children.iter().map(|child| child.polls.get()).collect();
        let wakes = counting.wakes();
        let polled = poll_once(joined.as_mut(), &counting.waker());
        for ((number, child), before) in (1..).zip(children).zip(before) {
            judge(number, child, before, poll)?;
        }
        let are_done = children.iter().all(Child::is_done);
        match polled {
            Poll::Ready(results) => {
                let shown = (format!("{results:?}"), format!("{expected:?}"));
                return ensure(results == expected, "wrong-results", &[&shown.0, &shown.1]);
            }
            Poll::Pending => {
                ensure(!are_done, "late", &[&children.len(), &poll])?;
                ensure(counting.wakes() > wakes, "no-wake", &[&poll])?;
            }
        }
    }
}

/// Looks at one child after a poll: it had been polled so often before.
fn judge(number: u32, child: &Child, before: u32, poll: u32) -> Verdict {
    let (polls, needed) = (child.polls.get(), child.pending + 1);
    ensure(before < needed || polls == before, "polled-after-ready", &[&number, &needed, &polls])?;
    ensure(polls - before <= 1, "twice-in-a-poll", &[&number, &poll, &(polls - before)])?;
    ensure(polls > before || before == needed, "one-after-another", &[&number, &poll])
}

fn joins_nothing() -> Verdict {
    let mut joined = Box::pin(join_all(Vec::new()));
    match poll_once(joined.as_mut(), &CountingWaker::new().waker()) {
        Poll::Ready(results) if results.is_empty() => Ok(()),
        Poll::Ready(results) => fail("wrong-results", &[&format!("{results:?}"), &"[]"]),
        Poll::Pending => fail("late-for-nothing", &[]),
    }
}

/// A child that waits for something outside.
fn waits_without_waking() -> Verdict {
    let counting = CountingWaker::new();
    let mut joined = Box::pin(join_all(vec![Box::pin(pending())]));
    let _ = poll_once(joined.as_mut(), &counting.waker());
    ensure(counting.wakes() == 0, "spinning", &[&counting.wakes()])
}
