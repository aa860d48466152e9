//! Reads from a source whose bytes come in bursts, and polls once for each.

use std::{
    io::{
        self,
        ErrorKind::{self, BrokenPipe, ConnectionReset, TimedOut, UnexpectedEof},
    },
    iter,
    pin::pin,
    task::Poll,
};

use super::answer::read_all;
use crate::harness::{
    Exercise, Message, Verdict, fail,
    pipe::{Pipe, Then, judge_error},
};

pub const EXERCISE: Exercise = Exercise { number: 10, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "too-early",
        en: "poll {0} returned Ready with {1} bytes, but the stream has not ended: more will come. WouldBlock means \
             \"nothing now\", and a short read means nothing; the end is a read of 0 bytes.",
        zh: "第 {0} 次轮询就返回了 Ready，带着 {1} 个字节，可是流还没有结束，后面还有数据。WouldBlock 只表示\
             “现在没有”，没读满也不说明什么；读到 0 个字节才是结束。",
    },
    Message {
        id: "last-read-only",
        en: "{0} bytes came and were read in one poll, in several reads; only the last {1} were returned. Add the \
             bytes of each read to those that are there.",
        zh: "到达的 {0} 个字节是在一次轮询里分几次读到的，返回的却只有最后 {1} 个。每次读到的都要接在已有数据的后面。",
    },
    Message {
        id: "lost-between-polls",
        en: "{0} bytes came, and only the last {1} were returned: what was read in an earlier poll is missing. Keep it \
             for the next poll.",
        zh: "一共到达 {0} 个字节，返回的只有最后 {1} 个：之前的轮询读到的不见了。一次轮询读到的数据要保留到下一次轮询。",
    },
    Message {
        id: "too-many-bytes",
        en: "{0} bytes were sent and {1} returned; they first differ at byte {2}. try_read says how many bytes of the \
             buffer are new: put only these into the result, each once.",
        zh: "发送了 {0} 个字节，返回了 {1} 个，从第 {2} 个字节起不一致。缓冲区里只有 try_read 所返回的那么多字节是\
             新读到的，每个只该放进结果一次。",
    },
    Message {
        id: "not-text",
        en: "byte {2} was {3} and became the replacement character of a text. A stream is made of bytes, which need \
             not be UTF-8: collect them in a Vec<u8>.",
        zh: "第 {2} 个字节是 {3}，却变成了文本里的替换字符。流由字节组成，不一定是 UTF-8：应当用 Vec<u8> 来收集。",
    },
    Message {
        id: "wrong-bytes",
        en: "{0} bytes were sent and {1} returned. From byte {2} on they differ: {3} was sent, {4} was returned. All \
             bytes belong in the result, in their order, whatever their value: 0 and \\n, too.",
        zh: "发送了 {0} 个字节，返回了 {1} 个。从第 {2} 个字节起不一致：发送的是 {3}，返回的是 {4}。所有字节都要按顺序\
             放进结果，不论是什么值，0 和 \\n 也一样。",
    },
    Message {
        id: "error-swallowed",
        en: "try_read failed with {0}, and the result was Ok with {1} bytes: the caller would think that the answer is \
             complete, although the connection has failed",
        zh: "try_read 以 {0} 失败，结果却是带着 {1} 个字节的 Ok：调用者会把中断的连接当成完整的回答",
    },
];

fn check() -> Verdict {
    // Each burst is larger than what one read gives, so one read is not enough.
    bursts(Pipe::new(700), &[2_000])?;
    bursts(Pipe::new(700), &[2_000, 1, 1_400, 5_000])?;
    // Each read gives all there is, so a short one looks like the last. The last byte is a `\n`, then it is a 0.
    bursts(Pipe::new(usize::MAX), &[3, 5, 3])?;
    bursts(Pipe::new(1), &[3, 0, 0, 2])?;
    bursts(Pipe::new(usize::MAX), &[1])?;
    bursts(Pipe::new(usize::MAX), &[0])?;
    // More than fits into any room of a fixed size.
    bursts(Pipe::new(usize::MAX), &[100_000, 1])?;
    // Who hands over a waker only when it is a new one is forgotten after the first change.
    bursts(Pipe::with_one_waker(700), &[2_000, 0, 1, 1_400])?;
    has_come_before()?;
    two_at_once()?;
    for kind in [ConnectionReset, UnexpectedEof, TimedOut, BrokenPipe] {
        error_comes(kind, &[10])?;
        error_comes(kind, &[])?;
        error_comes(kind, &[10, 0])?;
    }
    Ok(())
}

/// `n` bytes, all values among them, none like its neighbours. They are no UTF-8.
fn text(n: usize) -> Vec<u8> {
    (0..=255).chain(0..=250).cycle().take(n).collect()
}

/// Bursts of so many bytes each, the end together with the last, and a poll for each: so none may be wasted. One with
/// no bytes is a wake for nothing.
fn bursts(pipe: Pipe, sizes: &[usize]) -> Verdict {
    let sent = text(sizes.iter().sum());
    let mut future = pin!(read_all(pipe.reader()));
    let mut rest = &sent[..];
    let ends = iter::repeat_n(Then::More, sizes.len() - 1).chain([Then::End]);
    for (&size, then) in sizes.iter().zip(ends) {
        if let Poll::Ready(result) = pipe.poll(future.as_mut())? {
            return too_early(&pipe, result);
        }
        let (burst, later) = rest.split_at(size);
        pipe.arrive(burst, then)?;
        rest = later;
    }
    let lost = if sizes.len() == 1 { "last-read-only" } else { "lost-between-polls" };
    compare(&pipe, pipe.poll(future.as_mut())?, &sent, lost)
}

/// What has come before the first poll is told to nobody.
fn has_come_before() -> Verdict {
    let sent = text(100);
    let pipe = Pipe::new(usize::MAX);
    pipe.arrive(&sent, Then::More)?;
    let mut future = pin!(read_all(pipe.reader()));
    // Twice, since a future may be polled for nothing. From then on the waker of the second poll counts.
    for _ in 0..2 {
        if let Poll::Ready(result) = pipe.poll(future.as_mut())? {
            return too_early(&pipe, result);
        }
    }
    pipe.arrive(&[], Then::End)?;
    compare(&pipe, pipe.poll(future.as_mut())?, &sent, "lost-between-polls")
}

/// Two futures, polled in turn: the first has what it was sent, whatever the other one does.
fn two_at_once() -> Verdict {
    let pipes = [Pipe::new(700), Pipe::new(700)];
    let [mut first, mut second] = pipes.each_ref().map(|pipe| Box::pin(read_all(pipe.reader())));
    for byte in [b'a', b'b'] {
        for (pipe, future, byte) in [(&pipes[0], &mut first, byte), (&pipes[1], &mut second, b'-')]
        {
            let _ = pipe.poll(future.as_mut())?;
            pipe.arrive(&[byte], Then::More)?;
        }
    }
    let _ = pipes[0].poll(first.as_mut())?;
    let _ = pipes[1].poll(second.as_mut())?;
    pipes[0].arrive(&[], Then::End)?;
    match pipes[0].poll(first.as_mut())? {
        Poll::Ready(Ok(data)) if data != b"ab" => fail("another-stream", &[]),
        _ => Ok(()),
    }
}

/// An error is the result, whatever has been read before: these bursts, and it comes with the last of them.
fn error_comes(kind: ErrorKind, sizes: &[usize]) -> Verdict {
    let pipe = Pipe::new(usize::MAX);
    let mut future = pin!(read_all(pipe.reader()));
    let (last, others) = sizes.split_last().unwrap_or((&0, &[]));
    for &size in others {
        let _ = pipe.poll(future.as_mut())?;
        pipe.arrive(&text(size), Then::More)?;
    }
    let _ = pipe.poll(future.as_mut())?;
    pipe.arrive(&text(*last), Then::Error(kind))?;
    let verdict = match pipe.poll(future.as_mut())? {
        Poll::Ready(Ok(data)) => fail("error-swallowed", &[&format!("{kind:?}"), &data.len()]),
        Poll::Ready(Err(error)) => judge_error(&error, Some(kind)),
        Poll::Pending => Ok(()),
    };
    verdict.map_err(|failure| failure.with(pipe.log()))
}

fn too_early(pipe: &Pipe, result: io::Result<Vec<u8>>) -> Verdict {
    let verdict = match result {
        Ok(data) => fail("too-early", &[&pipe.polls(), &data.len()]),
        Err(error) => judge_error(&error, None),
    };
    verdict.map_err(|failure| failure.with(pipe.log()))
}

/// Is the result what was sent? `lost` is said of a result that is only the end of it.
fn compare(
    pipe: &Pipe,
    polled: Poll<io::Result<Vec<u8>>>,
    sent: &[u8],
    lost: &'static str,
) -> Verdict {
    let data = match polled {
        Poll::Ready(Ok(data)) => data,
        Poll::Ready(Err(error)) => {
            return judge_error(&error, None).map_err(|failure| failure.with(pipe.log()));
        }
        Poll::Pending => return Ok(()), // the poll was judged already
    };
    let same = data.iter().zip(sent).take_while(|(one, other)| one == other).count();
    let id = match data.get(same..) {
        _ if data == sent => return Ok(()),
        _ if !data.is_empty() && sent.ends_with(&data) => lost,
        Some(rest) if rest.starts_with("\u{FFFD}".as_bytes()) => "not-text",
        _ if data.len() > sent.len() => "too-many-bytes",
        _ => "wrong-bytes",
    };
    let words = |bytes: &[u8]| bytes.get(same).map_or("nothing".to_string(), u8::to_string);
    fail(id, &[&sent.len(), &data.len(), &same, &words(sent), &words(&data)])
}
