//! Lints: mistakes that show in the records, each said in a sentence, once for each cause.
//!
//! They are always on in debug builds, elsewhere with `GLASSLOOP=lint`. A lint sees only the stream, and must not
//! blame a task without proof. So they miss some faults. A waker that the task itself keeps, or one in a `select`
//! whose other half is done, counts as one that may still be called. And a task that calls
//! [`yield_now`](crate::yield_now) again and again does so on purpose.

mod holding;
mod undone;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    time::Duration,
};

use super::{state::LoopState, style::count};
use crate::trace::record::*;

/// A poll of this length holds the loop too long, unless the builder sets another limit. asyncio's figure.
pub(crate) const SLOW_POLL: Duration = Duration::from_millis(100);

/// So many polls in a row that led to nothing are no accident.
const SPINS: u32 = 64;

/// A poll of this length has done some work, which no record tells of.
const WORK: Duration = Duration::from_micros(100);

/// What a lint has found.
pub(super) struct Finding {
    pub(super) lint: &'static str,
    pub(super) task: Option<TaskId>,
    /// What is wrong, with the task's name and line.
    pub(super) text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.lint, self.text)
    }
}

/// What to say about a deadlock of so many tasks.
pub(crate) fn all_wait(tasks: usize) -> String {
    match tasks {
        1 => "the only task waits and nothing can wake it".to_string(),
        _ => format!("all {tasks} tasks wait and nothing can wake them"),
    }
}

/// Looks for mistakes.
pub(super) struct Lints {
    slow_poll: Duration,
    found: Vec<Finding>,
    /// What was said, and of tasks made at which line: one line of a program is one cause.
    said: BTreeSet<(&'static str, Option<Place>)>,
    tasks: BTreeMap<TaskId, Conduct>,
    /// The last polls: whose, when they ended, and how long they lasted.
    polls: VecDeque<(TaskId, u64, u64)>,
    /// How long all polls have taken together.
    busy: u64,
    /// When a poll ended that was found to be too long.
    blocked_until: Option<u64>,
    /// Was the last try on a socket, in a direction, answered with "would block"?
    would_block: BTreeSet<(u64, u8)>,
    /// Sockets that have failed: their peer, or the network, is gone.
    broken: BTreeSet<u64>,
    /// The task whose destructors run.
    dropping: Option<TaskId>,
    /// Records are missing: what is seen before the next poll begins proves nothing.
    is_blind: bool,
    /// The run came to a bad end: what follows from that is no news.
    failed: bool,
}

/// How a task has behaved.
#[derive(Default)]
struct Conduct {
    queued: Option<Queued>,
    waits: Option<Wait>,
    woke_itself: bool,
    /// Something came of the poll.
    progress: bool,
    spins: u32,
}

/// A task's place in the ready queue.
struct Queued {
    since: u64,
    /// How long all polls had taken by then, and how much time was lost.
    busy: u64,
    lost: u64,
    /// `None`: the task is new.
    by: Option<Cause>,
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
            busy: 0,
            blocked_until: None,
            would_block: BTreeSet::new(),
            broken: BTreeSet::new(),
            dropping: None,
            is_blind: false,
            failed: false,
        }
    }

    /// Records are missing: of what began before them, nobody knows how it went on.
    pub(super) fn leave_out(&mut self) {
        let said = std::mem::take(&mut self.said);
        *self = Lints { said, is_blind: true, ..Lints::new(self.slow_poll) };
    }

    /// What is wrong as of this record. `state` is the loop after it.
    pub(super) fn look(&mut self, record: &Record, state: &LoopState) -> Vec<Finding> {
        let Record { t, what, .. } = record;
        self.is_blind &= !matches!(what, What::PollStarted { .. });
        if self.is_blind {
            return Vec::new();
        }
        self.note_progress(what, state);
        match what {
            What::LoopStarted { main, .. } => self.loop_started(*main, *t, state),
            What::LoopEnded { main: task } | What::DeadWake { task } => {
                self.dropping = None;
                self.tasks.remove(task);
            }
            What::TaskCreated { task, .. } => self.queued(*task, *t, None, state),
            // A wake of a task that is gone does no harm, and there is nothing to record about it.
            What::Woken { task, by, outcome: WakeOutcome::Queued }
                if state.tasks.contains_key(task) =>
            {
                self.queued(*task, *t, Some(*by), state);
            }
            What::PollStarted { task, poll } => {
                self.dropping = None;
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
            What::CloseWaits { jobs, job, place } => self.close_waits(*jobs, *job, place),
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
    fn say(&mut self, lint: &'static str, task: TaskId, state: &LoopState, finding: &str) {
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
    fn loop_started(&mut self, main: TaskId, t: u64, state: &LoopState) {
        self.failed = false;
        for queued in self.tasks.values_mut().filter_map(|task| task.queued.as_mut()) {
            (queued.since, queued.lost) = (t, state.lost);
        }
        let (busy, lost) = (self.busy, state.lost);
        self.conduct(main).queued = Some(Queued { since: t, busy, lost, by: None });
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
        state: &LoopState,
    ) {
        if outcome != Outcome::Pending {
            self.tasks.remove(&task);
            let is_main = state.task(task).is_some_and(|task| task.is_main);
            self.failed |= is_main && outcome == Outcome::Panicked;
            return;
        }
        let (t, busy, lost) = (state.t, self.busy, state.lost);
        let conduct = self.conduct(task);
        conduct.waits = waits;
        if let Some(queued) = &mut conduct.queued {
            // It was woken in the middle of its own poll, and kept nobody waiting but itself.
            (queued.since, queued.busy, queued.lost) = (t, busy, lost);
        }
        let means_to = waits.is_some_and(|wait| wait.what == WaitFor::Turn);
        let works = Duration::from_nanos(state.poll_length) >= WORK;
        let spins = conduct.woke_itself && !(conduct.progress || means_to || works);
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
    fn note_progress(&mut self, what: &What, state: &LoopState) {
        match what {
            What::PollStarted { .. } | What::PollEnded { .. } | What::TurnEnded { .. } => {}
            What::Woken { task, by: Cause::Task(by), .. } if by == task => {
                self.conduct(*task).woke_itself = true;
            }
            What::Woken { task, .. } if state.tasks.contains_key(task) => {
                self.conduct(*task).progress = true;
            }
            _ => {}
        }
        let idle = matches!(what, What::PollStarted { .. } | What::PollEnded { .. });
        let by_itself = |polled| matches!(what, What::Woken { task, .. } if *task == polled);
        if let Some(polled) = state.polled.filter(|polled| !idle && !by_itself(*polled)) {
            self.conduct(polled).progress = true;
        }
    }

    fn deadlocked(&mut self, tasks: usize, state: &LoopState) {
        self.failed = true;
        let cycle = state.cycle().map(|cycle| format!(": {cycle}")).unwrap_or_default();
        let text = all_wait(tasks) + &cycle;
        self.found.push(Finding { lint: "deadlock", task: None, text });
    }

    fn stuck(&mut self, tasks: usize) {
        let tasks = count(tasks, "task");
        if self.said.insert(("stuck", None)) {
            let text = format!(
                "it is not known what could wake {tasks}, but somebody has a waker (another crate's \
                 channel, a thread): the loop sleeps on."
            );
            self.found.push(Finding { lint: "stuck", task: None, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::Location;

    use super::*;
    use crate::trace::Observer;

    /// How many tasks are in the lints' books after these records.
    fn known_after(happened: impl IntoIterator<Item = What>) -> usize {
        let (mut state, mut lints) = (LoopState::default(), Lints::default());
        for what in happened {
            let record = Record::new(0, 1, what);
            state.record(&record);
            lints.look(&record, &state);
        }
        assert!(lints.would_block.is_empty() && lints.broken.is_empty());
        lints.tasks.len()
    }

    #[test]
    fn what_is_kept_is_bounded_by_what_is_alive() {
        let life = |n| {
            let (task, place, by) = (TaskId(n), Location::caller(), Cause::Outside);
            let woken = |outcome| What::Woken { task, by, outcome };
            [
                What::TaskCreated { task, by: None, coroutine: "quick", place },
                What::PollStarted { task, poll: 1 },
                What::PollEnded { task, outcome: Outcome::Ready, waits: None, wakers: 0 },
                // Its waker is called long after it is gone, and once more.
                woken(WakeOutcome::Queued),
                woken(WakeOutcome::AlreadyQueued),
            ]
        };
        assert_eq!(known_after((1..1000).flat_map(life)), 0);

        let connection = |socket| {
            let (operation, outcome) = (Operation::Read, Attempt::WouldBlock);
            [What::Tried { socket, operation, outcome }, What::Deregistered { socket }]
        };
        assert_eq!(known_after((1..1000).flat_map(connection)), 0);
    }
}
