//! What is said on stderr beside the story: what the lints find, and the tree.

use std::{
    cell::RefCell,
    io::{self, IsTerminal, Write},
    rc::Rc,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use super::{
    fit::{columns, fit},
    lint::Lints,
    state::LoopState,
    style::Style,
};
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

/// How often this library has printed on stderr. Who draws in place sees by it whether the last drawing still stands
/// at the end. It changes while stderr is locked.
static PRINTS: AtomicU64 = AtomicU64::new(0);

/// The stderr of this library: all that it prints there is counted.
pub(crate) struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut stderr = io::stderr().lock();
        PRINTS.fetch_add(1, Relaxed);
        stderr.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Prints text on stderr, in the characters that it can show.
pub(crate) fn print(text: &str) {
    // At once, not piece by piece as `write!` does it: other threads print too. Somebody may have closed stderr;
    // the program goes on.
    let _ = Stderr.write_all(Style::of_stderr().plain(text).as_bytes());
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
    /// Which print the last drawing was.
    drawn_as: u64,
    drawn_at: Option<u64>,
    /// What was drawn last, without the times.
    drawn: String,
}

impl Tree {
    pub(crate) fn on_stderr(state: Rc<RefCell<LoopState>>) -> Tree {
        // Where the program itself prints to the same terminal, a drawing in place would wipe that out.
        let in_place = Style::of_stderr().escapes && !io::stdout().is_terminal();
        let (drawn_lines, drawn_as, drawn_at, drawn) = Default::default();
        Tree { state, in_place, drawn_lines, drawn_as, drawn_at, drawn }
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
        self.drawn_at = Some(t);
        if self.in_place { self.draw_in_place(&text) } else { print(&text) }
    }

    /// Over the last drawing, unless something was printed behind it.
    fn draw_in_place(&mut self, text: &str) {
        let style = Style::of_stderr();
        // A line that is as wide as the terminal, or less wide, is one row of it.
        let cut = |line| fit(&style.plain(line), columns(), style.dots()) + "\n";
        let lines: Vec<String> = text.lines().map(cut).collect();
        let mut stderr = io::stderr().lock();
        let number = PRINTS.fetch_add(1, Relaxed) + 1;
        let up = match self.drawn_lines {
            rows if rows > 0 && self.drawn_as + 1 == number => format!("\x1b[{rows}A\x1b[J"),
            _ => String::new(),
        };
        (self.drawn_lines, self.drawn_as) = (lines.len(), number);
        let _ = stderr.write_all((up + &lines.concat()).as_bytes());
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
