//! The loop's own thread: turns, and in them polls, sleep and dispatch.

use std::mem;

use super::{
    Drawing, LOOP, called,
    format::{Note, Slice},
};
use crate::trace::record::*;

/// What a slice of the loop's thread stands for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Layer {
    Turn,
    /// Sleep or dispatch.
    Phase,
    Poll(TaskId),
}

impl Drawing {
    pub(super) fn about_turns(&mut self, Record { turn, what, .. }: &Record) {
        if mem::replace(&mut self.turn, *turn) != *turn {
            self.turn_has_ended = false;
            self.close_from(0, None);
            // Of a turn that is first seen at the end of the run nothing is known.
            if *turn > 0 && !matches!(what, What::LoopEnded { .. }) {
                self.open(Layer::Turn, format!("turn {turn}"));
            }
        }
    }

    pub(super) fn about_the_loop(&mut self, what: &What) {
        let turn_has_ended = mem::take(&mut self.turn_has_ended);
        match what {
            What::LoopStarted { name, .. } => self.name = name.clone(),
            What::TurnEnded { .. } => self.turn_has_ended = true,
            What::Parked { .. } => self.open(Layer::Phase, "sleep".to_string()),
            What::Unparked { .. } => {
                self.close(Layer::Phase, what);
                self.open(Layer::Phase, "dispatch".to_string());
            }
            What::PollStarted { task, .. } => {
                let name = self.tasks.get(task).map_or("", |task| &task.name);
                self.open(Layer::Poll(*task), format!("poll {}", called(*task, name)));
            }
            What::PollEnded { task, .. } => self.close(Layer::Poll(*task), what),
            What::LoopEnded { .. } => self.close_from(0, None),
            // The turn is over and the loop has not slept: now it hands out what has come meanwhile.
            _ if turn_has_ended => self.open(Layer::Phase, "dispatch".to_string()),
            _ => {}
        }
    }

    /// Opens a slice, after closing what cannot go on beside it. Phases follow one another. A poll ends a
    /// phase, but not another poll, which may be that of a runtime inside of a task; unless it is
    /// one of the same task, whose end was not recorded.
    fn open(&mut self, layer: Layer, name: String) {
        let in_the_way = |(open, _): &(Layer, Slice)| match layer {
            Layer::Turn => true,
            Layer::Phase => *open != Layer::Turn,
            Layer::Poll(_) => *open == Layer::Phase || *open == layer,
        };
        if let Some(depth) = self.open.iter().position(in_the_way) {
            self.close_from(depth, None);
        }
        let slice = self.slice(name, None);
        self.open.push((layer, slice));
    }

    /// Closes the slice of this layer, if one is open, and what is open inside of it.
    fn close(&mut self, layer: Layer, end: &What) {
        if let Some(depth) = self.open.iter().position(|(open, _)| *open == layer) {
            self.close_from(depth, Some(("end", end.to_string())));
        }
    }

    pub(super) fn close_from(&mut self, depth: usize, mut note: Option<Note>) {
        for (_, mut slice) in self.open.drain(depth..) {
            slice.note = note.take();
            self.events.slice(LOOP, &slice, self.now);
        }
    }

    pub(super) fn is_polled(&self, task: TaskId) -> bool {
        self.open.iter().any(|(layer, _)| *layer == Layer::Poll(task))
    }
}
