//! A source whose bytes come when the check says so, and which looks at how it is read.
//!
//! Readiness is reported at the edge: what comes wakes the reader once. So a reader may wait only when the last try has
//! said `WouldBlock`, and that is what each poll is judged by.

use std::{
    cell::RefCell,
    collections::VecDeque,
    future::Future,
    io::{self, ErrorKind},
    mem,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Poll, Waker},
};

use glassloop::trace::{
    TaskId, What,
    record::{Attempt, Cause, Direction::Readable, Operation, Outcome, WakeOutcome},
};

use super::{CountingWaker, Failure, Log, Message, Source, Verdict, ensure, give_up, poll_once};

/// After so many tries in one poll with nothing new the reader is stopped. Few, since some sleep between two tries.
const VAIN_TRIES: u32 = 20;

/// The socket, in the story.
const SOCKET: u64 = 0;

/// The task that reads, in the story.
const READER: TaskId = TaskId(1);

/// What can be wrong with how a source is read.
pub const MESSAGES: &[Message] = &[
    Message {
        id: "edge-missed",
        en: "edge missed: poll {0} returned Pending while {1} bytes were still unread. Their arrival was reported \
             already and will not be reported again: read until try_read says WouldBlock, only then wait.",
        zh: "错过了边缘触发的通知：第 {0} 次轮询返回 Pending 时，还有 {1} 个字节没有读。它们到达的消息已经通知过，\
             不会再通知第二次：要一直读到 try_read 返回 WouldBlock，才可以等待。",
    },
    Message {
        id: "end-missed",
        en: "edge missed: poll {0} had read every byte and returned Pending, but the end, or an error, had come along \
             with them, and it will not be reported again. If a read returns fewer bytes than you asked for, more may \
             be there; only WouldBlock says that nothing is left.",
        zh: "错过了边缘触发的通知：第 {0} 次轮询读完了所有字节就返回 Pending，可是流的结束（或错误）是和这些字节一起到达的，\
             不会再通知第二次。读到的字节比缓冲区少，什么也证明不了；只有 WouldBlock 才算数。",
    },
    Message {
        id: "untried",
        en: "poll {0} waits without having seen WouldBlock since the last change. If something was there already, \
             nobody will report it: try first, then wait.",
        zh: "自上次变化以来，第 {0} 次轮询还没有见到 WouldBlock 就开始等待。假如数据已经到了，就不会有人再来通知：\
             先尝试读，再等待。",
    },
    Message {
        id: "not-armed",
        en: "poll {0} returned Pending, and the source has nobody to wake: wake_when_readable was not called since the \
             last change. One call of it works for one change. Then call it again.",
        zh: "第 {0} 次轮询返回了 Pending，而数据源不知道该唤醒谁：上次变化之后没有调用过 wake_when_readable。\
             每次登记只对一次变化有效，之后必须重新登记。",
    },
    Message {
        id: "old-waker",
        en: "poll {0} returned Pending, then bytes came, and the waker of that poll was not called: an older one was. \
             Only the waker of the latest poll is known to be right, so give it to the source in each poll that \
             returns Pending.",
        zh: "第 {0} 次轮询返回 Pending 之后有数据到达，被调用的却不是这次轮询的唤醒器，而是更早的一个。\
             只有最近一次轮询的唤醒器才保证有效：每次返回 Pending 之前都要重新登记。",
    },
    Message {
        id: "waker-of-nobody",
        en: "poll {0} returned Pending, then bytes came, and the source called the waker that it was given: no poll \
             had this waker. Each poll gets a waker in its context: give that one to the source.",
        zh: "第 {0} 次轮询返回 Pending 之后有数据到达，数据源调用了交给它的唤醒器，可它不属于任何一次轮询。\
             轮询的一方把唤醒器放在 context 里：要交给数据源的是那一个。",
    },
    Message {
        id: "wakes-itself-to-read-on",
        en: "poll {0} had not seen WouldBlock yet, called its own waker and returned Pending. Nothing is lost by that, \
             but here one poll reads all that has come: go on until WouldBlock, then wait for the source.",
        zh: "第 {0} 次轮询还没有见到 WouldBlock，就调用了自己的唤醒器，返回 Pending。这样并不会丢数据，但这里要求一次轮询\
             读完已经到达的全部：一直读到 WouldBlock，再等数据源来唤醒。",
    },
    Message {
        id: "spins",
        en: "poll {0} called its own waker though nothing had come: it will be polled again at once, and again. \
             That is busy waiting. The source calls the waker when there is something.",
        zh: "第 {0} 次轮询调用了自己的唤醒器，而这时并没有新的数据：它会立刻再被轮询，没完没了。这是忙等待。\
             有数据时，应当由数据源来调用唤醒器。",
    },
    Message {
        id: "reads-in-vain",
        en: "in one poll try_read was called {0} times with nothing new to read. While a future keeps trying in its \
             poll, the loop stands still: return Pending at WouldBlock, Ready at the end or at an error.",
        zh: "在一次轮询中，没有新数据，try_read 却被调用了 {0} 次。Future 在 poll 里反复尝试时，整个事件循环都停着：\
             遇到 WouldBlock 应当返回 Pending，流结束或者出错时返回 Ready。",
    },
    Message {
        id: "end-ignored",
        en: "try_read returned 0, which is the end of the stream, and poll {0} returned Pending: nothing will ever \
             come again",
        zh: "try_read 返回了 0，表示流已经结束，第 {0} 次轮询却返回 Pending：不会再有任何数据到来",
    },
    Message {
        id: "error-ignored",
        en: "try_read failed with {1}, and poll {0} returned Pending. Only WouldBlock means \"not yet\"; any other \
             error is final and belongs to the caller.",
        zh: "try_read 以 {1} 失败，第 {0} 次轮询却返回 Pending。只有 WouldBlock 表示“还没有数据”；其他错误都是\
             最终结果，应当交给调用者。",
    },
    Message {
        id: "would-block-returned",
        en: "the result was the error WouldBlock. That is not a failure but \"nothing there yet\": the future has \
             to wait and return Pending.",
        zh: "结果是错误 WouldBlock。它不是失败，只表示“现在还没有数据”：Future 应当等待，返回 Pending。",
    },
    Message {
        id: "error-made-up",
        en: "the result was an error, {0}, though try_read had returned none. A read of 0 bytes is the end of the \
             stream, and the end is no error.",
        zh: "try_read 没有出错，结果却是错误 {0}。读到 0 个字节表示流结束了，结束不是错误。",
    },
    Message {
        id: "other-error",
        en: "try_read failed with {0}, and the result was the error {1}: the caller has to learn what went wrong, so \
             pass the error on as it is",
        zh: "try_read 以 {0} 失败，结果却是错误 {1}：读的人需要知道出了什么错，应当把错误原样交出去",
    },
    Message {
        id: "another-stream",
        en: "two streams were read in turn, and bytes of one were returned for the other. Keep the bytes in the reader \
             that has read them, not in a place that all share.",
        zh: "交替读两个流，其中一个流的数据却从另一个流里读了出来。读到的数据属于读它的那一方，不能放在大家共用的地方。",
    },
    Message {
        id: "empty-buffer",
        en: "try_read was called with a buffer of length 0: nothing fits in, and the 0 that it returns would look \
             like the end. Vec::with_capacity has room, but no length (vec![0; n] has one); a buffer of a fixed size \
             may be full.",
        zh: "调用 try_read 时缓冲区的长度是 0：什么也放不进去，返回的 0 会被误认为流已结束。\
             Vec::with_capacity 只预留空间，长度仍是 0（vec![0; n] 才有长度）；大小固定的缓冲区则可能已经满了。",
    },
];

/// What stands after the bytes that have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// More may come.
    More,
    End,
    Error(ErrorKind),
}

/// The check's side of a source.
pub struct Pipe {
    log: Log,
    state: Rc<RefCell<State>>,
}

/// The answer's side.
pub struct PipeReader {
    log: Log,
    state: Rc<RefCell<State>>,
}

struct State {
    unread: VecDeque<u8>,
    then: Then,
    /// So many bytes a read, even where more are there.
    at_most: usize,
    /// What the last try came to, if nothing has come since.
    last_try: Option<Attempt>,
    vain_tries: u32,
    waiter: Option<Waker>,
    polls: u32,
    /// The waker of the latest poll.
    latest: Arc<CountingWaker>,
    older: Vec<Arc<CountingWaker>>,
    /// Is it that of all polls?
    one_waker: bool,
}

impl Pipe {
    /// A source that gives at most so many bytes at a time.
    pub fn new(at_most: usize) -> Pipe {
        let state = State {
            unread: VecDeque::new(),
            then: Then::More,
            at_most,
            last_try: None,
            vain_tries: 0,
            waiter: None,
            polls: 0,
            latest: CountingWaker::new(),
            older: Vec::new(),
            one_waker: false,
        };
        Pipe { log: Log::default(), state: Rc::new(RefCell::new(state)) }
    }

    /// The same, and all polls have the same waker, as those of one task have.
    pub fn with_one_waker(at_most: usize) -> Pipe {
        let pipe = Pipe::new(at_most);
        pipe.state.borrow_mut().one_waker = true;
        pipe
    }

    pub fn reader(&self) -> PipeReader {
        PipeReader { log: self.log.clone(), state: self.state.clone() }
    }

    pub fn log(&self) -> &Log {
        &self.log
    }

    /// How often something was polled.
    pub fn polls(&self) -> u32 {
        self.state.borrow().polls
    }

    /// Polls a future that reads from this source. If it is pending: may it be?
    pub fn poll<F: Future + ?Sized>(
        &self,
        future: Pin<&mut F>,
    ) -> Result<Poll<F::Output>, Failure> {
        let counting = self.state.borrow_mut().next_waker();
        let (poll, wakes) = (self.polls(), counting.wakes());
        self.log.note(What::PollStarted { task: READER, poll });
        let result = poll_once(future, &counting.waker());
        let outcome = if result.is_ready() { Outcome::Ready } else { Outcome::Pending };
        self.log.note(What::PollEnded { task: READER, outcome, waits: None, wakers: 1 });
        if result.is_pending() {
            let woke_itself = counting.wakes() > wakes;
            let verdict = self.state.borrow().may_wait(woke_itself);
            verdict.map_err(|failure| failure.with(&self.log))?;
        }
        Ok(result)
    }

    /// Bytes come, and maybe the end, all at once: a single edge.
    pub fn arrive(&self, bytes: &[u8], then: Then) -> Verdict {
        let mut state = self.state.borrow_mut();
        state.unread.extend(bytes);
        (state.then, state.last_try) = (then, None);
        let (waiter, latest, poll) = (state.waiter.take(), state.latest.clone(), state.polls);
        let wakes_of_older = state.wakes_of_older();
        drop(state);
        let Some(waiter) = waiter else { return Ok(()) };
        let by = Cause::Socket { socket: SOCKET, direction: Readable };
        self.log.note(What::Woken { task: READER, by, outcome: WakeOutcome::Queued });
        let wakes = latest.wakes();
        waiter.wake();
        let verdict = match self.state.borrow().wakes_of_older() > wakes_of_older {
            _ if latest.wakes() > wakes => return Ok(()),
            true => Failure::new("old-waker", &[&poll]),
            false => Failure::new("waker-of-nobody", &[&poll]),
        };
        Err(verdict.with(&self.log))
    }
}

/// What is wrong with an error as a result, where the source has failed with this kind, or not at all.
pub fn judge_error(result: &io::Error, failed: Option<ErrorKind>) -> Verdict {
    let kind = result.kind();
    match failed {
        Some(failed) if kind == failed => Ok(()),
        _ if kind == ErrorKind::WouldBlock => Err(Failure::new("would-block-returned", &[])),
        Some(failed) => {
            let (failed, kind) = (format!("{failed:?}"), format!("{kind:?}"));
            Err(Failure::new("other-error", &[&failed, &kind]))
        }
        None => Err(Failure::new("error-made-up", &[&format!("{kind:?}")])),
    }
}

impl State {
    /// For one more poll.
    fn next_waker(&mut self) -> Arc<CountingWaker> {
        self.polls += 1;
        self.vain_tries = 0;
        if !self.one_waker {
            let last = mem::replace(&mut self.latest, CountingWaker::new());
            self.older.push(last);
        }
        self.latest.clone()
    }

    fn wakes_of_older(&self) -> usize {
        self.older.iter().map(|older| older.wakes()).sum()
    }

    /// The latest poll has returned `Pending`: was it right to?
    fn may_wait(&self, woke_itself: bool) -> Verdict {
        let poll = &self.polls;
        if woke_itself {
            let has_read = matches!(self.last_try, Some(Attempt::Done { bytes: Some(1..) }));
            let id = if has_read { "wakes-itself-to-read-on" } else { "spins" };
            return Err(Failure::new(id, &[poll]));
        }
        let unread = self.unread.len();
        match (self.last_try, self.then) {
            _ if unread > 0 => return Err(Failure::new("edge-missed", &[poll, &unread])),
            (Some(Attempt::WouldBlock), _) => {}
            (None | Some(Attempt::Done { bytes: Some(1..) }), Then::More) => {
                return Err(Failure::new("untried", &[poll]));
            }
            (Some(Attempt::Failed(kind)), _) => {
                return Err(Failure::new("error-ignored", &[poll, &format!("{kind:?}")]));
            }
            (Some(Attempt::Done { bytes: Some(0) }), _) => {
                return Err(Failure::new("end-ignored", &[poll]));
            }
            _ => return Err(Failure::new("end-missed", &[poll])),
        }
        ensure(self.waiter.is_some(), "not-armed", &[poll])
    }
}

impl PipeReader {
    fn attempt(&self, buffer: &mut [u8]) -> Attempt {
        let mut state = self.state.borrow_mut();
        let n = buffer.len().min(state.at_most).min(state.unread.len());
        for (place, byte) in buffer.iter_mut().zip(state.unread.drain(..n)) {
            *place = byte;
        }
        state.vain_tries = if n > 0 { 0 } else { state.vain_tries + 1 };
        let attempt = match state.then {
            _ if n > 0 => Attempt::Done { bytes: Some(n) },
            Then::More => Attempt::WouldBlock,
            Then::End => Attempt::Done { bytes: Some(0) },
            Then::Error(kind) => Attempt::Failed(kind),
        };
        state.last_try = Some(attempt);
        attempt
    }
}

impl Source for PipeReader {
    fn try_read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            give_up(Failure::new("empty-buffer", &[]));
        }
        let outcome = self.attempt(buffer);
        let operation = Operation::Read;
        self.log.note(What::Tried { socket: SOCKET, operation, outcome });
        let vain_tries = self.state.borrow().vain_tries;
        if vain_tries >= VAIN_TRIES {
            give_up(Failure::new("reads-in-vain", &[&vain_tries]));
        }
        match outcome {
            Attempt::Done { bytes } => Ok(bytes.unwrap_or(0)),
            Attempt::WouldBlock | Attempt::Drained => Err(ErrorKind::WouldBlock.into()),
            Attempt::Failed(kind) => Err(kind.into()),
        }
    }

    fn wake_when_readable(&mut self, waker: &Waker) {
        self.log.note(What::Armed { socket: SOCKET, direction: Readable });
        let old = self.state.borrow_mut().waiter.replace(waker.clone());
        drop(old);
    }
}
