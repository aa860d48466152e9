//! Streams of records as nobody would make them on purpose: real ones, cut, shuffled, doubled, falsified.

use glassloop::trace::{Record, TaskId, What};

/// The numbers of a seed, always the same.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        // Steele, Lea and Flood: SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// One of these streams, with up to five faults.
pub fn variant(streams: &[Vec<Record>], seed: u64) -> Vec<Record> {
    let mut numbers = Numbers(seed);
    let mut records = streams[numbers.below(streams.len())].clone();
    for _ in 0..=numbers.below(5) {
        match numbers.below(8) {
            0 => records.truncate(numbers.below(records.len())),
            1 => drop(records.drain(..numbers.below(records.len()))),
            2 => leave_out(&mut records, &mut numbers),
            3 => thin_out(&mut records, &mut numbers),
            4 => repeat(&mut records, &mut numbers),
            5 => shuffle(&mut records, &mut numbers),
            6 => falsify_times_and_turns(&mut records, &mut numbers),
            _ => confuse_tasks(&mut records, &mut numbers),
        }
    }
    records
}

fn leave_out(records: &mut Vec<Record>, numbers: &mut Numbers) {
    let from = numbers.below(records.len());
    let length = numbers.below(records.len() - from);
    records.drain(from..from + length);
}

fn thin_out(records: &mut Vec<Record>, numbers: &mut Numbers) {
    records.retain(|_| numbers.below(4) > 0);
}

fn repeat(records: &mut Vec<Record>, numbers: &mut Numbers) {
    for _ in 0..10.min(records.len()) {
        let copy = records[numbers.below(records.len())].clone();
        records.insert(numbers.below(records.len()), copy);
    }
}

fn shuffle(records: &mut [Record], numbers: &mut Numbers) {
    let reach = 1 + numbers.below(records.len());
    for i in 0..records.len() {
        records.swap(i, (i + numbers.below(reach)).min(records.len() - 1));
    }
}

fn falsify_times_and_turns(records: &mut [Record], numbers: &mut Numbers) {
    let (time, turn) = (numbers.below(4), numbers.below(3));
    for record in records {
        match time {
            0 => record.t = 0,
            1 => record.t = numbers.next(),
            2 => record.t = u64::MAX,
            _ => {}
        }
        match turn {
            0 => record.turn = 0,
            1 => record.turn = numbers.next() % 3,
            _ => {}
        }
    }
}

/// Few tasks have many records then, and some have an id that no loop would give.
fn confuse_tasks(records: &mut [Record], numbers: &mut Numbers) {
    for record in records {
        if let What::PollStarted { task, .. }
        | What::PollEnded { task, .. }
        | What::Woken { task, .. }
        | What::Cancelled { task, .. }
        | What::Dropped { task }
        | What::LoopEnded { main: task } = &mut record.what
        {
            *task = [*task, TaskId(0), TaskId(1), TaskId(u64::MAX)][numbers.below(4)];
        }
    }
}
