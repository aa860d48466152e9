//! The story in the terminal: told while it happens, in columns that `grep` can use.
//!
//! ```text
//!   0.02  ▶ 0 main                  #1   creates 1 "sina", 2 "example"          wget.rs:22
//!   0.03  ⏸ 0 main                       waits for task 1                       wget.rs:27
//! ```

use std::{collections::VecDeque, io::Write, time::Duration};

use super::{
    fit::{columns, fit, shortened, width},
    state::NAME,
    stderr::Stderr,
    story::{LOOP, POLLED, SLEEP, Sentence, Storyteller},
    style::Style,
};
use crate::trace::{Observer, Record, What, short_place};

/// How many lines are printed before the story falls silent, and how many of the last it ends with.
const LINES: usize = 400;
const LAST_LINES: usize = 20;

/// Where the line of the program stands in a line of the story. In a narrow terminal it stands at the end of the line.
const PLACE_COLUMN: usize = 80;

/// Where there is less room than this for what happened, the line of the program is left out.
const LEAST_TEXT: usize = 20;

/// Prints the story of a loop.
pub(crate) struct Story<W> {
    pub(super) out: W,
    style: Style,
    teller: Storyteller,
    all: bool,
    time: bool,
    /// How many columns a line may take; without a terminal, as many as it needs.
    columns: Option<usize>,
    lines: usize,
    silent: VecDeque<String>,
}

impl Story<Stderr> {
    pub(crate) fn on_stderr(all: bool, time: bool, slow_poll: Duration) -> Story<Stderr> {
        let story = Story::new(Stderr, Style::of_stderr(), all, time, slow_poll);
        Story { columns: Some(columns()), ..story }
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
        let (columns, silent) = (None, VecDeque::new());
        Story { out, style, teller, all, time, columns, lines: 0, silent }
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
        let line = self.style.coloured(&self.style.plain(line)) + "\n";
        let _ = self.out.write_all(line.as_bytes());
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
        let begin = match task {
            Some(task) => {
                let called = self.style.plain(&self.teller.called(*task));
                let who = shortened(&called, NAME + 3, self.style.dots());
                let pad = NAME + 3 - width(&who);
                // The number of the poll stands in a column of its own.
                let indent = if *glyph == POLLED { "" } else { "     " };
                format!(" {glyph} {who}{:pad$} {indent}", "")
            }
            None => match *glyph {
                LOOP => String::new(),
                SLEEP => format!("{SLEEP} "),
                glyph => format!(" {glyph} "),
            },
        };
        let place = place.map(short_place).unwrap_or_default();
        let (time, begin) = (self.style.plain(&time), self.style.plain(&begin));
        self.laid_out(time, begin, &self.style.plain(text), &place)
    }

    /// What is to be said, between what stands before it and the line of the program.
    fn laid_out(&self, time: String, begin: String, text: &str, place: &str) -> String {
        let before = width(&time) + width(&begin);
        let behind = if place.is_empty() { 0 } else { 2 + width(place) };
        let columns = self.columns.unwrap_or(usize::MAX);
        let room = columns.saturating_sub(before + behind);
        if behind > 0 && room < LEAST_TEXT {
            return self.laid_out(time, begin, text, "");
        }
        let rest = format!("{begin}{}", fit(text, room, self.style.dots()));
        if place.is_empty() {
            return format!("{time}{rest}");
        }
        let column = PLACE_COLUMN.min(columns - behind - width(&time));
        let pad = column.saturating_sub(width(&rest));
        format!("{time}{rest}{:pad$}  {place}", "")
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

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use super::*;
    use crate::{
        EventLoop, create_task, sleep,
        sync::Event,
        trace::record::{TaskId, Unparker},
    };

    fn told(records: &[Record], style: Style, columns: usize) -> String {
        let story = Story::new(Vec::new(), style, true, true, Duration::from_secs(1));
        let mut story = Story { columns: Some(columns), ..story };
        records.iter().for_each(|record| story.record(record));
        String::from_utf8(story.out).expect("it is text")
    }

    /// Tasks with such names wait for one event, and are waited for; the loop has a name.
    fn run(names: &[&str]) -> Vec<Record> {
        let records = Rc::new(RefCell::new(Vec::new()));
        let list = records.clone();
        let observer = move |record: &Record| list.borrow_mut().push(record.clone());
        let builder = EventLoop::builder().unwatched().virtual_time().name("a\nloop");
        builder.observer(observer).build().expect("a loop can be made").run(async {
            let event = Event::new();
            let mut tasks = Vec::new();
            for name in names {
                let event = event.clone();
                let task = create_task(async move { event.wait().await });
                task.set_name(name);
                tasks.push(task);
            }
            sleep(Duration::from_millis(1)).await;
            event.set();
            for task in tasks {
                let _ = task.await;
            }
        });
        records.take()
    }

    #[test]
    fn each_line_fits_in_any_locale_whatever_the_names_are() {
        let names =
            ["www.example-of-a-long-name.test", "画画画画画画画画画画画画", "\u{202e}\n\"; a, b"];
        let records = run(&names.repeat(2)[..5]);
        for columns in [60, 80, 100, 200] {
            for ascii in [false, true] {
                let told = told(&records, Style { ascii, ..Style::PLAIN }, columns);
                let longest = told.lines().map(width).max();
                assert!(longest <= Some(columns), "{columns}: {told}");
                assert!(columns < 100 || told.contains("creates 1 \"www."), "{told}");
            }
        }
    }

    #[test]
    fn of_many_things_of_a_kind_the_number_is_told() {
        let [told, few] =
            [500, 5].map(|tasks| told(&run(&vec!["request"; tasks]), Style::PLAIN, 120));
        assert!(told.contains("#1   creates 1 \"request\", 2 \"request\" and 498 more"), "{told}");
        assert!(told.contains(" #2   wakes 500 tasks\n"), "{told}");
        assert!(few.contains("; wakes 4 \"request\"; wakes 5 \"request\"\n"), "{few}");
    }

    #[test]
    fn the_first_line_names_the_loop() {
        let told = told(&run(&[]), Style::PLAIN, 100);
        assert!(
            told.starts_with("    0.00 loop \"a\\nloop\" starts: one thread, task 0 \"main\" ")
        );
    }

    #[test]
    fn a_turn_that_polled_nothing_says_why_and_a_sleep_how_long_it_may_be() {
        let place = std::panic::Location::caller();
        let what = [
            What::LoopStarted { main: TaskId(0), place, name: None },
            What::Unparked { by: Unparker::Sockets(3) },
            What::TurnEnded { polls: 0 },
            What::Parked { deadline: Some(10_000_000_000) },
            What::Unparked { by: Unparker::Nothing },
            What::Parked { deadline: None },
            What::TurnEnded { polls: 4 },
            What::Parked { deadline: None },
        ];
        let told = told(&what.map(|what| Record::new(0, 1, what)), Style::PLAIN, 100);
        let sleeps: Vec<_> = told.lines().filter_map(|line| line.split_once("turn 1: ")).collect();
        let sleeps: Vec<_> = sleeps.iter().map(|(_, sleep)| *sleep).collect();
        assert_eq!(
            sleeps,
            [
                "polled 0, as no task waited for that → sleeps at most 10.0 s, for a timer",
                "polled 0, as that woke no task → sleeps until something happens",
                "polled 4, nothing ready → sleeps until something happens",
            ]
        );
    }
}
