//! Sends by hand and polls by hand: what comes, in which order, and who is woken when.

use std::{
    hint, mem,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    task::{Poll, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use super::answer::{Receiver, channel};
use crate::harness::{
    CountingWaker, Exercise, Message, Verdict, ensure, fail, on_a_thread, poll_once,
};

pub const EXERCISE: Exercise = Exercise { number: 7, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "order",
        en: "1, 2, 3 and 4 were sent, and recv gave {0} where {1} was due: first in, first out, and none is lost",
        zh: "依次发送了 1、2、3、4，recv 本该给出 {1}，却给出了 {0}：先进先出，一个也不能丢",
    },
    Message {
        id: "waits-in-vain",
        en: "recv returned Pending, and the channel was not empty (values in it: {0}): it waits for what is \
             already there. Look first; wait only if there is nothing.",
        zh: "通道里还有 {0} 个值，recv 却返回了 Pending：它等的是已经到了的东西。先看，没有才等。",
    },
    Message {
        id: "no-wake",
        en: "a receiver waited, a value was sent, and its waker was not called: it would sleep beside the value \
             for ever",
        zh: "接收方正在等待，有值发了过来，它的唤醒器 (Waker) 却没有被调用：值就在手边，它却会永远睡下去",
    },
    Message {
        id: "old-waker",
        en: "recv was polled with one waker and then with another, and send called the first: the latest \
             counts. A future may be moved to another task between two polls.",
        zh: "recv 先后用两个唤醒器轮询过，send 调用的却是旧的那个：应以最近一次轮询的为准。两次轮询之间，future 可能已被\
             移到另一个 Task 里。",
    },
    Message {
        id: "lost-wake",
        en: "a value was sent from another thread during a poll of recv. The poll returned Pending, and nobody \
             was woken (round {0}): the send fell between the look into the queue and the storing of the waker. \
             Both belong under one lock.",
        zh: "recv 正被轮询时，另一个线程发来一个值；轮询返回了 Pending，却没有任何人被唤醒（第 {0} 轮）：这次发送恰好落在\
             查看队列与保存唤醒器之间，这就是丢失唤醒。这两步必须在同一把锁之内。",
    },
    Message {
        id: "ended-early",
        en: "recv gave None while a sender was alive: only after the last of all clones nothing more can come",
        zh: "还有发送方存活，recv 却给出了 None：所有克隆中的最后一个也被丢弃之后，才不会再有值到来",
    },
    Message {
        id: "no-wake-at-end",
        en: "a receiver waited, the last sender was dropped, and nobody told the receiver: it would wait for \
             ever for a value that nobody can send",
        zh: "接收方正在等待，最后一个发送方被丢弃了，却没有人通知它：它会永远等一个再也没有人能发的值",
    },
    Message {
        id: "no-end",
        en: "all senders are gone and the channel is empty, and recv is still pending: expected None",
        zh: "发送方都已不在，通道也空了，recv 却仍未就绪：这时应当给出 None",
    },
    Message {
        id: "not-drained",
        en: "the last sender was dropped and recv gave None, and the channel was not empty (values in it: {0}): \
             what was sent before the end has to arrive",
        zh: "最后一个发送方被丢弃后，recv 给出了 None，而通道里还有 {0} 个值：结束之前发出的值必须全部送达",
    },
    Message {
        id: "woke-under-lock",
        en: "woke the receiver while the lock was held: {0} called the waker, the waker looked into the \
             channel, and there it waits for the lock that {0} still holds. Take the waker out, give the lock \
             back, then wake.",
        zh: "持锁时唤醒了接收方：{0} 调用了唤醒器，唤醒器去查看通道，于是卡在 {0} 尚未释放的锁上，成了死锁。\
             先取出唤醒器，释放锁，再唤醒。",
    },
];

fn check() -> Verdict {
    values_come_in_order()?;
    a_send_wakes_the_latest_waker()?;
    a_recv_that_is_dropped_takes_nothing_along()?;
    only_the_last_sender_ends_it()?;
    what_was_sent_arrives_before_the_end()?;
    the_lock_is_free_when_the_waker_is_called()?;
    no_send_falls_between_look_and_wait()
}

/// Polls a `recv` once and gives it up.
fn look(receiver: &mut Receiver) -> Poll<Option<u32>> {
    poll_once(pin!(receiver.recv()), Waker::noop())
}

/// Is it this value, with so many in the channel before the poll?
fn is_value(poll: Poll<Option<u32>>, expected: u32, there: u32) -> Verdict {
    match poll {
        Poll::Ready(Some(value)) => ensure(value == expected, "order", &[&value, &expected]),
        Poll::Ready(None) => fail("ended-early", &[]),
        Poll::Pending => fail("waits-in-vain", &[&there]),
    }
}

fn values_come_in_order() -> Verdict {
    let (sender, mut receiver) = channel();
    let clone = sender.clone();
    (1..=3).for_each(|value| sender.send(value));
    clone.send(4);
    (1..=4).try_for_each(|value| is_value(look(&mut receiver), value, 5 - value))
}

fn a_send_wakes_the_latest_waker() -> Verdict {
    let (sender, mut receiver) = channel();
    for value in 1..=2 {
        let (first, latest) = (CountingWaker::new(), CountingWaker::new());
        let mut recv = pin!(receiver.recv());
        for counting in [&first, &latest] {
            let poll = poll_once(recv.as_mut(), &counting.waker());
            ensure(poll.is_pending(), "ended-early", &[])?;
        }
        sender.send(value);
        if latest.wakes() == 0 {
            return fail(if first.wakes() > 0 { "old-waker" } else { "no-wake" }, &[]);
        }
        is_value(poll_once(recv, &latest.waker()), value, 1)?;
    }
    Ok(())
}

fn a_recv_that_is_dropped_takes_nothing_along() -> Verdict {
    let (sender, mut receiver) = channel();
    let _ = look(&mut receiver);
    sender.send(1);
    drop(Box::pin(receiver.recv()));
    is_value(look(&mut receiver), 1, 1)
}

fn only_the_last_sender_ends_it() -> Verdict {
    let (sender, mut receiver) = channel();
    let clone = sender.clone();
    let counting = CountingWaker::new();
    let mut recv = pin!(receiver.recv());
    drop(sender);
    let poll = poll_once(recv.as_mut(), &counting.waker());
    ensure(poll.is_pending(), "ended-early", &[])?;
    drop(clone);
    ensure(counting.wakes() > 0, "no-wake-at-end", &[])?;
    let poll = poll_once(recv, &counting.waker());
    ensure(poll == Poll::Ready(None), "no-end", &[])
}

fn what_was_sent_arrives_before_the_end() -> Verdict {
    let (sender, mut receiver) = channel();
    sender.send(1);
    sender.send(2);
    drop(sender);
    for value in 1..=2 {
        let (poll, there) = (look(&mut receiver), 3 - value);
        ensure(poll != Poll::Ready(None), "not-drained", &[&there])?;
        is_value(poll, value, there)?;
    }
    ensure(look(&mut receiver) == Poll::Ready(None), "no-end", &[])
}

/// Looks into the channel in the middle of a wake. Wakers may do anything; this one does little.
struct LooksAtOnce {
    receiver: Mutex<Receiver>,
}

impl Wake for LooksAtOnce {
    fn wake(self: Arc<Self>) {
        let _ = look(&mut self.receiver.lock().expect("nobody panics with it"));
    }
}

fn the_lock_is_free_when_the_waker_is_called() -> Verdict {
    for dropping in [false, true] {
        let came_back = on_a_thread(move || {
            let (sender, receiver) = channel();
            let waiting = Arc::new(LooksAtOnce { receiver: Mutex::new(receiver) });
            let waker = Waker::from(waiting.clone());
            let mut receiver = waiting.receiver.lock().expect("nobody panics with it");
            // It waits on: a future that is leaked is not dropped.
            let mut recv = Box::pin(receiver.recv());
            let _ = poll_once(recv.as_mut(), &waker);
            mem::forget(recv);
            drop(receiver);
            if dropping { drop(sender) } else { sender.send(1) }
        });
        let caller = if dropping { "drop(sender)" } else { "send" };
        ensure(came_back.is_some(), "woke-under-lock", &[&caller])?;
    }
    Ok(())
}

/// How often two threads try to meet within a poll, and for how long at most.
const ROUNDS: u32 = 20_000;
const TRYING: Duration = Duration::from_millis(500);

/// One thread polls while another sends. When both have come back, the poll was ready or the waker was called.
fn no_send_falls_between_look_and_wait() -> Verdict {
    let (sender, mut receiver) = channel();
    let (polling, sent) = &(AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        scope.spawn(move || {
            for round in 1..=ROUNDS {
                wait_for(polling, round);
                if polling.load(SeqCst) == u32::MAX {
                    return;
                }
                // Not always at the same moment of the poll.
                (0..round % 4).for_each(|_| hint::spin_loop());
                sender.send(round);
                sent.store(round, SeqCst);
            }
        });
        let verdict = meet(&mut receiver, polling, sent);
        polling.store(u32::MAX, SeqCst);
        verdict
    })
}

fn meet(receiver: &mut Receiver, polling: &AtomicU32, sent: &AtomicU32) -> Verdict {
    let start = Instant::now();
    for round in 1..=ROUNDS {
        if start.elapsed() > TRYING {
            break;
        }
        let counting = CountingWaker::new();
        let mut recv = pin!(receiver.recv());
        polling.store(round, SeqCst);
        let poll = poll_once(recv.as_mut(), &counting.waker());
        wait_for(sent, round);
        if poll.is_pending() {
            ensure(counting.wakes() > 0, "lost-wake", &[&round])?;
            let _ = poll_once(recv, &counting.waker());
        }
    }
    Ok(())
}

/// Spins until it is as much. What is waited for takes less time than to sleep would.
fn wait_for(number: &AtomicU32, least: u32) {
    let mut looks = 0_u32;
    while number.load(SeqCst) < least {
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(256) { thread::yield_now() } else { hint::spin_loop() }
    }
}
