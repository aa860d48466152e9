//! The stepper: stops before each event and asks what to do.
//!
//! ```text
//!       0.13 ms  turn 1    main sets timer 0, for 1.0 s
//! (step) why
//!   poll #1 of task 0
//!   task 0 is the main future, run at hello.rs:24
//! ```
//!
//! A record is made when a thing has happened; what the loop does next has not happened yet. While the loop is stopped,
//! its clock stands still. Otherwise every timer would be due after the first stop.
//!
//! A command is a line of stdin, as in gdb. That works in every terminal and through a pipe, and the terminal keeps its
//! echo. The program may read from stdin, too; each takes the lines that it asks for.

mod command;

use std::{
    cell::RefCell,
    collections::VecDeque,
    io::{self, BufRead, Read, Write},
    process,
    rc::Rc,
};

use self::command::{Command, HELP, NO_SUCH_COMMAND, StopAt, command};
use super::{
    fit::{columns, fit, width},
    state::LoopState,
    stderr::Stderr,
    style::Style,
    why,
};
use crate::trace::{Clock, Observer, record::*, short_place};

/// How many of the last records are kept, for `why`.
const KEPT: usize = 10_000;

/// As long as a line may be, in bytes; what is longer counts as several.
const LINE: u64 = 1000;

/// What the shell says of a program that was ended by Ctrl-C; to quit is no success.
const INTERRUPTED: i32 = 130;

/// As wide as most events are in words; then comes the line of the program.
const WORDS: usize = 54;

/// Steps through the run of a loop.
pub(crate) struct Step {
    state: Rc<RefCell<LoopState>>,
    clock: Rc<Clock>,
    /// The next line; `None`: there is none any more.
    input: Box<dyn FnMut() -> Option<String>>,
    output: Box<dyn Write>,
    style: Style,
    records: VecDeque<Record>,
    /// How far the program runs.
    goal: StopAt,
    /// The turn of the last stop.
    turn: u64,
}

impl Step {
    pub(crate) fn on_the_terminal(state: Rc<RefCell<LoopState>>, clock: Rc<Clock>) -> Step {
        Step::new(state, clock, Box::new(line_of_stdin), Box::new(Stderr))
    }

    fn new(
        state: Rc<RefCell<LoopState>>,
        clock: Rc<Clock>,
        input: Box<dyn FnMut() -> Option<String>>,
        output: Box<dyn Write>,
    ) -> Step {
        let (style, goal) = (Style::of_stderr(), StopAt::Event);
        Step { state, clock, input, output, style, records: VecDeque::new(), goal, turn: 0 }
    }

    fn is_reached(&self, record: &Record) -> bool {
        match (&self.goal, &record.what) {
            (StopAt::Nothing, _) => false,
            // A goal that was not met by now will not be met: here is the last chance to look.
            (_, What::LoopEnded { .. } | What::Deadlocked { .. }) | (StopAt::Event, _) => true,
            (StopAt::Turn, _) => record.turn != self.turn,
            (StopAt::Poll, What::PollStarted { .. }) => true,
            (StopAt::PollOf(name), What::PollStarted { task, .. }) => self.is_called(*task, name),
            _ => false,
        }
    }

    fn is_called(&self, task: TaskId, name: &str) -> bool {
        let state = self.state.borrow();
        task.to_string() == name || state.task(task).is_some_and(|task| task.name == name)
    }

    /// Shows the event, and does what is asked for until that is to go on.
    fn stop(&mut self, record: &Record) {
        self.turn = record.turn;
        if self.records.len() == 1 {
            self.write("glassloop stops before each event; help: what you can do then\n");
        }
        self.write(&self.event(record));
        loop {
            self.write("(step) ");
            let Some(line) = (self.input)() else {
                self.goal = StopAt::Nothing;
                return self.write("\nend of the input: the loop goes on without a stop\n");
            };
            match command(&line) {
                Some(Command::RunAgain) => return,
                Some(Command::Run(goal)) => return self.goal = goal,
                Some(Command::Why) => self.explain(),
                Some(Command::Tree) => {
                    let tree = self.state.borrow().tree();
                    self.write(&tree);
                }
                Some(Command::Help) => self.write(HELP),
                Some(Command::Quit) => self.quit(),
                None => self.write(NO_SUCH_COMMAND),
            }
        }
    }

    /// The event in a line: when, what and where.
    fn event(&self, Record { t, turn, what, .. }: &Record) -> String {
        let state = self.state.borrow();
        let place = self.place(what).map(short_place).unwrap_or_default();
        let time = *t as f64 / 1e6;
        let begin = format!("{time:>10.2} ms  turn {turn:<4} ");
        let behind = if place.is_empty() { 0 } else { 2 + width(&place) };
        let room = columns().saturating_sub(width(&begin) + behind);
        let words = fit(&self.style.plain(&state.in_words(what)), room, self.style.dots());
        let pad = WORDS.min(room).saturating_sub(width(&words));
        format!("{}\n", format!("{begin}{words}{:pad$}  {place}", "").trim_end())
    }

    /// The line of the program that an event is about.
    fn place(&self, what: &What) -> Option<Place> {
        match what {
            What::LoopStarted { place, .. }
            | What::TaskCreated { place, .. }
            | What::NeverRetrieved { place, .. } => Some(place),
            What::PollEnded { waits, .. } => waits.map(|wait| wait.place),
            What::PollStarted { task, .. } => self.goes_on_at(*task),
            _ => None,
        }
    }

    /// Where a task goes on: where it waited. In its first poll, the line that made it.
    fn goes_on_at(&self, task: TaskId) -> Option<Place> {
        let waited = self.records.iter().rev().find_map(|record| match &record.what {
            What::PollEnded { task: it, waits, .. } if *it == task => Some(*waits),
            _ => None,
        });
        match waited {
            Some(waits) => waits.map(|wait| wait.place),
            None => self.state.borrow().task(task).filter(|it| it.polls <= 1).map(|it| it.made_at),
        }
    }

    fn explain(&mut self) {
        let last = self.records.len().saturating_sub(1);
        for sentence in why(self.records.make_contiguous(), last) {
            self.write(&format!("  {sentence}\n"));
        }
    }

    /// Ends the program, though a library should not. But it is the program's user who says so, and a panic
    /// would not do it: the loop catches an observer's, and goes on. As with Ctrl-C, no destructor runs.
    fn quit(&mut self) -> ! {
        self.write("quit: the program ends here\n");
        process::exit(INTERRUPTED)
    }

    /// Somebody may have closed the terminal; the program goes on.
    fn write(&mut self, text: &str) {
        let _ = self.output.write_all(self.style.plain(text).as_bytes());
    }
}

impl Observer for Step {
    fn record(&mut self, record: &Record) {
        if self.goal == StopAt::Nothing {
            return;
        }
        if self.records.len() == KEPT {
            self.records.pop_front();
        }
        self.records.push_back(record.clone());
        if self.is_reached(record) {
            let clock = self.clock.clone();
            clock.stopped(|| self.stop(record));
        }
    }
}

/// A line of stdin. It is not locked in between, since the program may want to read from it.
fn line_of_stdin() -> Option<String> {
    let mut line = Vec::new();
    match io::stdin().lock().take(LINE).read_until(b'\n', &mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(String::from_utf8_lossy(&line).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::{EventLoop, create_task, sleep};

    #[derive(Clone, Default)]
    struct Screen(Rc<RefCell<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is on the screen when two sleepers were stepped through with these lines.
    fn stepped(lines: &[&str]) -> String {
        let (state, screen) = (Rc::<RefCell<LoopState>>::default(), Screen::default());
        let mut lines = lines.iter().map(|line| line.to_string()).collect::<Vec<_>>().into_iter();
        let input = Box::new(move || lines.next());
        let clock = Rc::new(Clock::virtual_time());
        let step = Step::new(state.clone(), clock, input, Box::new(screen.clone()));
        let event_loop = EventLoop::builder()
            .unwatched()
            .virtual_time()
            .observer(move |record: &Record| state.borrow_mut().record(record))
            .observer(step)
            .build()
            .expect("a loop can be made");
        let _slept = event_loop.run_until_complete(async {
            let [first, second] = [1, 2].map(|s| create_task(sleep(Duration::from_secs(s))));
            second.set_name("second");
            (first.await, second.await)
        });
        String::from_utf8(screen.0.take()).expect("it is text")
    }

    const START: &str = "the loop starts; main is task 0";
    const CREATES: &str = "main creates task 1 \"Sleep\"";
    const SECOND: &str = "poll #1 of task 2 \"second\"";

    /// At which events it stopped.
    fn stops(lines: &[&str]) -> Vec<String> {
        let screen = stepped(lines);
        let events =
            screen.lines().filter_map(|line| line.split_once(" turn ")?.1.split_once("  "));
        events.map(|(_, event)| event.trim().split("  ").next().unwrap_or("").to_string()).collect()
    }

    #[test]
    fn next_stops_at_each_event_and_an_empty_line_does_the_same_again() {
        let each = [START, "poll #1 of main", CREATES, "main creates task 2 \"Sleep\""];
        assert_eq!(stops(&["", "next", "n"]), each);
        assert_eq!(
            stops(&["p", "w", "", ""]),
            [each[0], each[1], "poll #1 of task 1 \"Sleep\"", SECOND]
        );
    }

    #[test]
    fn it_runs_to_the_next_turn_or_poll_or_the_poll_of_a_task() {
        let [first, again] = [1, 2].map(|poll| format!("poll #{poll} of task 1 \"Sleep\""));
        assert_eq!(stops(&["p", "poll", "t"]), [START, "poll #1 of main", &first, &again]);
        assert_eq!(stops(&["r 2", "r 1", "c"]), [START, SECOND, &again]);
        let last = "poll #2 of task 2 \"second\"";
        assert_eq!(stops(&["run \"second\"", ""]), [START, SECOND, last]);
    }

    #[test]
    fn what_never_comes_is_waited_for_until_the_loop_ends() {
        assert_eq!(stops(&["r nobody", "c"]), [START, "the loop ends: main is done"]);
    }

    #[test]
    fn an_unknown_key_names_the_keys_and_nothing_is_lost() {
        for unknown in ["x", "n 3", "w 3", "r", "nextt", "\u{1b}[A", "ß"] {
            let lines = ["n", unknown, ""];
            assert_eq!(stops(&lines), [START, "poll #1 of main", CREATES]);
            assert!(
                stepped(&lines)
                    .contains("\n(step) no such command; there are next, turn, poll, run TASK, ")
            );
        }
    }

    #[test]
    fn it_shows_the_tree_and_why_and_the_line_at_which_a_task_goes_on() {
        let screen = stepped(&["r 2", "", "tree", "w", "h"]);
        let shown = |text: &str| assert!(screen.contains(text), "{text} is missing in {screen}");
        shown("2000.00 ms  turn 3");
        assert!(screen.lines().any(|line| line.contains(SECOND) && line.contains("  step.rs:")));
        shown("0 \"main\" waits for task 2");
        shown("timer 1 was set for 2s, in poll #1 of task 2, which waits for it at step.rs:");
        shown("\n  next           to the next event\n");
    }

    #[test]
    fn the_end_of_the_input_is_said_once_and_the_loop_goes_on() {
        let screen = stepped(&["n"]);
        assert_eq!(screen.matches("end of the input").count(), 1);
        assert!(screen.ends_with("the loop goes on without a stop\n"));
    }

    #[test]
    fn the_clock_does_not_run_while_it_is_stopped() {
        let took = Rc::<RefCell<Duration>>::default();
        let clock = Rc::new(Clock::real());
        let thinking = took.clone();
        let input = move || {
            let begin = Instant::now();
            while begin.elapsed() < Duration::from_millis(1) {}
            thinking.replace(begin.elapsed());
            Some("c".to_string())
        };
        let mut step =
            Step::new(Rc::default(), clock.clone(), Box::new(input), Box::new(io::sink()));
        let begin_of_time = || match &*clock {
            Clock::Real { start, .. } => start.get(),
            Clock::Virtual(_) => unreachable!(),
        };
        let record = Record::new(0, 0, What::TurnEnded { polls: 0 });
        let before = begin_of_time();
        step.record(&record);
        let after = begin_of_time();
        assert!(after - before >= *took.borrow());
        step.record(&record);
        assert_eq!(begin_of_time(), after, "it did not stop again");
    }
}
