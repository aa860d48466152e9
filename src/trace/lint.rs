//! Lints: mistakes that show in the records, each said in a sentence, once for each cause.
//!
//! They are on by themselves in debug builds, elsewhere by `GLASSLOOP=lint`. A lint sees nothing but the
//! stream, and accuses nobody wrongly. So some faults hide from them: a waker that the task itself keeps, or that
//! of a `select` whose other half has come, counts as one that may still be called; and a task that calls
//! [`yield_now`](crate::yield_now) in a circle says that it means to.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use super::{
    record::*,
    state::{Stage, State},
    style::short,
};

/// A poll of this length holds the loop too long, unless the builder was told otherwise. asyncio's figure.
pub(crate) const SLOW_POLL: Duration = Duration::from_millis(100);

/// Whoever is ready should be polled sooner than after this time.
const STARVED: Duration = Duration::from_millis(100);

/// So many polls in a row that led to nothing are no accident.
const SPINS: u32 = 64;

/// Among so many of the last polls the one is looked for that somebody had to wait for.
const LAST_POLLS: usize = 128;

/// What a lint has found.
pub(super) struct Finding {
    pub(super) lint: &'static str,
    pub(super) task: Option<TaskId>,
    /// What is wrong, with the task's name and line.
    pub(super) text: String,
}

/// Looks for mistakes.
pub(super) struct Lints {
    slow_poll: Duration,
    found: Vec<Finding>,
    /// What was said, and of tasks made at which line: one line of a program is one cause.
    said: BTreeSet<(&'static str, Option<Place>)>,
    tasks: BTreeMap<TaskId, Conduct>,
    /// The last polls: whose, from when until when.
    polls: VecDeque<(TaskId, u64, u64)>,
    /// When a poll ended that was found to be too long.
    blocked_until: Option<u64>,
    /// Was the last try on a socket, in a direction, answered with "would block"?
    would_block: BTreeSet<(u64, u8)>,
    /// The task whose destructors run.
    dropping: Option<TaskId>,
    /// The run came to a bad end: what follows from that is no news.
    failed: bool,
}

/// How a task has behaved.
#[derive(Default)]
struct Conduct {
    /// Since when it is in the ready queue, and why.
    queued: Option<(u64, Option<Cause>)>,
    waits: Option<Wait>,
    woke_itself: bool,
    /// Something came of the poll.
    progress: bool,
    spins: u32,
}

impl Default for Lints {
    fn default() -> Lints {
        Lints::new(SLOW_POLL)
    }
}

impl Lints {
    pub(super) fn new(slow_poll: Duration) -> Lints {
        Lints {
            slow_poll,
            found: Vec::new(),
            said: BTreeSet::new(),
            tasks: BTreeMap::new(),
            polls: VecDeque::new(),
            blocked_until: None,
            would_block: BTreeSet::new(),
            dropping: None,
            failed: false,
        }
    }

    /// What is wrong as of this record. `state` is the loop after it.
    pub(super) fn look(&mut self, record: &Record, state: &State) -> Vec<Finding> {
        let Record { t, what, .. } = record;
        self.note_progress(what, state);
        match what {
            What::LoopStarted { main, .. } => self.loop_started(*main, *t),
            What::TaskCreated { task, .. } => self.conduct(*task).queued = Some((*t, None)),
            What::Woken { task, by, outcome: WakeOutcome::Queued } => {
                self.conduct(*task).queued = Some((*t, Some(*by)));
            }
            What::PollStarted { task, poll } => {
                self.polled_again(*task, *poll, state);
                self.starved(*task, *t, state);
            }
            What::PollEnded { task, outcome, waits, wakers } => {
                self.blocked(*task, *t, state);
                self.poll_ended(*task, *outcome, *waits, *wakers, state);
            }
            What::Cancelled { task, .. } => {
                self.dropping = Some(*task);
                self.tasks.remove(task);
            }
            What::Dropped { task } => self.abandoned(*task, state),
            What::Deadlocked { tasks } => self.deadlocked(*tasks, state),
            What::Stuck { tasks } => self.stuck(*tasks),
            What::NeverRetrieved { task, failure, name, place } => {
                self.never_retrieved(*task, *failure, name, place, state);
            }
            _ => self.about_sockets(what, state),
        }
        std::mem::take(&mut self.found)
    }

    fn conduct(&mut self, task: TaskId) -> &mut Conduct {
        self.tasks.entry(task).or_default()
    }

    /// Says something of a task, unless the same was said of one that was made at the same line.
    fn say(&mut self, lint: &'static str, task: TaskId, state: &State, finding: &str) {
        let known = state.task(task);
        if !self.said.insert((lint, known.map(|known| known.made_at))) {
            return;
        }
        let text = match known {
            Some(known) => {
                let (file, line) = (known.made_at.file(), known.made_at.line());
                let made = if known.is_main { "run" } else { "made" };
                format!("{finding} (task \"{}\", {made} at {file}:{line})", known.name)
            }
            None => finding.to_string(),
        };
        self.found.push(Finding { lint, task: Some(task), text });
    }

    /// Tasks that were ready before the run began were not kept waiting by this loop.
    fn loop_started(&mut self, main: TaskId, t: u64) {
        self.failed = false;
        for (since, _) in self.tasks.values_mut().filter_map(|task| task.queued.as_mut()) {
            *since = t;
        }
        self.conduct(main).queued = Some((t, None));
    }
}

/// Tasks that hold the loop, and those who suffer from it.
impl Lints {
    fn blocked(&mut self, task: TaskId, t: u64, state: &State) {
        let began = state.poll_began;
        self.polls.push_back((task, began, t));
        if self.polls.len() > LAST_POLLS {
            self.polls.pop_front();
        }
        let length = Duration::from_nanos(t.saturating_sub(began));
        if length < self.slow_poll {
            return;
        }
        self.blocked_until = Some(t);
        let (length, poll) = (short(length), state.task(task).map_or(0, |task| task.polls));
        let finding = format!(
            "task {task} held the loop for {length} in poll #{poll}; nothing else could run. \
             Move the work to `to_thread`, or await."
        );
        self.say("blocked", task, state, &finding);
    }

    /// Kept waiting by many, not by a single one: that one is blamed by `blocked`.
    fn starved(&mut self, task: TaskId, t: u64, state: &State) {
        let Some((since, cause)) = self.conduct(task).queued.take() else { return };
        let waited = Duration::from_nanos(t.saturating_sub(since));
        if waited <= STARVED || self.blocked_until.is_some_and(|until| until > since) {
            return;
        }
        let meanwhile = self.polls.iter().filter(|(_, began, _)| *began >= since);
        let Some((other, ..)) = meanwhile.max_by_key(|(_, began, ended)| ended - began) else {
            return; // nobody was polled: whatever took so long, it was no task
        };
        let woken = match cause {
            Some(Cause::Outside) => ", woken from outside,".to_string(),
            Some(Cause::Socket { socket, .. }) => format!(", woken by socket {socket},"),
            Some(cause) => format!(", woken by {cause},"),
            None => ", which is new,".to_string(),
        };
        let waited = short(waited);
        let finding =
            format!("task {task}{woken} waited {waited}; task {other} was polled meanwhile.");
        self.say("starved", task, state, &finding);
    }

    fn polled_again(&mut self, task: TaskId, poll: u32, state: &State) {
        if state.task(task).is_some_and(|it| it.stage == Stage::Finished(Outcome::Ready)) {
            let before = poll.saturating_sub(1);
            let finding = format!(
                "task {task} was ready in poll #{before}: a finished future must not be polled."
            );
            self.say("polled again", task, state, &finding);
        }
    }
}

/// Tasks that wait in a wrong way.
impl Lints {
    fn poll_ended(
        &mut self,
        task: TaskId,
        outcome: Outcome,
        waits: Option<Wait>,
        wakers: usize,
        state: &State,
    ) {
        if outcome != Outcome::Pending {
            self.tasks.remove(&task);
            let is_main = state.task(task).is_some_and(|task| task.is_main);
            self.failed |= is_main && outcome == Outcome::Panicked;
            return;
        }
        let conduct = self.conduct(task);
        conduct.waits = waits;
        let means_to = waits.is_some_and(|wait| wait.what == WaitFor::Turn);
        let spins = conduct.woke_itself && !conduct.progress && !means_to;
        conduct.spins = if spins { conduct.spins + 1 } else { 0 };
        (conduct.woke_itself, conduct.progress) = (false, false);
        if conduct.spins == SPINS {
            let finding = format!(
                "task {task} woke itself {SPINS} times without progress: that is a busy-wait."
            );
            self.say("spinning", task, state, &finding);
        }
        if wakers == 0 {
            let finding = format!(
                "task {task} returned Pending but nobody holds its waker: it can never run again."
            );
            self.say("lost waker", task, state, &finding);
        }
    }

    /// Whatever happens in a poll, other than that the task wakes itself, is progress; and so is any other wake.
    fn note_progress(&mut self, what: &What, state: &State) {
        match what {
            What::PollStarted { .. } | What::PollEnded { .. } | What::TurnEnded { .. } => {}
            What::Woken { task, by: Cause::Task(by), .. } if by == task => {
                self.conduct(*task).woke_itself = true;
            }
            What::Woken { task, .. } => self.conduct(*task).progress = true,
            _ => {}
        }
        let idle = matches!(what, What::PollStarted { .. } | What::PollEnded { .. });
        let by_itself = |polled| matches!(what, What::Woken { task, .. } if *task == polled);
        if let Some(polled) = state.polled.filter(|polled| !idle && !by_itself(*polled)) {
            self.conduct(polled).progress = true;
        }
    }

    fn deadlocked(&mut self, tasks: usize, state: &State) {
        self.failed = true;
        let all = match tasks {
            1 => "the only task waits and nothing can wake it".to_string(),
            _ => format!("all {tasks} tasks wait and nothing can wake them"),
        };
        let cycle = state.cycle().map(|cycle| format!(": {cycle}")).unwrap_or_default();
        self.found.push(Finding { lint: "deadlock", task: None, text: format!("{all}{cycle}") });
    }

    fn stuck(&mut self, tasks: usize) {
        if self.said.insert(("stuck", None)) {
            let text = format!(
                "nothing is known that could wake any of {tasks} tasks, but somebody has a waker (another \
                 crate's channel, a thread): the loop sleeps on."
            );
            self.found.push(Finding { lint: "stuck", task: None, text });
        }
    }
}

/// Things that were left undone.
impl Lints {
    fn abandoned(&mut self, task: TaskId, state: &State) {
        self.dropping = Some(task);
        let conduct = self.tasks.remove(&task).unwrap_or_default();
        let Some(known) = state.task(task) else { return };
        // What a stream has still to send is another lint's; and a server need not be closed.
        if self.failed || known.coroutine.starts_with("glassloop::streams::") {
            return;
        }
        let when = match (conduct.queued, conduct.waits, known.polls) {
            (_, _, 0) => "before it was first polled".to_string(),
            (Some(_), ..) => "while it was in the ready queue".to_string(),
            (None, Some(wait), _) => format!("while it waited for {}", wait.what),
            (None, None, _) => "while it waited".to_string(),
        };
        self.say("abandoned", task, state, &format!("task {task} was dropped {when}."));
    }

    fn never_retrieved(
        &mut self,
        task: TaskId,
        failure: Failure,
        name: &str,
        place: Place,
        state: &State,
    ) {
        let how = match failure {
            Failure::Panicked => "panicked",
            Failure::ReturnedError => "returned an error",
        };
        // The name by which the other views call it, unless its end was long ago.
        let known = state.task(task).map(|task| task.name.clone());
        let name = known.unwrap_or_else(|| name.escape_debug().to_string());
        let (file, line) = (place.file(), place.line());
        let text = format!(
            "task {task} {how} and nobody looked at its result (task \"{name}\", made at {file}:{line})"
        );
        self.found.push(Finding { lint: "never retrieved", task: Some(task), text });
    }

    fn about_sockets(&mut self, what: &What, state: &State) {
        match what {
            What::Tried { socket, operation, outcome } => {
                let key = (*socket, operation.direction() as u8);
                match outcome {
                    Attempt::WouldBlock => self.would_block.insert(key),
                    _ => self.would_block.remove(&key),
                };
            }
            What::Ready { socket, readable, writable, .. } => {
                for (ready, direction) in
                    [(readable, Direction::Readable), (writable, Direction::Writable)]
                {
                    if *ready {
                        self.would_block.remove(&(*socket, direction as u8));
                    }
                }
            }
            What::Armed { socket, direction }
                if !self.would_block.contains(&(*socket, *direction as u8)) =>
            {
                self.edge_missed(*socket, *direction, state);
            }
            What::Deregistered { socket } => {
                self.would_block.retain(|(other, _)| other != socket);
            }
            What::Unsent { socket, bytes } => self.unsent(*socket, *bytes, state),
            _ => {}
        }
    }

    fn edge_missed(&mut self, socket: u64, direction: Direction, state: &State) {
        let done = match direction {
            Direction::Readable => "read",
            Direction::Writable => "written to",
        };
        let finding =
            format!("socket {socket} was not {done} until it would block: no new event will come.");
        self.say_of_socket("edge missed", finding, state);
    }

    fn unsent(&mut self, socket: u64, bytes: usize, state: &State) {
        let finding =
            format!("socket {socket} was closed with {bytes} bytes unsent: `drain` first.");
        self.say_of_socket("unsent data", finding, state);
    }

    fn say_of_socket(&mut self, lint: &'static str, text: String, state: &State) {
        match state.polled.or(self.dropping) {
            Some(task) => self.say(lint, task, state, &text),
            None => self.found.push(Finding { lint, task: None, text }),
        }
    }
}
