//! A chapter: what is kept of a loop for whoever looks, as records and as text.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use super::lock;
use crate::{
    trace::{Place, Record},
    views::{
        recording::{FIRST, LAST, Recording},
        summary::Summary,
    },
};

/// One loop. Its thread writes the records; the teller reads them and writes the pieces; browsers read those.
pub(super) struct Chapter {
    pub(super) is_virtual: bool,
    pub(super) slow_poll: Duration,
    recording: Mutex<Recording>,
    pieces: Mutex<Pieces>,
}

/// Some records, one after the other, as the text that is sent for them.
pub(super) struct Piece {
    /// The number of the first of them.
    pub(super) first: u64,
    pub(super) length: u64,
    pub(super) text: String,
    /// The lines of the program that are spoken of.
    pub(super) places: Vec<Place>,
}

impl Piece {
    /// The number of the record behind the last of them.
    pub(super) fn end(&self) -> u64 {
        self.first + self.length
    }
}

/// The first ones and the last ones, as many as make up the records that are kept.
#[derive(Default)]
struct Pieces {
    first: Vec<Arc<Piece>>,
    last: VecDeque<Arc<Piece>>,
    /// How many records are in the last ones.
    length: u64,
}

impl Chapter {
    pub(super) fn new(is_virtual: bool, slow_poll: Duration) -> Chapter {
        let recording = Recording { slow_poll, ..Recording::default() }.into();
        Chapter { is_virtual, slow_poll, recording, pieces: Mutex::default() }
    }

    /// The loop's thread waits for nobody but the teller, while it copies some records.
    pub(super) fn push(&self, record: &Record) {
        lock(&self.recording).push(record);
    }

    /// Also what all before them add up to, where some are missing.
    pub(super) fn records_since(&self, number: u64, most: usize) -> (u64, Vec<Record>, Summary) {
        let recording = lock(&self.recording);
        let (first, records) = recording.since(number, most);
        (first, records, recording.before_last)
    }

    pub(super) fn add(&self, piece: Piece) {
        lock(&self.pieces).add(piece);
    }

    /// The next piece for whoever has all before this record. It may begin later: then what lay between is gone.
    pub(super) fn piece_since(&self, number: u64) -> Option<Arc<Piece>> {
        lock(&self.pieces).since(number)
    }
}

impl Pieces {
    fn add(&mut self, piece: Piece) {
        if piece.first < FIRST as u64 {
            return self.first.push(Arc::new(piece));
        }
        self.length += piece.length;
        self.last.push_back(Arc::new(piece));
        while let Some(oldest) = self.last.front()
            && self.length - oldest.length >= LAST as u64
        {
            self.length -= oldest.length;
            self.last.pop_front();
        }
    }

    fn since(&self, number: u64) -> Option<Arc<Piece>> {
        let early = self.first.partition_point(|piece| piece.first < number);
        let late = || self.last.get(self.last.partition_point(|piece| piece.first < number));
        self.first.get(early).or_else(late).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(until: u64, length: u64) -> Pieces {
        let mut pieces = Pieces::default();
        for first in (0..until).step_by(length as usize) {
            pieces.add(Piece { first, length, text: String::new(), places: Vec::new() });
        }
        pieces
    }

    fn kept(pieces: &Pieces) -> u64 {
        pieces.first.iter().chain(&pieces.last).map(|piece| piece.length).sum()
    }

    #[test]
    fn of_a_long_run_the_first_and_the_last_pieces_are_kept() {
        let pieces = pieces(2_000_000, 1_000);
        assert_eq!(kept(&pieces), 200_000);
        assert_eq!(pieces.since(99_000).map(|piece| piece.first), Some(99_000));
        assert_eq!(pieces.since(100_000).map(|piece| piece.first), Some(1_900_000));
        assert_eq!(pieces.since(1_999_000).map(|piece| piece.end()), Some(2_000_000));
        assert!(pieces.since(2_000_000).is_none());
    }

    #[test]
    fn of_a_short_run_nothing_is_missing() {
        let pieces = pieces(200_000, 500);
        let (mut next, mut seen) = (0, 0);
        while let Some(piece) = pieces.since(next) {
            assert_eq!(piece.first, next);
            (next, seen) = (piece.end(), seen + 1);
        }
        assert_eq!((next, seen), (200_000, 400));
    }
}
