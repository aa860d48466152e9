//! A recording: what is kept of a loop's records.

use std::{collections::VecDeque, time::Duration};

use super::{lint::SLOW_POLL, summary::Summary};
use crate::trace::record::*;

/// How many records are kept: the first ones and the last ones. What lies between is left out.
pub(super) const FIRST: usize = 100_000;
pub(super) const LAST: usize = 100_000;

/// A loop's records, as far as they were kept.
pub(super) struct Recording {
    /// From when on a poll is too long, in the eyes of the lint.
    pub(super) slow_poll: Duration,
    pub(super) first: Vec<Record>,
    /// How many are missing between those two.
    pub(super) left_out: u64,
    /// What all records before the last ones add up to, with those that are missing.
    pub(super) before_last: Summary,
    pub(super) last: VecDeque<Record>,
}

impl Default for Recording {
    fn default() -> Recording {
        let (first, last) = (Vec::new(), VecDeque::new());
        let before_last = Summary::default();
        Recording { slow_poll: SLOW_POLL, first, left_out: 0, before_last, last }
    }
}

impl Recording {
    pub(super) fn push(&mut self, record: &Record) {
        if self.first.len() < FIRST {
            self.before_last.record(record);
            return self.first.push(record.clone());
        }
        if self.last.len() == LAST
            && let Some(oldest) = self.last.pop_front()
        {
            self.before_last.record(&oldest);
            self.left_out += 1;
        }
        self.last.push_back(record.clone());
    }

    /// How many records there were, with those that are missing.
    pub(super) fn events(&self) -> u64 {
        (self.first.len() + self.last.len()) as u64 + self.left_out
    }

    /// What is still there of the records from this number on, up to `most` and without a gap, and the number of the
    /// first of them.
    pub(super) fn since(&self, number: u64, most: usize) -> (u64, Vec<Record>) {
        let first = self.first.len() as u64;
        if number < first {
            let rest = self.first[number as usize..].iter();
            return (number, rest.take(most).cloned().collect());
        }
        let begin = number.max(first + self.left_out);
        let rest = self.last.iter().skip((begin - first - self.left_out) as usize);
        (begin, rest.take(most).cloned().collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Record> {
        self.first.iter().chain(&self.last)
    }
}
