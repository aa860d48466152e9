//! The file as a thread uses it: `std`'s, with a buffer for what was read ahead.

use std::{
    fs::{File, Metadata},
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    mem,
};

/// How much is read ahead at once, so that not every line costs a job.
const AHEAD: usize = 64 * 1024;

/// At home or with a thread; see `loan`.
pub(super) struct Inner {
    file: File,
    /// What was read and nobody has taken, from `start` on. The program's place in the file is before it, the
    /// operating system's behind.
    buffer: Vec<u8>,
    start: usize,
    /// What an operation failed with, until somebody is told.
    pub(super) failed: Option<io::Error>,
}

/// What is to be in the buffer.
#[derive(Clone, Copy)]
pub(super) enum ReadTo {
    AtMost(usize),
    Exactly(usize),
    ToEnd,
    Line,
}

impl Inner {
    pub(super) fn new(file: File) -> Inner {
        Inner { file, buffer: Vec::new(), start: 0, failed: None }
    }

    fn ahead(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    fn forget_ahead(&mut self) {
        self.buffer.clear();
        self.start = 0;
    }

    /// Takes bytes from the buffer. Many are moved, not copied: this is the loop's thread. (A few
    /// are copied: moved, they would keep the memory of the whole buffer.)
    pub(super) fn take(&mut self, n: usize) -> Vec<u8> {
        if self.start == 0 && n >= AHEAD {
            let rest = self.buffer.split_off(n);
            return mem::replace(&mut self.buffer, rest);
        }
        let taken = self.ahead()[..n].to_vec();
        self.start += n;
        taken
    }

    /// Takes what the goal asks for, if it is in the buffer, and nobody is owed an error.
    pub(super) fn take_if_there(&mut self, goal: ReadTo) -> Option<Vec<u8>> {
        let ahead = self.ahead();
        let n = match goal {
            ReadTo::AtMost(n) | ReadTo::Exactly(n) => Some(n).filter(|n| *n <= ahead.len()),
            ReadTo::Line => end_of_line(ahead, 0),
            ReadTo::ToEnd => None,
        };
        n.filter(|_| self.failed.is_none()).map(|n| self.take(n))
    }

    /// Reads until the goal is in the buffer or the file has ended. Returns how much of the buffer
    /// it is. After an error what was read before is still there.
    pub(super) fn fill(&mut self, goal: ReadTo) -> io::Result<usize> {
        self.buffer.drain(..mem::take(&mut self.start));
        match goal {
            ReadTo::AtMost(n) => self.fill_up_to(n),
            ReadTo::Exactly(n) => match self.fill_up_to(n)? {
                had if had < n => Err(incomplete(had, n)),
                n => Ok(n),
            },
            ReadTo::ToEnd => {
                self.file.read_to_end(&mut self.buffer)?;
                Ok(self.buffer.len())
            }
            ReadTo::Line => self.fill_line(),
        }
    }

    fn fill_up_to(&mut self, n: usize) -> io::Result<usize> {
        while let missing @ 1.. = n.saturating_sub(self.buffer.len()) {
            if missing >= AHEAD {
                (&self.file).take(missing as u64).read_to_end(&mut self.buffer)?;
                break;
            }
            if self.read_ahead()? == 0 {
                break;
            }
        }
        Ok(n.min(self.buffer.len()))
    }

    fn fill_line(&mut self) -> io::Result<usize> {
        let mut searched = 0;
        loop {
            if let Some(n) = end_of_line(&self.buffer, searched) {
                return Ok(n);
            }
            searched = self.buffer.len();
            if self.read_ahead()? == 0 {
                return Ok(searched);
            }
        }
    }

    /// Reads once. A pipe gives what it has: a line is returned at once, even if more is not there yet.
    fn read_ahead(&mut self) -> io::Result<usize> {
        let filled = self.buffer.len();
        self.buffer.resize(filled + AHEAD, 0);
        let read = loop {
            match self.file.read(&mut self.buffer[filled..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(filled + *read.as_ref().unwrap_or(&0));
        read
    }

    /// Goes back to the program's place in the file, and forgets what was read ahead. A pipe or the like has
    /// no place: what was read from it stays.
    fn give_back(&mut self) -> io::Result<()> {
        match self.ahead().len() {
            0 => Ok(()),
            ahead => match self.file.seek(SeekFrom::Current(-(ahead as i64))) {
                Ok(_) => {
                    self.forget_ahead();
                    Ok(())
                }
                Err(error) if error.kind() == ErrorKind::NotSeekable => Ok(()),
                Err(error) => Err(error),
            },
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.give_back()?;
        let mut written = 0;
        while written < bytes.len() {
            match self.file.write(&bytes[written..]) {
                Ok(0) => return Err(half_done(ErrorKind::WriteZero.into(), written, bytes.len())),
                Ok(n) => written += n,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(half_done(error, written, bytes.len())),
            }
        }
        Ok(())
    }

    pub(super) fn sync_all(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }

    pub(super) fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Current(offset) => {
                let ahead = self.ahead().len() as i64;
                SeekFrom::Current(offset.checked_sub(ahead).ok_or(ErrorKind::InvalidInput)?)
            }
            to => to,
        };
        let position = self.file.seek(to).map_err(of_one_kind)?;
        self.forget_ahead();
        Ok(position)
    }

    pub(super) fn tell(&mut self) -> io::Result<u64> {
        let position = self.file.stream_position()?;
        Ok(position.saturating_sub(self.ahead().len() as u64))
    }

    /// What was read ahead may be cut off, so it goes.
    pub(super) fn set_len(&mut self, length: u64) -> io::Result<()> {
        self.give_back()?;
        self.file.set_len(length)
    }
}

/// How many bytes there are up to the end of the first line, that is included.
fn end_of_line(bytes: &[u8], searched: usize) -> Option<usize> {
    bytes[searched..].iter().position(|byte| *byte == b'\n').map(|n| searched + n + 1)
}

fn incomplete(had: usize, expected: usize) -> io::Error {
    let message = format!("{had} bytes read on a total of {expected} expected bytes");
    io::Error::new(ErrorKind::UnexpectedEof, message)
}

/// Windows has a number of its own for a place before the beginning, of which std knows no kind.
fn of_one_kind(error: io::Error) -> io::Error {
    const ERROR_NEGATIVE_SEEK: i32 = 131;
    match cfg!(windows) && error.raw_os_error() == Some(ERROR_NEGATIVE_SEEK) {
        true => io::Error::new(ErrorKind::InvalidInput, error),
        false => error,
    }
}

/// What was written before an error stays written, so the error says how much that is.
fn half_done(error: io::Error, written: usize, all: usize) -> io::Error {
    match written {
        0 => error,
        _ => io::Error::new(error.kind(), format!("{error}, after {written} of {all} bytes")),
    }
}
