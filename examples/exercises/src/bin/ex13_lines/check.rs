//! Lets the bytes come in pieces, cut at every place, and drops `next_line` at every cut.

use std::{io::ErrorKind, iter, ops::Range, pin::pin, task::Poll};

use super::answer::Lines;
use crate::harness::{
    Exercise, Message, Verdict, ensure, fail,
    pipe::{Pipe, PipeReader, Then},
};

pub const EXERCISE: Exercise = Exercise { number: 13, messages: MESSAGES, check };

const MESSAGES: &[Message] = &[
    Message {
        id: "lost-after-line",
        en: "bytes {0}..{1} lost: they came in one read with the line before them, and were gone when that line was \
             returned. What is read too much belongs to the next line, so it has to stay in Lines.",
        zh: "第 {0}..{1} 个字节丢失：它们和前一行是同一次读到的，前一行返回之后就不见了。多读到的数据属于下一行，\
             必须留在 Lines 里。",
    },
    Message {
        id: "lost-between-polls",
        en: "bytes {0}..{1} lost between two polls of one next_line: poll returned Pending when {2} bytes had come, \
             and its local variables ended there",
        zh: "第 {0}..{1} 个字节在同一个 next_line 的两次轮询之间丢失：到达 {2} 个字节时 poll 返回了 Pending，\
             它的局部变量也随之消失",
    },
    Message {
        id: "lost-when-dropped",
        en: "bytes {0}..{1} lost: next_line was dropped when {2} bytes had come, as a timeout would do it, and what it \
             had read went with it. To be safe to cancel, a future keeps what must not be lost outside of itself.",
        zh: "第 {0}..{1} 个字节丢失：到达 {2} 个字节时 next_line 被丢弃（超时就会这样），它读到的内容也一起没了。\
             要做到取消安全，不能丢的东西就不能放在 future 自己里面。",
    },
    Message {
        id: "line-held-back",
        en: "two lines came in one burst; the second next_line returned Pending, though its line had been read \
             already. Nothing tells of these bytes again: look into the buffer before you read.",
        zh: "一批数据里有两行；第二次 next_line 返回了 Pending，而它要的那一行早已读进来了。不会再有人通知这些字节：\
             先看缓冲区，再去读。",
    },
    Message {
        id: "last-line",
        en: "the stream ended with {0} and no newline after it, and next_line returned None: the last line is \
             missing",
        zh: "流以 {0} 结束，后面没有换行符，next_line 却返回了 None：少了最后一行",
    },
    Message {
        id: "wrong-lines",
        en: "the lines are\n  {0}\nexpected:\n  {1}",
        zh: "得到的行是\n  {0}\n应当是：\n  {1}",
    },
    Message {
        id: "error-swallowed",
        en: "try_read failed with {0}, and next_line returned Ok: whoever reads would take a broken connection for \
             the end",
        zh: "try_read 以 {0} 失败，next_line 却返回了 Ok：读的人会把中断的连接当成正常结束",
    },
];

/// No byte occurs twice, so each can be missed.
const TEXT: &[u8] = b"abcd\nefg\n\nhijkl\nmn";

/// So many bytes a read.
const READS: [usize; 3] = [usize::MAX, 3, 1];

fn check() -> Verdict {
    for at_most in READS {
        in_one_piece(at_most)?;
    }
    two_lines_at_once()?;
    for at_most in READS {
        for cut in cuts() {
            in_pieces(at_most, [cut, cut], Dropped::Never)?;
        }
    }
    for at_most in READS {
        for first in cuts() {
            for second in first..TEXT.len() {
                in_pieces(at_most, [first, second], Dropped::AtEachCut)?;
            }
        }
    }
    error_comes()
}

/// Every place; first one in the middle of the second line, where a mistake is told best.
fn cuts() -> impl Iterator<Item = usize> {
    iter::once(7).chain(1..TEXT.len())
}

/// When a pending `next_line` is dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dropped {
    Never,
    AtEachCut,
}

/// Everything is there before anybody asks.
fn in_one_piece(at_most: usize) -> Verdict {
    let mut seen = Reading::new(at_most);
    seen.pipe.arrive(TEXT, Then::End)?;
    seen.read()?;
    seen.compare("lost-after-line", 0)
}

/// Two lines come, and the stream stays open.
fn two_lines_at_once() -> Verdict {
    let (two, rest) = TEXT.split_at(9);
    let mut seen = Reading::new(usize::MAX);
    seen.pipe.arrive(two, Then::More)?;
    seen.read()?;
    let both_are_there = ensure(seen.lines.len() == 2, "line-held-back", &[]);
    let both_are_there = both_are_there.map_err(|failure| failure.with(seen.pipe.log()));
    // Is the second line only late, or is it lost? That is another mistake.
    seen.pipe.arrive(rest, Then::End)?;
    seen.read()?;
    seen.compare("lost-after-line", 0)?;
    both_are_there
}

/// In three pieces; where the cuts are the same, the middle one is a wake for nothing.
fn in_pieces(at_most: usize, [first, second]: [usize; 2], dropped: Dropped) -> Verdict {
    let mut seen = Reading::new(at_most);
    let pieces =
        [(0..first, Then::More), (first..second, Then::More), (second..TEXT.len(), Then::End)];
    let lost = match dropped {
        Dropped::Never => "lost-between-polls",
        Dropped::AtEachCut => "lost-when-dropped",
    };
    match dropped {
        Dropped::Never => seen.read_kept(pieces)?,
        Dropped::AtEachCut => {
            for (piece, then) in pieces {
                seen.pipe.arrive(&TEXT[piece], then)?;
                // The second is dropped with nothing come since the first: who gives up may try again at once.
                seen.read()?;
                seen.read()?;
            }
        }
    }
    seen.compare(lost, first)
}

/// An error is told to whoever reads.
fn error_comes() -> Verdict {
    let kind = ErrorKind::ConnectionReset;
    let pipe = Pipe::new(usize::MAX);
    let mut lines = Lines::new(pipe.reader());
    pipe.arrive(b"abc", Then::Error(kind))?;
    let polled = pipe.poll(pin!(lines.next_line()))?;
    match polled {
        Poll::Ready(Ok(_)) => fail("error-swallowed", &[&format!("{kind:?}")]),
        _ => Ok(()),
    }
}

/// The lines that were read so far.
struct Reading {
    pipe: Pipe,
    reader: Lines<PipeReader>,
    lines: Vec<Vec<u8>>,
}

impl Reading {
    fn new(at_most: usize) -> Reading {
        let pipe = Pipe::new(at_most);
        let reader = Lines::new(pipe.reader());
        Reading { pipe, reader, lines: Vec::new() }
    }

    /// Takes lines until one is pending, which is dropped, or until the end.
    fn read(&mut self) -> Verdict {
        // More lines than these would be too many.
        for _ in 0..TEXT.len() {
            match self.pipe.poll(pin!(self.reader.next_line()))? {
                Poll::Ready(Ok(Some(line))) => self.lines.push(line),
                Poll::Ready(Ok(None)) | Poll::Pending => return Ok(()),
                Poll::Ready(Err(_)) => return fail("would-block-returned", &[]),
            }
        }
        Ok(())
    }

    /// Takes lines until the end. When one is pending, the next piece comes, and the same one is polled again.
    fn read_kept<const N: usize>(&mut self, pieces: [(Range<usize>, Then); N]) -> Verdict {
        let mut pieces = pieces.into_iter();
        for _ in 0..TEXT.len() {
            let mut next_line = pin!(self.reader.next_line());
            let line = loop {
                match self.pipe.poll(next_line.as_mut())? {
                    Poll::Ready(line) => break line,
                    Poll::Pending => {
                        // The last piece brings the end, and none is pending then.
                        let Some((piece, then)) = pieces.next() else { return Ok(()) };
                        self.pipe.arrive(&TEXT[piece], then)?;
                    }
                }
            };
            match line {
                Ok(Some(line)) => self.lines.push(line),
                Ok(None) => return Ok(()),
                Err(_) => return fail("would-block-returned", &[]),
            }
        }
        Ok(())
    }

    /// Are they what was sent? `lost` is said of missing bytes, and where the first piece ended.
    fn compare(&self, lost: &'static str, cut: usize) -> Verdict {
        let expected: Vec<_> = TEXT.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
        if self.lines == expected {
            return Ok(());
        }
        let seen = self.lines.concat();
        let is_missing = |&at: &usize| TEXT[at] != b'\n' && !seen.contains(&TEXT[at]);
        let missing: Vec<_> = (0..TEXT.len()).filter(is_missing).collect();
        let (last, others) = expected.split_last().expect("there are lines");
        match (missing.first(), missing.last()) {
            _ if self.lines == others => {
                fail("last-line", &[&format!("{:?}", String::from_utf8_lossy(last))])
            }
            (Some(first), Some(last)) => fail(lost, &[first, &(last + 1), &cut]),
            _ => fail("wrong-lines", &[&shown(&self.lines), &shown(&expected)]),
        }
    }
}

fn shown(lines: &[Vec<u8>]) -> String {
    format!("{:?}", lines.iter().map(|line| String::from_utf8_lossy(line)).collect::<Vec<_>>())
}
