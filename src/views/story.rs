//! The story: a sentence for each poll, wake and sleep.
//!
//! Everything that happens during a poll goes into one sentence, which is complete when the poll is over. The
//! terminal prints these sentences, and the timeline shows them beside its picture.

use std::time::Duration;

use super::{
    lint::{Finding, Lints},
    state::LoopState,
    style::{count, short},
    summary::Summary,
};
use crate::trace::{Observer, record::*};

/// A sentence of the story.
pub(super) struct Sentence {
    /// When the thing happened, or began.
    pub(super) t: u64,
    pub(super) glyph: &'static str,
    pub(super) task: Option<TaskId>,
    pub(super) text: String,
    pub(super) place: Option<Place>,
}

/// What a sentence is marked with.
pub(super) const POLLED: &str = "▶";
pub(super) const SUSPENDED: &str = "⏸";
pub(super) const WOKEN: &str = "⚡";
pub(super) const FINISHED: &str = "✓";
pub(super) const ENDED: &str = "✕";
pub(super) const SLEEP: &str = "──";
pub(super) const MADE: &str = "+";
pub(super) const LOOP: &str = "";
pub(super) const PLAIN: &str = " ";

/// Turns records into sentences.
#[derive(Default)]
pub(super) struct Storyteller {
    state: LoopState,
    lints: Lints,
    /// Leave nothing out.
    all: bool,
    /// Say how long things took.
    times: bool,
    poll: Option<Scene>,
    /// What all records add up to, also those that are left out.
    pub(super) summary: Summary,
    /// Of this run of the loop.
    warnings: usize,
    /// Records of this run are missing.
    has_gap: bool,
    told: Vec<Sentence>,
    /// What the lints have found in the last record.
    pub(super) findings: Vec<Finding>,
}

/// A poll, while it lasts.
struct Scene {
    begin: u64,
    task: TaskId,
    poll: u32,
    created: Vec<TaskId>,
    doings: Vec<Doing>,
    place: Option<Place>,
}

/// What a task did in a poll, and how that is told where it did so many times: `closes {} sockets`.
struct Doing {
    text: String,
    many: Option<&'static str>,
}

/// Of one kind, so many things are told one by one.
const MOST: usize = 5;

/// And so many things of a poll, from its beginning and from its end.
const MOST_OF_A_POLL: usize = 8;

impl Storyteller {
    pub(super) fn new(all: bool, times: bool, slow_poll: Duration) -> Storyteller {
        Storyteller { all, times, lints: Lints::new(slow_poll), ..Storyteller::default() }
    }

    /// The sentences that are complete with this record; mostly none or one.
    pub(super) fn tell(&mut self, record: &Record) -> Vec<Sentence> {
        self.state.record(record);
        self.findings = self.lints.look(record, &self.state);
        self.warnings += self.findings.len();
        self.about_the_loop(record);
        self.about_tasks(record);
        self.about_sockets_and_jobs(record);
        self.summary.record(record);
        std::mem::take(&mut self.told)
    }

    /// Records are missing before this moment. With them, all that came before it adds up to this.
    pub(super) fn leave_out(&mut self, t: u64, before: Summary) {
        if before.begin != self.summary.begin {
            self.warnings = 0;
        }
        (self.poll, self.summary, self.has_gap) = (None, before, true);
        self.state.leave_out(t);
        self.lints.leave_out();
    }

    fn say(&mut self, t: u64, glyph: &'static str, text: String) {
        self.told.push(Sentence { t, glyph, task: None, text, place: None });
    }

    fn say_of(&mut self, t: u64, glyph: &'static str, task: TaskId, text: String) {
        self.told.push(Sentence { t, glyph, task: Some(task), text, place: None });
    }

    /// What is only said where times are.
    fn timed(&self, text: impl FnOnce() -> String) -> String {
        if self.times { text() } else { String::new() }
    }

    pub(super) fn called(&self, task: TaskId) -> String {
        self.state.called(task)
    }

    fn quoted(&self, task: TaskId) -> String {
        self.state.quoted(task)
    }

    /// Something happened in the course of a poll, or by itself.
    fn doing(&mut self, t: u64, text: String, many: Option<&'static str>) {
        match &mut self.poll {
            Some(scene) => scene.doings.push(Doing { text, many }),
            None => self.say(t, PLAIN, text),
        }
    }
}

/// The loop: its start, its sleeps, its end.
impl Storyteller {
    fn about_the_loop(&mut self, Record { t, turn, what, .. }: &Record) {
        let t = *t;
        match what {
            What::LoopStarted { main, place, name } => {
                (self.warnings, self.has_gap) = (0, false);
                let name = name.as_deref().map(|it| format!(" \"{}\"", it.escape_debug()));
                let name = name.unwrap_or_default();
                let text = format!("loop{name} starts: one thread, task {main} \"main\"");
                self.told.push(Sentence { t, glyph: LOOP, task: None, text, place: Some(place) });
            }
            What::LoopEnded { .. } => self.loop_ended(t, *turn),
            What::Parked { deadline } => {
                let text = self.falls_asleep(t, *turn, *deadline);
                self.say(t, SLEEP, text);
            }
            What::Unparked { by } => {
                let parked_at = self.summary.parked_at.filter(|_| self.times);
                let slept = parked_at.map(|at| Duration::from_nanos(t.saturating_sub(at)));
                let after = slept.map(|slept| format!(" after {}", short(slept)));
                let after = after.unwrap_or_default();
                self.say(t, SLEEP, format!("woken{after} by {by}"));
            }
            What::Deadlocked { tasks } => {
                self.say(t, SLEEP, format!("deadlock: {} wait for ever", count(*tasks, "task")));
            }
            What::Stuck { .. } => {
                self.say(t, SLEEP, "it is not known what could end this sleep".to_string());
            }
            What::CloseWaits { jobs, .. } => {
                self.say(t, PLAIN, format!("closing waits for {}", count(*jobs, "job")));
            }
            What::Panicked { code } => self.doing(t, format!("{code} panicked"), None),
            _ => {}
        }
    }

    /// How long it may sleep, and what that depends on. A turn that polled nothing says how that came to be.
    fn falls_asleep(&self, t: u64, turn: u64, deadline: Option<u64>) -> String {
        let polled = match (self.summary.turn_polls, self.summary.unparked) {
            (0, Some(Unparker::Sockets(_))) => "polled 0, as no task waited for that".to_string(),
            (0, Some(_)) => "polled 0, as that woke no task".to_string(),
            (polls, _) => format!("polled {polls}, nothing ready"),
        };
        let until = match deadline {
            Some(deadline) if self.times => {
                let most = short(Duration::from_nanos(deadline.saturating_sub(t)));
                format!("at most {most}, for a timer")
            }
            Some(_) => "until the next timer".to_string(),
            None => "until something happens".to_string(),
        };
        format!("turn {turn}: {polled} → sleeps {until}")
    }

    fn loop_ended(&mut self, t: u64, turns: u64) {
        let Summary { begin, polls, asleep, .. } = self.summary;
        let (turns, polls) = (turns.saturating_sub(begin.turn), polls - begin.polls);
        let asleep = asleep - begin.asleep;
        let share = 100.0 * asleep as f64 / t.saturating_sub(begin.t).max(1) as f64;
        let asleep = self.timed(|| format!(" · asleep {share:.1} %"));
        let (turns, polls) = (count(turns, "turn"), count(polls, "poll"));
        let seen = if self.has_gap { " in the records that are kept" } else { "" };
        let warnings = format!("{}{seen}", count(self.warnings, "warning"));
        self.say(t, LOOP, format!("loop ends: {turns} · {polls}{asleep} · {warnings}"));
    }
}

/// Tasks: made, polled, woken, ended.
impl Storyteller {
    fn about_tasks(&mut self, Record { t, what, .. }: &Record) {
        let t = *t;
        match what {
            What::TaskCreated { task, place, .. } => self.created(t, *task, place),
            What::PollStarted { task, poll } => {
                let (task, poll) = (*task, *poll);
                let (created, doings) = (Vec::new(), Vec::new());
                self.poll = Some(Scene { begin: t, task, poll, created, doings, place: None });
            }
            What::PollEnded { task, outcome, waits, .. } => {
                self.poll_ended(t, *task, *outcome, *waits);
            }
            What::Woken { task, by, outcome } => self.woken(t, *task, *by, *outcome),
            What::Cancelled { task, .. } => {
                let text = format!("cancels {}", self.quoted(*task));
                self.doing(t, text, Some("cancels {} tasks"));
            }
            What::Dropped { task } => {
                self.say_of(t, ENDED, *task, "is dropped: the loop closes".to_string());
            }
            What::CallbacksRun { task, callbacks } => {
                self.say_of(t, FINISHED, *task, format!("its callbacks have run: {callbacks}"));
            }
            What::NeverRetrieved { task, .. } => {
                self.doing(t, format!("the failure of task {task} was never looked at"), None);
            }
            _ => {}
        }
    }

    fn created(&mut self, t: u64, task: TaskId, place: Place) {
        match &mut self.poll {
            Some(scene) => {
                scene.place.get_or_insert(place);
                scene.created.push(task);
            }
            None => {
                let (text, place) = ("is created".to_string(), Some(place));
                self.told.push(Sentence { t, glyph: MADE, task: Some(task), text, place });
            }
        }
    }

    fn poll_ended(&mut self, t: u64, task: TaskId, outcome: Outcome, waits: Option<Wait>) {
        let Some(scene) = self.poll.take() else { return };
        let Scene { begin, task: polled, poll, place, .. } = scene;
        let text = format!("#{poll:<3} {}", self.doings_of(scene));
        self.told.push(Sentence { t: begin, glyph: POLLED, task: Some(polled), text, place });

        let end = || {
            // Of one that was there in a gap nobody knows it.
            let busy = self.state.task(task).and_then(|task| task.busy).filter(|_| self.times);
            let busy = busy.map(|busy| format!(", {} busy", short(Duration::from_nanos(busy))));
            let busy = busy.unwrap_or_default();
            format!("{outcome} after {}{busy}", count(poll, "poll"))
        };
        let (glyph, text, place) = match (outcome, waits) {
            (Outcome::Pending, Some(wait)) => {
                let text = match wait.what {
                    WaitFor::Sleep { length, .. } => format!("sleeps for {length:?}"),
                    WaitFor::Turn => "lets the others go first".to_string(),
                    what => format!("waits for {what}"),
                };
                (SUSPENDED, text, Some(wait.place))
            }
            (Outcome::Pending, None) => (SUSPENDED, "waits".to_string(), None),
            (Outcome::Ready, _) => (FINISHED, end(), None),
            (Outcome::Panicked | Outcome::Cancelled, _) => (ENDED, end(), None),
        };
        self.told.push(Sentence { t, glyph, task: Some(task), text, place });
    }

    /// What a task did in a poll, in words. Nobody can read a thousand things: if there are many of one kind, it
    /// gives their number.
    fn doings_of(&self, Scene { created, doings, .. }: Scene) -> String {
        let mut told: Vec<String> = Vec::new();
        if !created.is_empty() {
            let some = if created.len() > MOST { 2 } else { created.len() };
            let names: Vec<_> = created[..some].iter().map(|task| self.quoted(*task)).collect();
            let more = match created.len() - some {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            told.push(format!("creates {}{more}", names.join(", ")));
        }
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for many in doings.iter().filter_map(|doing| doing.many) {
            match counts.iter_mut().find(|(it, _)| *it == many) {
                Some((_, count)) => *count += 1,
                None => counts.push((many, 1)),
            }
        }
        counts.retain(|(_, count)| *count > MOST);
        for Doing { text, many } in doings {
            match counts.iter_mut().find(|(it, _)| many == Some(*it)) {
                Some((many, count)) if *count > 0 => {
                    told.push(many.replacen("{}", &count.to_string(), 1));
                    *count = 0;
                }
                Some(_) => {}
                None => told.push(text),
            }
        }
        if told.len() > 2 * MOST_OF_A_POLL {
            let middle = MOST_OF_A_POLL..told.len() - MOST_OF_A_POLL;
            let more = format!("{} more things", middle.len());
            told.splice(middle, [more]);
        }
        if told.is_empty() { "runs".to_string() } else { told.join("; ") }
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
        match &self.poll {
            Some(_) => self.doing(t, format!("wakes {because}{note}"), Some("wakes {} tasks")),
            None => self.say_of(t, WOKEN, task, format!("because {because}{note}")),
        }
    }
}

/// Sockets and jobs.
impl Storyteller {
    fn about_sockets_and_jobs(&mut self, Record { t, what, .. }: &Record) {
        let (text, many) = match what {
            What::Tried { socket, operation, outcome } => {
                (self.tried(*socket, *operation, *outcome), None)
            }
            What::Armed { socket, direction } => {
                (format!("wants socket {socket} {direction}"), Some("wants {} events of sockets"))
            }
            What::Deregistered { socket } => {
                (format!("closes socket {socket}"), Some("closes {} sockets"))
            }
            What::Unsent { socket, bytes } => {
                (format!("socket {socket} ends with {bytes} B unsent"), None)
            }
            What::JobQueued { job } => {
                (format!("hands job {job} to a thread"), Some("hands {} jobs to threads"))
            }
            _ => return,
        };
        self.doing(*t, text, many);
    }

    fn tried(&self, socket: u64, operation: Operation, outcome: Attempt) -> String {
        match (operation, outcome) {
            (Operation::Connect, Attempt::WouldBlock) => {
                let address = self.state.sockets.get(&socket).and_then(|socket| socket.address);
                let peer = address.map(|address| format!(" {address}")).unwrap_or_default();
                format!("connect{peer} → in progress")
            }
            (Operation::Connect, Attempt::Done { .. }) => "connected".to_string(),
            (Operation::Read, Attempt::Done { bytes: Some(0) }) => "read the end".to_string(),
            (Operation::Read, Attempt::Done { bytes: Some(n) }) => format!("read {n} B"),
            (Operation::Write, Attempt::Done { bytes: Some(n) }) => format!("wrote {n} B"),
            (Operation::Accept, Attempt::Done { .. }) => "accepted a connection".to_string(),
            (operation, Attempt::Drained) => format!("{operation} would block: it took all"),
            (operation, outcome) => format!("{operation} → {outcome}"),
        }
    }
}
