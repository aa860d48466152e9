//! The story: what happens, told in the terminal while it happens, a line for each poll, wake and sleep.
//!
//! ```text
//!   0.02  ▶ 0 main       #1  creates 1 "sina", 2 "example"                      wget.rs:22
//!   0.03  ⏸ 0 main           waits for task 1                                   wget.rs:27
//! ```
//!
//! Whatever happens in a poll goes into one line, which is printed when the poll is over.

use std::{
    collections::{HashMap, VecDeque},
    io::{self, Write},
    path::Path,
    time::Duration,
};

use super::{Observer, readable, record::*, style::Style};

/// How many lines are printed before the story falls silent, and how many of the last it ends with.
const LINES: usize = 400;
const LAST_LINES: usize = 20;

/// Where the line of the program stands in a line of the story, and how long a task's name may be.
const PLACE_COLUMN: usize = 80;
const NAME: usize = 18;

/// Prints the story of a loop.
pub(super) struct Story {
    out: Box<dyn Write>,
    style: Style,
    all: bool,
    time: bool,
    lines: usize,
    silent: VecDeque<String>,
    tasks: HashMap<TaskId, Character>,
    addresses: HashMap<u64, String>,
    poll: Option<Scene>,
    summary: Summary,
    parked_at: u64,
}

/// A task, as the story knows it.
struct Character {
    name: String,
    polls: u32,
    busy: u64,
}

/// A poll, while it lasts.
struct Scene {
    begin: u64,
    task: TaskId,
    poll: u32,
    created: Vec<TaskId>,
    doings: Vec<String>,
    place: Option<Place>,
}

#[derive(Default)]
struct Summary {
    begin: u64,
    polls: u64,
    turn_polls: u32,
    asleep: u64,
}

impl Story {
    pub(super) fn on_stderr(all: bool, time: bool) -> Story {
        Story::new(Box::new(io::stderr()), Style::of_stderr(), all, time)
    }

    fn new(out: Box<dyn Write>, style: Style, all: bool, time: bool) -> Story {
        Story {
            out,
            style,
            all,
            time,
            lines: 0,
            silent: VecDeque::new(),
            tasks: HashMap::new(),
            addresses: HashMap::new(),
            poll: None,
            summary: Summary::default(),
            parked_at: 0,
        }
    }

    /// Prints a line, or keeps it for the end once there have been enough. Somebody may have closed the
    /// terminal; the program goes on.
    fn line(&mut self, t: u64, text: &str) {
        let time = self.timed(|| format!("{:>8.2} ", t as f64 / 1e6));
        let line = format!("{time}{text}");
        let line = self.style.plain(line.trim_end());
        if self.all || self.lines < LINES {
            self.lines += 1;
            let _ = writeln!(self.out, "{}", self.style.coloured(&line));
            return;
        }
        if self.silent.is_empty() {
            let note = "         … (GLASSLOOP=story,all tells the rest; here only its end is still to come)";
            let _ = writeln!(self.out, "{}", self.style.plain(note));
        }
        self.silent.push_back(line);
        if self.silent.len() > LAST_LINES {
            self.silent.pop_front();
        }
    }

    /// What is only said where times are.
    fn timed(&self, text: impl FnOnce() -> String) -> String {
        if self.time { text() } else { String::new() }
    }

    fn end(&mut self) {
        for line in std::mem::take(&mut self.silent) {
            let _ = writeln!(self.out, "{}", self.style.coloured(&line));
        }
    }

    /// `1 sina`; a long name loses its end.
    fn called(&self, task: TaskId) -> String {
        let name = self.tasks.get(&task).map_or("", |character| &character.name);
        match name.char_indices().nth(NAME) {
            Some((end, _)) => format!("{task} {}…", &name[..end]),
            None => format!("{task} {name}"),
        }
    }

    /// `1 "sina"`
    fn quoted(&self, task: TaskId) -> String {
        self.called(task).replacen(' ', " \"", 1) + "\""
    }

    /// `▶ 1 sina       #2  text                wget.rs:22`
    fn task_line(&mut self, t: u64, glyph: &str, task: TaskId, rest: String, place: Option<Place>) {
        let who = self.called(task);
        let mut line = format!(" {glyph} {who:<width$} {rest}", width = NAME + 3);
        if let Some(place) = place {
            let file = Path::new(place.file()).file_name().unwrap_or_default().to_string_lossy();
            let pad = PLACE_COLUMN.saturating_sub(line.chars().count());
            line = format!("{line}{:pad$}  {file}:{}", "", place.line());
        }
        self.line(t, &line);
    }

    /// Something happened in the course of a poll, or by itself.
    fn doing(&mut self, t: u64, text: String) {
        match &mut self.poll {
            Some(scene) => scene.doings.push(text),
            None => self.line(t, &format!("   {text}")),
        }
    }

    fn tried(&mut self, socket: u64, operation: Operation, outcome: Attempt) -> String {
        let peer = self.addresses.get(&socket).map_or("", String::as_str);
        match (operation, outcome) {
            (Operation::Connect, Attempt::WouldBlock) => format!("connect {peer} → in progress"),
            (Operation::Connect, Attempt::Done { .. }) => "connected".to_string(),
            (Operation::Read, Attempt::Done { bytes: Some(0) }) => "read the end".to_string(),
            (Operation::Read, Attempt::Done { bytes: Some(n) }) => format!("read {n} B"),
            (Operation::Write, Attempt::Done { bytes: Some(n) }) => format!("wrote {n} B"),
            (Operation::Accept, Attempt::Done { .. }) => "accepted a connection".to_string(),
            (operation, outcome) => format!("{operation} → {outcome}"),
        }
    }

    fn poll_ended(&mut self, t: u64, task: TaskId, outcome: Outcome, waits: Option<Wait>) {
        let Some(scene) = self.poll.take() else {
            return;
        };
        let created: Vec<_> = scene.created.iter().map(|&task| self.quoted(task)).collect();
        let mut doings = scene.doings;
        if !created.is_empty() {
            doings.insert(0, format!("creates {}", created.join(", ")));
        }
        let doings = if doings.is_empty() { "runs".to_string() } else { doings.join("; ") };
        let rest = format!("#{:<3} {doings}", scene.poll);
        self.task_line(scene.begin, "▶", scene.task, rest, scene.place);

        let character = self.tasks.entry(task).or_insert_with(|| Character::called(String::new()));
        character.polls = scene.poll;
        character.busy += t - scene.begin;
        let (polls, busy) = (character.polls, Duration::from_nanos(character.busy));
        let busy = self.timed(|| format!(", {} busy", short(busy)));
        let after = format!("     {} after {}{busy}", outcome_word(outcome), count(polls, "poll"));
        match (outcome, waits) {
            (Outcome::Pending, Some(wait)) => {
                let rest = match wait.what {
                    WaitFor::Sleep { length, .. } => format!("     sleeps for {length:?}"),
                    WaitFor::Turn => "     lets the others go first".to_string(),
                    what => format!("     waits for {what}"),
                };
                self.task_line(t, "⏸", task, rest, Some(wait.place));
            }
            (Outcome::Pending, None) => self.task_line(t, "⏸", task, "     waits".into(), None),
            (Outcome::Ready, _) => self.task_line(t, "✓", task, after, None),
            (Outcome::Panicked | Outcome::Cancelled, _) => {
                self.task_line(t, "✕", task, after, None);
            }
        }
    }

    fn woken(&mut self, t: u64, task: TaskId, by: Cause, outcome: WakeOutcome) {
        if outcome != WakeOutcome::Queued && !self.all {
            return;
        }
        let note = match outcome {
            WakeOutcome::Queued => "",
            WakeOutcome::AlreadyQueued => " (is queued already)",
        };
        let because = match by {
            Cause::Task(by) if by == task && self.poll.is_some() => "itself".to_string(),
            Cause::Task(_) if self.poll.is_some() => self.quoted(task),
            Cause::Task(by) => format!("task {by} is done"),
            Cause::Socket { socket, direction } => format!("socket {socket} is {direction}"),
            Cause::Timer(timer) => format!("timer {timer} went off"),
            Cause::Job { job, thread } => format!("job {job} is done, on thread {thread}"),
            Cause::Outside => "something outside of the loop wants it".to_string(),
        };
        match &mut self.poll {
            Some(scene) => {
                scene.doings.push(format!("wakes {because}{note}").trim_end().to_string())
            }
            None => self.task_line(t, "⚡", task, format!("     because {because}{note}"), None),
        }
    }

    fn created(&mut self, t: u64, task: TaskId, coroutine: &str, place: Place) {
        let name = readable(coroutine, 1).trim_end_matches("()").to_string();
        self.tasks.insert(task, Character::called(name));
        match &mut self.poll {
            Some(scene) => {
                scene.place.get_or_insert(place);
                scene.created.push(task);
            }
            None => self.task_line(t, "+", task, "     is created".into(), Some(place)),
        }
    }
}

impl Character {
    fn called(name: String) -> Character {
        Character { name, polls: 0, busy: 0 }
    }
}

fn count(number: impl Into<u64>, what: &str) -> String {
    match number.into() {
        1 => format!("1 {what}"),
        several => format!("{several} {what}s"),
    }
}

fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pending => "pending",
        Outcome::Ready => "ready",
        Outcome::Panicked => "panicked",
        Outcome::Cancelled => "cancelled",
    }
}

/// Three digits of a duration, to be read at a glance.
fn short(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos() as f64;
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    let (unit, name) =
        units.into_iter().find(|(unit, _)| nanoseconds >= *unit).unwrap_or((1.0, "ns"));
    match nanoseconds / unit {
        number if number >= 100.0 || unit == 1.0 => format!("{number:.0} {name}"),
        number => format!("{number:.1} {name}"),
    }
}

impl Observer for Story {
    fn record(&mut self, record: &Record) {
        self.about_the_loop(record);
        self.about_tasks(record);
        self.about_sockets_and_jobs(record);
    }
}

impl Story {
    fn about_the_loop(&mut self, Record { t, turn, what }: &Record) {
        let t = *t;
        match what {
            What::LoopStarted { main } => {
                self.summary = Summary { begin: t, ..Summary::default() };
                self.tasks.insert(*main, Character::called("main".to_string()));
                self.line(t, &format!("loop starts: one thread, task {main} \"main\""));
            }
            What::LoopEnded { .. } => {
                let Summary { begin, polls, asleep, .. } = self.summary;
                let share = 100.0 * asleep as f64 / (t - begin).max(1) as f64;
                let asleep = self.timed(|| format!(" · asleep {share:.1} %"));
                self.end();
                self.lines = 0;
                self.line(
                    t,
                    &format!(
                        "loop ends: {} · {}{asleep}",
                        count(*turn, "turn"),
                        count(polls, "poll")
                    ),
                );
            }
            What::TurnEnded { polls } => self.summary.turn_polls = *polls,
            What::Parked { deadline } => {
                self.parked_at = t;
                let until = match deadline {
                    Some(deadline) if self.time => {
                        format!("for {}", short(Duration::from_nanos(deadline.saturating_sub(t))))
                    }
                    Some(_) => "until the next timer".to_string(),
                    None => "until something happens".to_string(),
                };
                let polls = self.summary.turn_polls;
                let line =
                    format!("── turn {turn}: polled {polls}, nothing ready → sleeps {until}");
                self.line(t, &line);
            }
            What::Unparked { by } => {
                let slept = t - self.parked_at;
                self.summary.asleep += slept;
                let after = self.timed(|| format!(" after {}", short(Duration::from_nanos(slept))));
                self.line(t, &format!("── woken{after} by {by}"));
            }
            What::Panicked { code } => self.doing(t, format!("{code} panicked")),
            _ => {}
        }
    }

    fn about_tasks(&mut self, Record { t, what, .. }: &Record) {
        let t = *t;
        match what {
            What::TaskCreated { task, coroutine, place, .. } => {
                self.created(t, *task, coroutine, place);
            }
            What::TaskNamed { task, name } => {
                let name = name.escape_debug().to_string();
                match self.tasks.get_mut(task) {
                    Some(character) => character.name = name,
                    None => drop(self.tasks.insert(*task, Character::called(name))),
                }
            }
            What::PollStarted { task, poll } => {
                self.summary.polls += 1;
                let (task, poll) = (*task, *poll);
                let (created, doings) = (Vec::new(), Vec::new());
                self.poll = Some(Scene { begin: t, task, poll, created, doings, place: None });
            }
            What::PollEnded { task, outcome, waits } => self.poll_ended(t, *task, *outcome, *waits),
            What::Woken { task, by, outcome } => self.woken(t, *task, *by, *outcome),
            What::Cancelled { task, .. } => {
                let text = format!("cancels {}", self.quoted(*task));
                self.doing(t, text);
            }
            What::Dropped { task } => {
                let why = "     is dropped: the loop closes".to_string();
                self.task_line(t, "✕", *task, why, None);
            }
            What::CallbacksRun { task, callbacks } => {
                let text = format!("     its callbacks have run: {callbacks}");
                self.task_line(t, "✓", *task, text, None);
            }
            What::NeverRetrieved { task, .. } => {
                self.doing(t, format!("the failure of task {task} was never looked at"));
            }
            _ => {}
        }
    }

    fn about_sockets_and_jobs(&mut self, Record { t, what, .. }: &Record) {
        let text = match what {
            What::Registered { socket, address } => {
                let address = address.map(|address| address.to_string()).unwrap_or_default();
                self.addresses.insert(*socket, address);
                return;
            }
            What::Tried { socket, operation, outcome } => self.tried(*socket, *operation, *outcome),
            What::Armed { socket, direction } => format!("wants socket {socket} {direction}"),
            What::Deregistered { socket } => {
                self.addresses.remove(socket);
                format!("closes socket {socket}")
            }
            What::Unsent { socket, bytes } => format!("socket {socket} ends with {bytes} B unsent"),
            What::JobQueued { job } => format!("hands job {job} to a thread"),
            _ => return,
        };
        self.doing(*t, text);
    }
}
