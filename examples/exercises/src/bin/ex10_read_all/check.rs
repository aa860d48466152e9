//! Reads from a source whose bytes come in bursts, and polls once for each.

use std::{
    io::{self, ErrorKind},
    iter,
    pin::pin,
    task::Poll,
};

use super::answer::read_all;
use crate::harness::{
    Exercise, Failure, Message, Verdict, ensure, fail,
    pipe::{Pipe, Then},
};

pub const EXERCISE: Exercise = Exercise { number: 10, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "too-early",
        en: "poll {0} returned Ready with {1} bytes, but the stream has not ended: more will come. WouldBlock means \
             \"nothing now\"; the end is a read of 0 bytes.",
        zh: "第 {0} 次轮询就返回了 Ready，带着 {1} 个字节，可是流还没有结束，后面还有数据。WouldBlock 只表示\
             “现在没有”；读到 0 个字节才是结束。",
    },
    Message {
        id: "wrong-bytes",
        en: "{0} bytes were sent and {1} returned, which first differ at byte {2}. What was read in one poll has to \
             be there in the next, and of the buffer only the bytes that try_read has counted are new.",
        zh: "发送了 {0} 个字节，返回了 {1} 个，从第 {2} 个字节起不一致。一次轮询读到的数据要保留到下一次轮询；\
             缓冲区里只有 try_read 所返回的那么多字节是新读到的。",
    },
    Message {
        id: "error-swallowed",
        en: "try_read failed with {0}, and the result was Ok with {1} bytes: the caller would take a broken \
             connection for a complete answer",
        zh: "try_read 以 {0} 失败，结果却是带着 {1} 个字节的 Ok：调用者会把中断的连接当成完整的回答",
    },
];

fn check() -> Verdict {
    // Each burst is larger than what one read gives, so one read is not enough.
    bursts(700, &[2_000])?;
    bursts(700, &[2_000, 1, 1_400, 5_000])?;
    // Each read gives all there is, so a short one looks like the last.
    bursts(usize::MAX, &[3, 5, 4])?;
    bursts(1, &[3, 0, 0, 2])?;
    bursts(usize::MAX, &[0])?;
    has_come_before()?;
    error_comes()
}

/// `n` bytes, none like its neighbours.
fn text(n: usize) -> Vec<u8> {
    (1..=250).cycle().take(n).collect()
}

/// Bursts of so many bytes each, the end together with the last, and a poll for each: so none may be wasted. One with
/// no bytes is a wake for nothing.
fn bursts(at_most: usize, sizes: &[usize]) -> Verdict {
    let sent = text(sizes.iter().sum());
    let pipe = Pipe::new(at_most);
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
    compare(&pipe, pipe.poll(future.as_mut())?, &sent)
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
    compare(&pipe, pipe.poll(future.as_mut())?, &sent)
}

/// An error is the result, whatever has been read before.
fn error_comes() -> Verdict {
    let kind = ErrorKind::ConnectionReset;
    let pipe = Pipe::new(usize::MAX);
    let mut future = pin!(read_all(pipe.reader()));
    let _ = pipe.poll(future.as_mut())?;
    pipe.arrive(&text(10), Then::Error(kind))?;
    match pipe.poll(future.as_mut())? {
        Poll::Ready(Ok(data)) => fail("error-swallowed", &[&format!("{kind:?}"), &data.len()]),
        _ => Ok(()),
    }
}

fn too_early(pipe: &Pipe, result: io::Result<Vec<u8>>) -> Verdict {
    let failure = match result {
        Ok(data) => Failure::new("too-early", &[&pipe.polls(), &data.len()]),
        Err(_) => Failure::new("would-block-returned", &[]),
    };
    Err(failure.with(pipe.log()))
}

fn compare(pipe: &Pipe, polled: Poll<io::Result<Vec<u8>>>, sent: &[u8]) -> Verdict {
    let Poll::Ready(Ok(data)) = polled else {
        return Err(Failure::new("would-block-returned", &[]).with(pipe.log()));
    };
    let same = data.iter().zip(sent).take_while(|(one, other)| one == other).count();
    ensure(data == sent, "wrong-bytes", &[&sent.len(), &data.len(), &same])
}
