//! What the records add up to: the tasks, sockets and timers that there are at a moment, and how they stand.
//!
//! The views that need more than one record at a time (the tree, the lints, the stepper) look here.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
};

use super::fit::shortened;
use crate::trace::{Observer, birth_name, record::*};

/// How many columns the name of a task may take, where it stands in one; one more is for the dots of a longer one.
pub(super) const NAME: usize = 18;

/// How many finished tasks are remembered. A failure that nobody looked at is noticed later than the end.
const REMEMBERED: usize = 256;

/// The loop at a moment, as far as its records tell.
#[derive(Default)]
pub(crate) struct LoopState {
    pub(super) t: u64,
    pub(super) turn: u64,
    /// The task that is being polled.
    pub(super) polled: Option<TaskId>,
    poll_began: u64,
    /// How much of it was lost (see [`Lost`]).
    poll_lost: u64,
    /// How long the poll lasts, or the last one lasted, without what was lost of it.
    pub(super) poll_length: u64,
    /// How much time was lost in all.
    pub(super) lost: u64,
    /// All tasks that are not finished, main futures among them.
    pub(super) tasks: BTreeMap<TaskId, TaskState>,
    /// The last tasks that have finished.
    pub(super) finished: VecDeque<(TaskId, TaskState)>,
    pub(super) sockets: BTreeMap<u64, SocketState>,
    /// Deadlines, in nanoseconds.
    pub(super) timers: BTreeMap<u64, u64>,
}

/// A task at a moment.
#[derive(Clone)]
pub(super) struct TaskState {
    pub(super) name: String,
    /// The type of its future; of a main future it is not known.
    pub(super) coroutine: &'static str,
    pub(super) is_main: bool,
    pub(super) by: Option<TaskId>,
    /// The line that made it; for a main future, that ran it.
    pub(super) made_at: Place,
    pub(super) polls: u32,
    /// How long it has been polled, in all; `None`: not known.
    pub(super) busy: Option<u64>,
    pub(super) stage: Stage,
    /// Since when it is in this stage.
    pub(super) since: u64,
}

/// The stages of a task's life, as drawn in `runtime/task.rs`.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Stage {
    /// In the ready queue; `None`: since it was made.
    Queued(Option<Cause>),
    Polled,
    /// For what, where its leaf has said so.
    Waiting(Option<Wait>),
    /// How its last poll ended.
    Finished(Outcome),
}

/// A socket at a moment.
pub(super) struct SocketState {
    pub(super) address: Option<SocketAddr>,
    /// By direction: is an event waited for?
    pub(super) armed: [bool; 2],
}

impl LoopState {
    /// A task that is there, or was there not long ago.
    pub(super) fn task(&self, task: TaskId) -> Option<&TaskState> {
        let finished = || self.finished.iter().rev().find(|(id, _)| *id == task).map(|(_, it)| it);
        self.tasks.get(&task).or_else(finished)
    }

    /// `1 sina`; a long name loses its end.
    pub(super) fn called(&self, task: TaskId) -> String {
        let name = self.task(task).map_or("", |task| &task.name);
        format!("{task} {}", shortened(name, NAME + 1, "…"))
    }

    /// `1 "sina"`
    pub(super) fn quoted(&self, task: TaskId) -> String {
        self.called(task).replacen(' ', " \"", 1) + "\""
    }

    fn add_task(
        &mut self,
        task: TaskId,
        coroutine: Option<&'static str>,
        by: Option<TaskId>,
        made_at: Place,
    ) {
        let state = TaskState {
            name: coroutine.map_or("main".to_string(), birth_name),
            coroutine: coroutine.unwrap_or_default(),
            is_main: coroutine.is_none(),
            by,
            made_at,
            polls: 0,
            busy: Some(0),
            stage: Stage::Queued(None),
            since: self.t,
        };
        self.tasks.insert(task, state);
    }

    /// Records are missing before this moment: nothing is known of the poll and the queue that were, nor of
    /// what the tasks have done meanwhile.
    pub(super) fn leave_out(&mut self, t: u64) {
        self.tasks.values_mut().for_each(|task| task.busy = None);
        (self.polled, self.poll_began, self.poll_lost) = (None, t, 0);
    }

    fn account(&mut self, lost: u64) {
        self.lost = self.lost.saturating_add(lost);
        if self.polled.is_some() {
            self.poll_lost = self.poll_lost.saturating_add(lost);
            self.poll_length =
                self.t.saturating_sub(self.poll_began).saturating_sub(self.poll_lost);
        }
    }

    fn enter(&mut self, task: TaskId, stage: Stage) {
        if let Some(it) = self.tasks.get_mut(&task) {
            (it.stage, it.since) = (stage, self.t);
        }
    }

    fn finish(&mut self, task: TaskId, outcome: Outcome) {
        self.enter(task, Stage::Finished(outcome));
        if let Some(it) = self.tasks.remove(&task) {
            self.finished.push_back((task, it));
        }
        if self.finished.len() > REMEMBERED {
            self.finished.pop_front();
        }
    }

    fn about_tasks(&mut self, what: &What) {
        match what {
            What::LoopStarted { main, place, .. } => self.add_task(*main, None, None, place),
            What::LoopEnded { main } => self.finish(*main, Outcome::Ready),
            What::TaskCreated { task, by, coroutine, place } => {
                self.add_task(*task, Some(coroutine), *by, place);
            }
            What::TaskNamed { task, name } => {
                if let Some(it) = self.tasks.get_mut(task) {
                    it.name = name.escape_debug().to_string();
                }
            }
            What::PollStarted { task, poll } => {
                (self.polled, self.poll_began, self.poll_lost) = (Some(*task), self.t, 0);
                self.enter(*task, Stage::Polled);
                if let Some(it) = self.tasks.get_mut(task) {
                    it.polls = *poll;
                }
            }
            What::PollEnded { task, outcome, waits, .. } => {
                self.polled = None;
                if let Some(it) = self.tasks.get_mut(task) {
                    it.busy = it.busy.map(|busy| busy.saturating_add(self.poll_length));
                }
                match self.tasks.get(task).map(|it| it.stage) {
                    _ if *outcome != Outcome::Pending => self.finish(*task, *outcome),
                    Some(Stage::Queued(_)) => {} // by a wake in the middle of the poll
                    _ => self.enter(*task, Stage::Waiting(*waits)),
                }
            }
            // A waker may be called when its task is gone; the loop finds that out later.
            What::Woken { task, by, outcome: WakeOutcome::Queued }
                if self.tasks.contains_key(task) =>
            {
                self.enter(*task, Stage::Queued(Some(*by)));
            }
            What::Cancelled { task, .. } if self.polled != Some(*task) => {
                self.finish(*task, Outcome::Cancelled);
            }
            What::Dropped { task } => self.finish(*task, Outcome::Cancelled),
            _ => {}
        }
    }

    fn about_what_is_waited_for(&mut self, what: &What) {
        match what {
            What::Registered { socket, address } => {
                let state = SocketState { address: *address, armed: [false; 2] };
                self.sockets.insert(*socket, state);
            }
            What::Deregistered { socket } => drop(self.sockets.remove(socket)),
            What::Armed { socket, direction } => self.arm(*socket, *direction, true),
            What::Disarmed { socket, direction } => self.arm(*socket, *direction, false),
            What::Ready { socket, readable, writable, .. } => {
                for (ready, direction) in
                    [(readable, Direction::Readable), (writable, Direction::Writable)]
                {
                    if *ready {
                        self.arm(*socket, direction, false);
                    }
                }
            }
            What::TimerArmed { timer, deadline } => drop(self.timers.insert(*timer, *deadline)),
            What::TimerFired { timer, .. } | What::TimerCancelled { timer } => {
                self.timers.remove(timer);
            }
            _ => {}
        }
    }

    fn arm(&mut self, socket: u64, direction: Direction, armed: bool) {
        if let Some(socket) = self.sockets.get_mut(&socket) {
            socket.armed[direction as usize] = armed;
        }
    }
}

impl Observer for LoopState {
    fn record(&mut self, record: &Record) {
        (self.t, self.turn) = (record.t, record.turn);
        self.account(record.lost.total());
        self.about_tasks(&record.what);
        self.about_what_is_waited_for(&record.what);
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use super::*;
    use crate::{EventLoop, create_task, sleep};

    /// The state at a moment of a run: what `look` says in the middle of the main future.
    fn in_the_middle<T: 'static>(look: impl FnOnce(&LoopState) -> T) -> T {
        let state = Rc::new(RefCell::new(LoopState::default()));
        let follow = state.clone();
        let event_loop = EventLoop::builder()
            .unwatched()
            .virtual_time()
            .observer(move |record: &Record| follow.borrow_mut().record(record))
            .build()
            .expect("a loop can be made");
        event_loop.run_until_complete(async move {
            let sleeper = create_task(sleep(std::time::Duration::from_secs(9)));
            sleeper.set_name("a\nb");
            create_task(async {}).await.expect("it does not fail");
            let seen = look(&state.borrow());
            sleeper.cancel();
            assert!(state.borrow().timers.is_empty() && state.borrow().tasks.len() == 1);
            seen
        })
    }

    #[test]
    fn tasks_stand_where_the_records_left_them() {
        in_the_middle(|state| {
            assert_eq!(state.polled, Some(TaskId(0)));
            assert!(matches!(state.tasks[&TaskId(0)].stage, Stage::Polled));
            let sleeper = &state.tasks[&TaskId(1)];
            assert_eq!((sleeper.name.as_str(), sleeper.by), ("a\\nb", Some(TaskId(0))));
            assert!(matches!(sleeper.stage, Stage::Waiting(Some(_))));
            let ended = state.task(TaskId(2)).expect("it was there a moment ago");
            assert!(matches!(ended.stage, Stage::Finished(Outcome::Ready)));
            assert_eq!(state.timers[&0], 9_000_000_000);
        });
    }
}
