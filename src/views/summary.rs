//! What the records of a loop add up to. Of a long run not all records are kept, but all are counted.

use crate::trace::record::*;

/// The sums of all records up to a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Summary {
    /// Main futures among them.
    tasks: u64,
    turn: u64,
    turns: u64,
    pub(super) polls: u64,
    /// How long the loop has slept, in nanoseconds.
    pub(super) asleep: u64,
    /// Since when it sleeps.
    pub(super) parked_at: Option<u64>,
    /// How many polls the last turn had, and what ended the sleep before it.
    pub(super) turn_polls: u32,
    pub(super) unparked: Option<Unparker>,
    /// How it stood when this run of the loop began. A loop may run several times.
    pub(super) begin: Begin,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Begin {
    pub(super) t: u64,
    pub(super) turn: u64,
    pub(super) polls: u64,
    pub(super) asleep: u64,
}

impl Summary {
    pub(super) fn record(&mut self, Record { t, turn, lost, what }: &Record) {
        self.turns += u64::from(*turn != self.turn && *turn > 0);
        self.turn = *turn;
        match what {
            What::LoopStarted { .. } => {
                let Summary { polls, asleep, .. } = *self;
                self.begin = Begin { t: *t, turn: *turn, polls, asleep };
                (self.tasks, self.turn_polls, self.unparked) = (self.tasks + 1, 0, None);
            }
            What::TaskCreated { .. } => self.tasks += 1,
            What::PollStarted { .. } => self.polls += 1,
            What::TurnEnded { polls } => self.turn_polls = *polls,
            What::Parked { .. } => self.parked_at = Some(*t),
            What::Unparked { by } => {
                self.unparked = Some(*by);
                if let Some(parked_at) = self.parked_at.take() {
                    let slept = t.saturating_sub(parked_at).saturating_sub(lost.total());
                    self.asleep = self.asleep.saturating_add(slept);
                }
            }
            _ => {}
        }
    }

    /// For the page.
    pub(super) fn json(&self) -> String {
        let Summary { tasks, turns, polls, asleep, .. } = self;
        format!("{{\"tasks\":{tasks},\"turns\":{turns},\"polls\":{polls},\"asleep\":{asleep}}}")
    }
}
