//! What is said on stderr beside the story: what the lints find, and the tree.

use std::{
    cell::RefCell,
    io::{self, IsTerminal, Write},
    rc::Rc,
    time::Duration,
};

use super::{lint::Lints, state::LoopState, style::Style};
use crate::trace::{Observer, record::*};

/// Says on stderr what the lints find.
pub(crate) struct Warnings {
    lints: Lints,
    state: Rc<RefCell<LoopState>>,
}

impl Warnings {
    pub(crate) fn new(state: Rc<RefCell<LoopState>>, slow_poll: Duration) -> Warnings {
        Warnings { lints: Lints::new(slow_poll), state }
    }
}

impl Observer for Warnings {
    fn record(&mut self, record: &Record) {
        for finding in self.lints.look(record, &self.state.borrow()) {
            // A deadlock ends the run with a panic, whose message says more.
            if finding.lint != "deadlock" {
                print(&format!("glassloop: {finding}\n"));
            }
        }
    }
}

/// Prints text on stderr, in the characters that it can show.
pub(crate) fn print(text: &str) {
    // At once, not piece by piece as `write!` does it: other threads print too. Somebody may have closed stderr;
    // the program goes on.
    let _ = io::stderr().write_all(Style::of_stderr().plain(text).as_bytes());
}

/// How often the tree is drawn at the most.
const REDRAW: Duration = Duration::from_millis(100);

const REDRAW_NS: u64 = REDRAW.as_nanos() as u64;

/// Draws the tree on stderr while the loop runs, each time that it is another one.
pub(crate) struct Tree {
    state: Rc<RefCell<LoopState>>,
    /// The terminal belongs to the tree alone, so that each drawing can take the place of the one before.
    in_place: bool,
    drawn_lines: usize,
    drawn_at: Option<u64>,
    /// What was drawn last, without the times.
    drawn: String,
}

impl Tree {
    pub(crate) fn on_stderr(state: Rc<RefCell<LoopState>>) -> Tree {
        // Where the program itself prints to the same terminal, a drawing in place would wipe that out.
        let in_place = Style::of_stderr().escapes && !io::stdout().is_terminal();
        Tree { state, in_place, drawn_lines: 0, drawn_at: None, drawn: String::new() }
    }

    fn draw(&mut self, t: u64) {
        let (tree, without_times) = {
            let state = self.state.borrow();
            (state.tree(), state.drawn(false))
        };
        // In its place a drawing may be renewed as the times go on. Elsewhere it is told once.
        if tree.is_empty() || (!self.in_place && without_times == self.drawn) {
            return;
        }
        self.drawn = without_times;
        let text = format!("── {:.2} ms\n{tree}", t as f64 / 1e6);
        let up = match self.drawn_lines {
            lines if self.in_place && lines > 0 => format!("\x1b[{lines}A\x1b[J"),
            _ => String::new(),
        };
        print(&format!("{up}{text}"));
        (self.drawn_lines, self.drawn_at) = (text.lines().count(), Some(t));
    }
}

impl Observer for Tree {
    fn record(&mut self, record: &Record) {
        let since = self.drawn_at.map(|at| Duration::from_nanos(record.t.saturating_sub(at)));
        let is_due = since.is_none_or(|since| since >= REDRAW);
        match record.what {
            What::TurnEnded { .. } if is_due => self.draw(record.t),
            // A long sleep: there is time to draw, and to look.
            What::Parked { deadline }
                if deadline.is_none_or(|it| it.saturating_sub(record.t) > REDRAW_NS) =>
            {
                self.draw(record.t);
            }
            _ => {}
        }
    }
}
