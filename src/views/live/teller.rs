//! The teller: a thread that makes text of the records, once for all browsers.
//!
//! It works while somebody looks, and at most half of its time: what it can't follow is left out.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use super::{
    Program,
    chapter::{Chapter, Piece},
};
use crate::views::{story::Storyteller, timeline::Text};

/// How often it looks for records.
const TICK: Duration = Duration::from_millis(20);

/// So long it makes text before it rests as long.
const MOST: Duration = Duration::from_millis(10);

/// So many records it takes at a time. While they are copied, the loop waits.
const PIECE: usize = 500;

/// Where the telling of a loop has come to.
struct Telling {
    chapter: Arc<Chapter>,
    teller: Storyteller,
    next: u64,
}

/// Does this work for ever; it ends with the program.
pub(super) fn tell(program: &Program) {
    let mut tellings = Vec::new();
    loop {
        let (chapters, has_ended) = {
            let state = program
                .wait_while(|state| state.browsers == 0 || (state.has_ended && state.is_told));
            (state.chapters.clone(), state.has_ended)
        };
        tellings.extend(chapters.into_iter().skip(tellings.len()).map(Telling::new));
        let began = Instant::now();
        let (mut is_news, mut is_all) = (false, false);
        while !is_all && began.elapsed() < MOST {
            let told = tellings.iter_mut().map(Telling::tell_a_piece);
            is_all = !told.fold(false, |any, told| any | told);
            is_news |= !is_all;
        }
        let is_end = is_all && has_ended;
        if is_news || is_end {
            program.change(|state| state.is_told = is_end && state.has_ended);
        }
        if !has_ended {
            thread::sleep(TICK.saturating_sub(began.elapsed()));
        }
    }
}

impl Telling {
    fn new(chapter: Arc<Chapter>) -> Telling {
        let teller = Storyteller::new(true, true, chapter.slow_poll);
        Telling { chapter, teller, next: 0 }
    }

    /// Returns whether there was anything to be told.
    fn tell_a_piece(&mut self) -> bool {
        let (first, records, before) = self.chapter.records_since(self.next, PIECE);
        let Some(earliest) = records.first() else { return false };
        if first > self.next {
            self.teller.leave_out(earliest.t, before);
        }
        let mut text = Text::new();
        for record in &records {
            text.add(record, &mut self.teller);
        }
        let length = records.len() as u64;
        let places = text.places().to_vec();
        // In one line, as it is to be sent. A line's end within a string is an escape.
        let text = text.finish("null", "", &self.teller.summary).replace('\n', "");
        self.next = first + length;
        self.chapter.add(Piece { first, length, text, places });
        true
    }
}
