//! Lets the bytes come in pieces, cut at every place, and drops `next_line` at every cut.

use std::{
    io::ErrorKind::{self, BrokenPipe, ConnectionReset, TimedOut, UnexpectedEof},
    iter,
    ops::Range,
    pin::pin,
    task::Poll,
};

use super::answer::Lines;
use crate::harness::{
    Exercise, Verdict, ensure, fail,
    pipe::{Pipe, PipeReader, Then, judge_error},
};

#[path = "messages.rs"]
mod messages;
use messages::MESSAGES;

pub const EXERCISE: Exercise = Exercise { number: 13, messages: MESSAGES, check };

/// No byte occurs twice, so each can be missed.
const TEXT: &[u8] = b"abcd\nefg\n\nhijkl\nmn";

/// So many bytes a read.
const READS: [usize; 3] = [usize::MAX, 3, 1];

/// Bytes that are no text, and white space, at each end of a line.
const BYTES: &[u8] = b"\xff\xfe\r\n caf\xc3\xa9 \t\n\0\n\n\n\xe5\x8c\x97\xe4\xba\xac\0 ";

/// Longer than most rooms of a fixed size.
const LONG: usize = 17_000;

fn check() -> Verdict {
    in_one_piece(usize::MAX, "lost-after-line")?;
    in_one_piece(3, "lost-between-reads")?;
    in_one_piece(1, "lost-between-reads")?;
    two_lines_at_once()?;
    for at_most in READS {
        for cut in cuts() {
            in_pieces(Pipe::new(at_most), [cut, cut], Dropped::Never)?;
        }
    }
    for dropped in [Dropped::AtEachCut, Dropped::Unpolled] {
        for at_most in READS {
            for first in cuts() {
                for second in first..TEXT.len() {
                    in_pieces(Pipe::new(at_most), [first, second], dropped)?;
                }
            }
        }
    }
    // Who hands over a waker only when it is a new one is forgotten after the first change.
    for dropped in [Dropped::Never, Dropped::AtEachCut] {
        in_pieces(Pipe::with_one_waker(3), [2, 7], dropped)?;
    }
    all_kinds_of_lines()?;
    two_at_once()?;
    for kind in [ConnectionReset, UnexpectedEof, TimedOut, BrokenPipe] {
        error_comes(kind, b"")?;
        error_comes(kind, b"abc")?;
        error_after_a_line(kind)?;
    }
    Ok(())
}

/// Every place; first one in the middle of the second line, where a mistake is told best.
fn cuts() -> impl Iterator<Item = usize> {
    iter::once(7).chain(1..TEXT.len())
}

/// When a pending `next_line` is dropped.
#[derive(Clone, Copy)]
enum Dropped {
    Never,
    AtEachCut,
    /// At each cut, and another one before it was polled.
    Unpolled,
}

/// Everything is there before anybody asks.
fn in_one_piece(at_most: usize, lost: &'static str) -> Verdict {
    let mut seen = Reading::new(Pipe::new(at_most));
    seen.pipe.arrive(TEXT, Then::End)?;
    seen.read()?;
    seen.compare(lost, 0)
}

/// Two lines come, and the stream stays open.
fn two_lines_at_once() -> Verdict {
    let (two, rest) = TEXT.split_at(9);
    let mut seen = Reading::new(Pipe::new(usize::MAX));
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
fn in_pieces(pipe: Pipe, [first, second]: [usize; 2], dropped: Dropped) -> Verdict {
    let mut seen = Reading::new(pipe);
    let pieces =
        [(0..first, Then::More), (first..second, Then::More), (second..TEXT.len(), Then::End)];
    let lost = match dropped {
        Dropped::Never => {
            seen.read_kept(pieces)?;
            return seen.compare("lost-between-polls", first);
        }
        Dropped::AtEachCut => "lost-when-dropped",
        Dropped::Unpolled => "lost-unpolled",
    };
    for (piece, then) in pieces {
        seen.pipe.arrive(&TEXT[piece], then)?;
        // The second is dropped with nothing come since the first: who gives up may try again at once.
        for _ in 0..2 {
            if matches!(dropped, Dropped::Unpolled) {
                let _unpolled = seen.reader.next_line();
            }
            seen.read()?;
        }
    }
    seen.compare(lost, first)
}

/// Lines of any bytes, empty ones, a long one, none at all; and what is behind the last one.
fn all_kinds_of_lines() -> Verdict {
    let long = [vec![b'a'; LONG], b"\nb".to_vec()].concat();
    for text in [b"", &b"\n"[..], b"\n\n", b"a\n", b"\na", &long] {
        whole_text(usize::MAX, text)?;
    }
    READS.iter().try_for_each(|&at_most| whole_text(at_most, BYTES))
}

fn whole_text(at_most: usize, text: &[u8]) -> Verdict {
    let mut seen = Reading::new(Pipe::new(at_most));
    seen.read()?;
    seen.pipe.arrive(text, Then::End)?;
    seen.read()?;
    let expected = lines_of(text);
    for (number, (line, right)) in (1..).zip(seen.lines.iter().zip(&expected)) {
        ensure(line == right, "changed-line", &[&number, &shown(line), &shown(right)])?;
    }
    ensure(seen.lines == expected, "wrong-lines", &[&all(&seen.lines), &all(&expected)])?;
    (0..3).try_for_each(|_| seen.read())
}

/// Two streams in turn.
fn two_at_once() -> Verdict {
    let mut both = [b"ab", b"cd"].map(|text| (text, Reading::new(Pipe::new(usize::MAX))));
    for at in 0..2 {
        for (text, seen) in &mut both {
            seen.read()?;
            seen.pipe.arrive(&text[at..=at], Then::More)?;
        }
    }
    for (text, seen) in &mut both {
        seen.read()?;
        seen.pipe.arrive(b"\n", Then::End)?;
        seen.read()?;
        ensure(seen.lines == [text.as_slice()], "another-stream", &[])?;
    }
    Ok(())
}

/// An error is told to whoever reads.
fn error_comes(kind: ErrorKind, before: &[u8]) -> Verdict {
    let mut seen = Reading::new(Pipe::new(usize::MAX));
    seen.read()?;
    seen.pipe.arrive(before, Then::Error(kind))?;
    seen.expect_error(kind)
}

fn error_after_a_line(kind: ErrorKind) -> Verdict {
    let mut seen = Reading::new(Pipe::new(usize::MAX));
    seen.pipe.arrive(b"ab\ncd", Then::Error(kind))?;
    let polled = seen.pipe.poll(pin!(seen.reader.next_line()))?;
    match polled {
        Poll::Ready(Err(_)) => fail("line-after-error", &[&format!("{kind:?}")]),
        _ => seen.expect_error(kind),
    }
}

/// The lines that were read so far.
struct Reading {
    pipe: Pipe,
    reader: Lines<PipeReader>,
    lines: Vec<Vec<u8>>,
    /// Has `None` been returned?
    has_ended: bool,
}

impl Reading {
    fn new(pipe: Pipe) -> Reading {
        let reader = Lines::new(pipe.reader());
        Reading { pipe, reader, lines: Vec::new(), has_ended: false }
    }

    /// Takes lines until one is pending, which is dropped, or until the end.
    fn read(&mut self) -> Verdict {
        // More lines than these would be too many.
        for _ in 0..TEXT.len() {
            match self.pipe.poll(pin!(self.reader.next_line()))? {
                Poll::Ready(Ok(Some(line))) if self.has_ended => {
                    return fail("after-the-end", &[&shown(&line)]);
                }
                Poll::Ready(Ok(Some(line))) => self.lines.push(line),
                Poll::Ready(Ok(None)) => {
                    self.has_ended = true;
                    return Ok(());
                }
                Poll::Pending => return Ok(()),
                Poll::Ready(Err(error)) => return judge_error(&error, None),
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
                Err(error) => return judge_error(&error, None),
            }
        }
        Ok(())
    }

    /// The source has failed with this kind: is that the result?
    fn expect_error(&mut self, kind: ErrorKind) -> Verdict {
        match self.pipe.poll(pin!(self.reader.next_line()))? {
            Poll::Ready(Ok(_)) => fail("error-swallowed", &[&format!("{kind:?}")]),
            Poll::Ready(Err(error)) => judge_error(&error, Some(kind)),
            Poll::Pending => Ok(()), // the poll was judged already
        }
    }

    /// Are they what was sent? `lost` is said of missing bytes, and where the first piece ended.
    fn compare(&self, lost: &'static str, cut: usize) -> Verdict {
        let expected = lines_of(TEXT);
        if self.lines == expected {
            return Ok(());
        }
        let seen = self.lines.concat();
        let is_missing = |&at: &usize| TEXT[at] != b'\n' && !seen.contains(&TEXT[at]);
        let missing: Vec<_> = (0..TEXT.len()).filter(is_missing).collect();
        let (last, others) = expected.split_last().expect("there are lines");
        match (missing.first(), missing.last()) {
            _ if self.lines == others => fail("last-line", &[&shown(last)]),
            (Some(first), Some(last)) => fail(lost, &[first, &(last + 1), &cut]),
            _ => fail("wrong-lines", &[&all(&self.lines), &all(&expected)]),
        }
    }
}

fn lines_of(text: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<_> = text.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
    // What follows the last `\n` is none if it is empty.
    lines.pop_if(|last| last.is_empty());
    lines
}

/// A line as a literal of Rust, no more of it than can be looked at.
fn shown(line: &[u8]) -> String {
    match line.get(..40) {
        Some(begin) => format!("\"{}…\" ({} bytes)", begin.escape_ascii(), line.len()),
        None => format!("\"{}\"", line.escape_ascii()),
    }
}

fn all(lines: &[Vec<u8>]) -> String {
    format!("[{}]", lines.iter().map(|line| shown(line)).collect::<Vec<_>>().join(", "))
}
