//! The recorder: keeps the records of a loop, and writes the views that are files.
//!
//! A file is written again from time to time while the loop runs, under another name, and then renamed. So the file
//! is complete, whatever ends the program. To keep this a small part of the work, a slow write is followed by a
//! longer pause.

use std::time::{Duration, Instant};

use super::{
    files::{Chapter, Format},
    recording::Recording,
};
use crate::trace::{Observer, record::*};

/// How often a busy loop is made to wait for a write, at the most.
const BUSY: Duration = Duration::from_millis(100);

/// So much may all writes take before they must be a small part of the run.
const GRACE: Duration = Duration::from_millis(200);

/// Records a loop, for as many files as are asked for.
pub(crate) struct Recorder {
    recording: Recording,
    files: Vec<Chapter>,
    /// Something came after the last write.
    fresh: bool,
    written: Instant,
    cost: Duration,
    began: Instant,
    /// How long all writes have taken.
    writing: Duration,
}

impl Recorder {
    pub(crate) fn new(files: Vec<(Format, String)>, slow_poll: Duration) -> Recorder {
        let open = |(format, path): (Format, String)| Chapter::open(format, &path);
        Recorder {
            recording: Recording { slow_poll, ..Recording::default() },
            files: files.into_iter().map(open).collect(),
            fresh: false,
            written: Instant::now(),
            cost: Duration::ZERO,
            began: Instant::now(),
            writing: Duration::ZERO,
        }
    }

    /// Writes, unless the last time was but a moment ago: not longer than `times` what it took.
    fn write_if_due(&mut self, times: u32) {
        if self.written.elapsed() >= self.cost * times {
            self.write(false);
        }
    }

    fn write(&mut self, is_last: bool) {
        let start = Instant::now();
        self.files.iter_mut().for_each(|file| file.write(&self.recording, is_last));
        (self.fresh, self.written, self.cost) = (false, Instant::now(), start.elapsed());
        self.writing += self.cost;
    }
}

impl Observer for Recorder {
    fn record(&mut self, record: &Record) {
        self.recording.push(record);
        self.fresh = true;
        match record.what {
            // A loop that never sleeps is interrupted here.
            What::TurnEnded { .. } if self.written.elapsed() >= BUSY => self.write_if_due(20),
            // The loop has nothing else to do, and this is where most programs are interrupted.
            What::Parked { .. } => self.write_if_due(4),
            // Nothing may come after it: `process::exit`, or a loop in a thread-local of the main thread. Only where
            // a program runs a loop a thousand times does not each run pay for all that were before it.
            What::LoopEnded { .. } if self.writing <= self.began.elapsed() / 2 + GRACE => {
                self.write(false);
            }
            What::LoopEnded { .. } => self.write_if_due(1),
            // Should the program end by `process::exit`, what an earlier one left does not pass for its run.
            What::LoopStarted { .. } if self.cost.is_zero() => {
                self.write(false);
                self.cost = Duration::ZERO;
            }
            _ => {}
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if self.fresh || self.files.iter().any(Chapter::waits_for_the_end) {
            self.write(true);
        }
    }
}
