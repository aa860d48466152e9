//! Numbers that look random and are the same for the same seed: splitmix64 (Steele, Lea and Flood 2014).

use std::cell::Cell;

pub(super) struct Random(Cell<u64>);

impl Random {
    /// Chooses one of so many, which must not be none. Its bias is far below what a shuffle would show.
    pub(super) fn chooser(seed: u64) -> Box<dyn Fn(usize) -> usize> {
        let random = Random(Cell::new(seed));
        Box::new(move |bound| (random.next() % bound as u64) as usize)
    }

    fn next(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut z = self.0.get();
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
