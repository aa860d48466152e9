//! The story in the terminal: told while it happens, in columns that `grep` can use.
//!
//! ```text
//!   0.02  ▶ 0 main                  #1   creates 1 "sina", 2 "example"          wget.rs:22
//!   0.03  ⏸ 0 main                       waits for task 1                       wget.rs:27
//! ```

use std::{
    collections::VecDeque,
    io::{self, Write},
    time::Duration,
};

use super::{
    state::NAME,
    story::{LOOP, POLLED, SLEEP, Sentence, Storyteller},
    style::Style,
};
use crate::trace::{Observer, Record, What, short_place};

/// How many lines are printed before the story falls silent, and how many of the last it ends with.
const LINES: usize = 400;
const LAST_LINES: usize = 20;

/// Where the line of the program stands in a line of the story.
const PLACE_COLUMN: usize = 80;

/// Prints the story of a loop.
pub(crate) struct Story<W> {
    pub(super) out: W,
    style: Style,
    teller: Storyteller,
    all: bool,
    time: bool,
    lines: usize,
    silent: VecDeque<String>,
}

impl Story<io::Stderr> {
    pub(crate) fn on_stderr(all: bool, time: bool, slow_poll: Duration) -> Story<io::Stderr> {
        Story::new(io::stderr(), Style::of_stderr(), all, time, slow_poll)
    }
}

impl<W: Write> Story<W> {
    pub(super) fn new(
        out: W,
        style: Style,
        all: bool,
        time: bool,
        slow_poll: Duration,
    ) -> Story<W> {
        let teller = Storyteller::new(all, time, slow_poll);
        Story { out, style, teller, all, time, lines: 0, silent: VecDeque::new() }
    }

    /// Prints a line, or keeps it for the end once there have been enough.
    fn print(&mut self, line: String) {
        if self.all || self.lines < LINES {
            self.lines += 1;
            return self.write(&line);
        }
        if self.silent.is_empty() {
            self.write("         … (GLASSLOOP=story,all tells the rest; here only its end is still to come)");
        }
        self.silent.push_back(line);
        if self.silent.len() > LAST_LINES {
            self.silent.pop_front();
        }
    }

    /// Somebody may have closed the terminal; the program goes on.
    fn write(&mut self, line: &str) {
        let line = self.style.coloured(&self.style.plain(line));
        let _ = writeln!(self.out, "{line}");
    }

    /// What was kept for the end.
    fn end(&mut self) {
        for line in std::mem::take(&mut self.silent) {
            self.write(&line);
        }
        self.lines = 0;
    }

    fn line(&self, sentence: &Sentence) -> String {
        let Sentence { t, glyph, task, text, place } = sentence;
        let time = if self.time { format!("{:>8.2} ", *t as f64 / 1e6) } else { String::new() };
        let rest = match task {
            Some(task) => {
                let who = self.teller.called(*task);
                // The number of the poll stands in a column of its own.
                let indent = if *glyph == POLLED { "" } else { "     " };
                format!(" {glyph} {who:<width$} {indent}{text}", width = NAME + 3)
            }
            None => match *glyph {
                LOOP => text.clone(),
                SLEEP => format!("{SLEEP} {text}"),
                glyph => format!(" {glyph} {text}"),
            },
        };
        let Some(place) = place else { return format!("{time}{rest}") };
        let pad = PLACE_COLUMN.saturating_sub(rest.chars().count());
        format!("{time}{rest}{:pad$}  {}", "", short_place(place))
    }
}

impl<W: Write> Observer for Story<W> {
    fn record(&mut self, record: &Record) {
        for sentence in self.teller.tell(record) {
            let line = self.line(&sentence);
            if matches!(record.what, What::LoopEnded { .. }) {
                self.end();
            }
            self.print(line);
        }
    }
}
