//! Lints of tasks that hold the loop, and of those who suffer from it.

use std::time::Duration;

use super::{Lints, Queued};
use crate::{
    trace::record::*,
    views::{
        state::{LoopState, Stage},
        style::short,
    },
};

/// A ready task should be polled sooner than after this time.
const STARVED: Duration = Duration::from_millis(100);

/// Among so many of the last polls the one is looked for that somebody had to wait for.
const LAST_POLLS: usize = 128;

impl Lints {
    pub(super) fn queued(&mut self, task: TaskId, t: u64, by: Option<Cause>, state: &LoopState) {
        // Of the poll that is under way, what is over does not count.
        let over = state.polled.map_or(0, |_| state.poll_length);
        let (busy, lost) = (self.busy.saturating_add(over), state.lost);
        self.conduct(task).queued = Some(Queued { since: t, busy, lost, by });
    }

    pub(super) fn blocked(&mut self, task: TaskId, t: u64, state: &LoopState) {
        let length = state.poll_length;
        self.polls.push_back((task, t, length));
        if self.polls.len() > LAST_POLLS {
            self.polls.pop_front();
        }
        self.busy = self.busy.saturating_add(length);
        let length = Duration::from_nanos(length);
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
    pub(super) fn starved(&mut self, task: TaskId, t: u64, state: &LoopState) {
        let Some(Queued { since, busy, lost, by }) = self.conduct(task).queued.take() else {
            return;
        };
        let lost = state.lost.saturating_sub(lost);
        let waited = Duration::from_nanos(t.saturating_sub(since).saturating_sub(lost));
        if waited <= STARVED || self.blocked_until.is_some_and(|until| until > since) {
            return;
        }
        // Where polls took the smaller part of it, it was no task's fault: a callback or a destructor ran, or
        // the machine was asleep.
        if Duration::from_nanos(self.busy.saturating_sub(busy)) < waited / 2 {
            return;
        }
        let meanwhile =
            |(_, ended, length): &&(_, u64, u64)| ended.saturating_sub(since).min(*length);
        let Some((other, ..)) = self.polls.iter().max_by_key(meanwhile) else { return };
        let woken = match by {
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

    pub(super) fn polled_again(&mut self, task: TaskId, poll: u32, state: &LoopState) {
        if state.task(task).is_some_and(|it| it.stage == Stage::Finished(Outcome::Ready)) {
            let before = poll.saturating_sub(1);
            let finding = format!(
                "task {task} was ready in poll #{before}: a finished future must not be polled."
            );
            self.say("polled again", task, state, &finding);
        }
    }
}
