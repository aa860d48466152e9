//! Sends by hand and polls by hand: what comes, in which order, and who is woken when.

use std::{
    mem,
    pin::pin,
    sync::{Arc, Mutex},
    task::{Poll, Wake, Waker},
};

use super::answer::{Receiver, Sender, channel};
use crate::harness::{
    CountingWaker, Exercise, Message, Verdict, ensure, fail, on_a_thread, poll_once,
};

#[path = "race.rs"]
mod race;

pub const EXERCISE: Exercise = Exercise { number: 7, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "order",
        en: "{0} were sent, one after another, and recv gave {1}, expected: {2}. First in, first out, and none is \
             lost.",
        zh: "依次发送了 {0}，recv 本该给出 {2}，却给出了 {1}：先进先出，一个也不能丢",
    },
    Message {
        id: "send-waits",
        en: "5000 values were sent, nobody took one, and send did not return: the channel has no bound, and send never \
             waits",
        zh: "没有人取值，连续发送 5000 个值，send 没有返回：通道没有容量上限，send 从不等待",
    },
    Message {
        id: "clone-apart",
        en: "a clone of the sender sent a value, and recv is pending. The values of the first sender do arrive: the \
             clone puts its value in a place where recv does not look.",
        zh: "发送方的克隆发来一个值，recv 却仍未就绪。原来的发送方发的值是能收到的：克隆没有把值放到 recv 查看的地方。",
    },
    Message {
        id: "waits-in-vain",
        en: "recv returned Pending, and the channel was not empty (values in it: {0}): it waits for what is \
             already there. Look first; wait only if there is nothing.",
        zh: "通道里还有 {0} 个值，recv 却返回了 Pending：它等的是已经到了的东西。先看，没有才等。",
    },
    Message {
        id: "invented",
        en: "the channel was empty, and recv gave {0}: a value that was taken does not come again, and a value that \
             nobody sent does not come",
        zh: "通道是空的，recv 却给出了 {0}：取走的值不会再来一次，没有人发过的值也不会出现",
    },
    Message {
        id: "no-wake",
        en: "a receiver waited, a value was sent, and its waker was not called: the value is there, and the receiver \
             would sleep for ever",
        zh: "接收方正在等待，有值发了过来，它的唤醒器 (Waker) 却没有被调用：值就在手边，它却会永远睡下去",
    },
    Message {
        id: "old-waker",
        en: "recv was polled with one waker and then with another, and send called the first: only the latest counts. \
             A future may be moved to another task between two polls.",
        zh: "recv 先后用两个唤醒器轮询过，send 调用的却是旧的那个：应以最近一次轮询的为准。两次轮询之间，Future 可能已被\
             移到另一个 Task 里。",
    },
    Message {
        id: "lost-wake",
        en: "another thread called {0} during a poll of recv. The poll returned Pending, and nobody was woken. Look \
             and store the waker in one step, under one lock. A busy lock does not tell what is in the channel: use \
             lock(), not try_lock().",
        zh: "recv 正被轮询时，另一个线程调用了 {0}；轮询返回了 Pending，却没有任何人被唤醒，这就是丢失唤醒。\
             查看和保存唤醒器是一步，必须在同一把锁之内。另外，锁正忙并不说明通道里有没有值：用 lock()，不用 try_lock()。",
    },
    Message {
        id: "lost-value",
        en: "a value was sent from another thread during a poll of recv, and it never came: send has lost it. If the \
             lock is busy, send has to wait for a moment: use lock(), not try_lock().",
        zh: "recv 正被轮询时，另一个线程发来一个值，它却再也没有到：send 把它弄丢了。锁正忙时，要等它一小会儿：\
             用 lock()，不用 try_lock()。",
    },
    Message {
        id: "ended-early",
        en: "recv gave None while a sender was alive: give None only when the last of all senders is dropped",
        zh: "还有发送方存活，recv 却给出了 None：所有克隆中的最后一个也被丢弃之后，才不会再有值到来",
    },
    Message {
        id: "no-wake-at-end",
        en: "a receiver waited, the last sender was dropped, and nobody woke the receiver: it would wait for ever for \
             a value that nobody can send",
        zh: "接收方正在等待，最后一个发送方被丢弃了，却没有人通知它：它会永远等一个再也没有人能发的值",
    },
    Message {
        id: "no-end",
        en: "all senders are gone and the channel is empty, and recv is still pending: expected None",
        zh: "发送方都已不在，通道也空了，recv 却仍未就绪：这时应当给出 None",
    },
    Message {
        id: "not-drained",
        en: "the last sender was dropped and recv gave None, and the channel was not empty (values in it: {0}): values \
             that were sent before the end must arrive",
        zh: "最后一个发送方被丢弃后，recv 给出了 None，而通道里还有 {0} 个值：结束之前发出的值必须全部送达",
    },
    Message {
        id: "end-forgotten",
        en: "recv gave None, and the next recv was pending: the end stays. Nothing can come any more, so each recv \
             gives None from then on.",
        zh: "recv 已经给出过 None，下一次 recv 却未就绪：结束了就一直是结束。不会再有值到来，此后每次 recv 都应当给出 None。",
    },
    Message {
        id: "woke-too-early",
        en: "{0} called the waker, the waker polled recv at once, and recv was pending. The woken task may look at \
             once: first {0} changes all that it has to change, then it calls the waker.",
        zh: "{0} 调用了唤醒器，唤醒器立刻轮询 recv，recv 却仍未就绪。被唤醒的一方可能立刻就来看：\
             {0} 要先把该改的都改好，再唤醒。",
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
    clones_send_into_the_same_queue()?;
    it_has_no_bound()?;
    a_send_wakes_the_latest_waker()?;
    a_recv_that_is_dropped_takes_nothing_along()?;
    only_the_last_sender_ends_it()?;
    the_last_sender_wakes_after_others_have_gone()?;
    what_was_sent_arrives_before_the_end()?;
    who_is_woken_finds_what_has_changed()?;
    senders_may_outlive_the_receiver();
    race::loses_nothing()
}

/// Polls a `recv` once and gives it up.
fn look(receiver: &mut Receiver) -> Poll<Option<u32>> {
    poll_once(pin!(receiver.recv()), Waker::noop())
}

/// Is nothing there, and no end?
fn waits(poll: Poll<Option<u32>>) -> Verdict {
    match poll {
        Poll::Pending => Ok(()),
        Poll::Ready(None) => fail("ended-early", &[]),
        Poll::Ready(Some(value)) => fail("invented", &[&value]),
    }
}

/// Takes out what should be the rest of these values, from this place on.
fn take(receiver: &mut Receiver, sent: &[u32], from: usize) -> Verdict {
    (from..sent.len()).try_for_each(|n| is_value(look(receiver), sent, n))
}

/// Is it the value at this place? Those from there on were in the channel before the poll.
fn is_value(poll: Poll<Option<u32>>, sent: &[u32], n: usize) -> Verdict {
    let numbers: Vec<String> = sent.iter().map(u32::to_string).collect();
    match poll {
        Poll::Ready(Some(value)) => {
            ensure(value == sent[n], "order", &[&numbers.join(", "), &value, &sent[n]])
        }
        Poll::Ready(None) => fail("ended-early", &[]),
        Poll::Pending => fail("waits-in-vain", &[&(sent.len() - n)]),
    }
}

/// No order of their own, and two are equal.
const VALUES: [u32; 6] = [3, 1, 3, 0, u32::MAX, 2];

fn values_come_in_order() -> Verdict {
    let (sender, mut receiver) = channel();
    VALUES.iter().for_each(|value| sender.send(*value));
    take(&mut receiver, &VALUES, 0)
}

fn clones_send_into_the_same_queue() -> Verdict {
    let (sender, mut receiver) = channel();
    let clone = sender.clone();
    let senders = [&sender, &clone, &clone.clone()];
    for sender in &senders[1..] {
        sender.send(1);
        let poll = look(&mut receiver);
        ensure(poll.is_ready(), "clone-apart", &[])?;
        is_value(poll, &[1], 0)?;
    }
    VALUES.iter().zip(senders.iter().cycle()).for_each(|(value, sender)| sender.send(*value));
    take(&mut receiver, &VALUES, 0)
}

fn it_has_no_bound() -> Verdict {
    let sent = on_a_thread(|| {
        let (sender, receiver) = channel();
        (0..5_000).for_each(|value| sender.send(value));
        (sender, receiver)
    });
    let Some((_sender, mut receiver)) = sent else { return fail("send-waits", &[]) };
    for value in 0..5_000 {
        let poll = look(&mut receiver);
        ensure(poll != Poll::Ready(None), "ended-early", &[])?;
        ensure(poll.is_ready(), "waits-in-vain", &[&(5_000 - value)])?;
        is_value(poll, &[value], 0)?;
    }
    Ok(())
}

/// The first waker is one of an earlier poll: of the same `recv`, or, the last time, of one that was given up.
fn a_send_wakes_the_latest_waker() -> Verdict {
    let (sender, mut receiver) = channel();
    for value in 1..=3 {
        let (first, latest) = (CountingWaker::new(), CountingWaker::new());
        if value == 3 {
            waits(poll_once(pin!(receiver.recv()), &first.waker()))?;
        }
        let mut recv = pin!(receiver.recv());
        if value < 3 {
            waits(poll_once(recv.as_mut(), &first.waker()))?;
        }
        waits(poll_once(recv.as_mut(), &latest.waker()))?;
        sender.send(value);
        if latest.wakes() == 0 {
            return fail(if first.wakes() > 0 { "old-waker" } else { "no-wake" }, &[]);
        }
        is_value(poll_once(recv, &latest.waker()), &[value], 0)?;
    }
    Ok(())
}

fn a_recv_that_is_dropped_takes_nothing_along() -> Verdict {
    let (sender, mut receiver) = channel();
    let _ = look(&mut receiver);
    sender.send(1);
    drop(Box::pin(receiver.recv()));
    take(&mut receiver, &[1], 0)
}

fn only_the_last_sender_ends_it() -> Verdict {
    let (sender, mut receiver) = channel();
    let clone = sender.clone();
    let last = clone.clone();
    let counting = CountingWaker::new();
    let mut recv = Box::pin(receiver.recv());
    for sender in [sender, clone] {
        drop(sender);
        waits(poll_once(recv.as_mut(), &counting.waker()))?;
    }
    let before = counting.wakes();
    drop(last);
    ensure(counting.wakes() > before, "no-wake-at-end", &[])?;
    let poll = poll_once(recv.as_mut(), &counting.waker());
    ensure(poll == Poll::Ready(None), "no-end", &[])?;
    drop(recv); // the answer's destructor may borrow the receiver
    ensure(look(&mut receiver) == Poll::Ready(None), "end-forgotten", &[])
}

/// While a receiver waits, a sender goes, another one sends, and the last one goes.
fn the_last_sender_wakes_after_others_have_gone() -> Verdict {
    let (sender, mut receiver) = channel();
    let clone = sender.clone();
    let counting = CountingWaker::new();
    let mut recv = Box::pin(receiver.recv());
    waits(poll_once(recv.as_mut(), &counting.waker()))?;
    drop(sender);
    clone.send(1);
    ensure(counting.wakes() > 0, "no-wake", &[])?;
    is_value(poll_once(recv.as_mut(), &counting.waker()), &[1], 0)?;
    drop(recv);
    let counting = CountingWaker::new();
    let mut recv = pin!(receiver.recv()); // it waits on: one that is dropped may take its waker back
    waits(poll_once(recv.as_mut(), &counting.waker()))?;
    drop(clone);
    ensure(counting.wakes() > 0, "no-wake-at-end", &[])
}

fn what_was_sent_arrives_before_the_end() -> Verdict {
    let (sender, mut receiver) = channel();
    sender.send(1);
    sender.send(2);
    drop(sender);
    for n in 0..2 {
        let (poll, there) = (look(&mut receiver), 2 - n);
        ensure(poll != Poll::Ready(None), "not-drained", &[&there])?;
        is_value(poll, &[1, 2], n)?;
    }
    ensure(look(&mut receiver) == Poll::Ready(None), "no-end", &[])
}

/// Looks into the channel in the middle of a wake. Wakers may do anything; this one does little.
struct LooksAtOnce {
    receiver: Mutex<Receiver>,
    found: Mutex<Option<Poll<Option<u32>>>>,
}

impl Wake for LooksAtOnce {
    fn wake(self: Arc<Self>) {
        let found = look(&mut self.receiver.lock().expect("nobody panics with it"));
        *self.found.lock().expect("nobody panics with it") = Some(found);
    }
}

fn who_is_woken_finds_what_has_changed() -> Verdict {
    type By = (&'static str, fn(Sender));
    const BY: [By; 2] =
        [("send", |sender| sender.send(1)), ("drop(sender)", |sender| drop(sender))];
    for (name, call) in BY {
        let found = on_a_thread(move || {
            let (sender, receiver) = channel();
            let receiver = Mutex::new(receiver);
            let waiting = Arc::new(LooksAtOnce { receiver, found: Mutex::new(None) });
            let waker = Waker::from(waiting.clone());
            let mut receiver = waiting.receiver.lock().expect("nobody panics with it");
            // It waits on: a future that is leaked is not dropped.
            let mut recv = Box::pin(receiver.recv());
            let _ = poll_once(recv.as_mut(), &waker);
            mem::forget(recv);
            drop(receiver);
            call(sender);
            *waiting.found.lock().expect("nobody panics with it")
        });
        let Some(found) = found else { return fail("woke-under-lock", &[&name]) };
        ensure(found != Some(Poll::Pending), "woke-too-early", &[&name])?;
    }
    Ok(())
}

/// A panic of theirs is told as any other.
fn senders_may_outlive_the_receiver() {
    let (sender, _) = channel();
    sender.clone().send(1);
}
