//! A thread for each task, on which it is scheduled, being polled, or waiting; and the arrows of the wakes.

use std::mem;

use super::{
    Drawing, FIRST_TASK, LOOP,
    format::{Note, Point, Slice},
    loop_thread::Layer,
};
use crate::trace::{birth_name, record::*, short_place};

/// A task, and what is open on its thread.
pub(super) struct Task {
    pub(super) tid: usize,
    pub(super) name: String,
    pub(super) slice: Option<Slice>,
    pub(super) wake: Option<Wake>,
    finished: bool,
    /// When its last poll was over; `None`, if that poll was not drawn or is not what the task ended with.
    last_poll_end: Option<u64>,
}

/// A wake whose poll is still to come.
pub(super) struct Wake {
    number: u64,
    from: Option<Point>,
    line: String,
}

impl Drawing {
    pub(super) fn about_tasks(&mut self, what: &What) {
        match what {
            What::LoopStarted { main, .. } => self.created(*main, "main".to_string(), None),
            What::TaskCreated { task, coroutine, place, .. } => {
                self.created(*task, birth_name(coroutine), Some(line_of(place)));
            }
            What::TaskNamed { task, name } => self.task(*task).name = name.to_string(),
            What::PollStarted { task, poll } => self.poll_started(*task, *poll),
            What::PollEnded { task, outcome, waits, .. } => {
                let poll = &mut self.task(*task).slice;
                let is_drawn = poll.is_some();
                poll.iter_mut().for_each(|poll| poll.note = Some(("end", what.to_string())));
                match outcome {
                    Outcome::Pending => self.suspended(*task, *waits),
                    _ => self.finished(*task),
                }
                self.task(*task).last_poll_end = is_drawn.then_some(self.now);
            }
            What::Woken { task, by, outcome: WakeOutcome::Queued } => {
                self.woken(*task, *by, what.to_string());
            }
            // If it is being polled, it goes on until the end of the poll.
            What::Cancelled { task, .. } if self.is_polled(*task) => {}
            What::Cancelled { task, .. }
            | What::Dropped { task }
            | What::DeadWake { task }
            | What::LoopEnded { main: task } => self.finished(*task),
            _ => {}
        }
    }

    /// The task. If it was not known, it has no name.
    fn task(&mut self, task: TaskId) -> &mut Task {
        // Not its id: that may be any number, and importers keep 32 bits.
        let tid = self.tasks.len() + FIRST_TASK;
        self.tasks.entry(task).or_insert_with(|| Task {
            tid,
            name: String::new(),
            slice: None,
            wake: None,
            finished: false,
            last_poll_end: None,
        })
    }

    /// The task, which is surely not finished.
    fn living(&mut self, id: TaskId) -> &mut Task {
        self.alive.insert(id);
        let task = self.task(id);
        task.finished = false;
        task
    }

    /// From now on this is open on the task's thread, and what was open before is over.
    pub(super) fn show(&mut self, task: TaskId, next: Option<Slice>) {
        let task = self.task(task);
        let (tid, before) = (task.tid, mem::replace(&mut task.slice, next));
        if let Some(before) = before {
            self.events.slice(tid, &before, self.now);
        }
    }

    fn created(&mut self, id: TaskId, name: String, note: Option<Note>) {
        self.living(id).name = name;
        self.ready.insert(id);
        self.show(id, Some(self.slice("scheduled", note)));
    }

    fn poll_started(&mut self, id: TaskId, poll: u32) {
        self.ready.remove(&id);
        let task = self.living(id);
        let (tid, wake) = (task.tid, task.wake.take());
        self.show(id, Some(self.slice(format!("poll #{poll}"), None)));
        if let Some(Wake { number, from: Some(from), .. }) = wake {
            self.events.flow("wake", number, from, Point { tid, t: self.now });
        }
    }

    /// It waits, unless it was woken in the middle of the poll.
    fn suspended(&mut self, id: TaskId, waits: Option<Wait>) {
        let task = self.living(id);
        let note = task.wake.as_ref().map(|wake| ("begin", wake.line.clone()));
        let slice = match waits {
            _ if self.ready.contains(&id) => self.slice("scheduled", note),
            Some(wait) => self.slice(format!("waiting: {}", wait.what), Some(line_of(wait.place))),
            None => self.slice("waiting", None),
        };
        self.show(id, Some(slice));
    }

    fn woken(&mut self, id: TaskId, by: Cause, line: String) {
        // A waker may outlive its task; calling it then leads to nothing.
        if self.task(id).finished {
            return;
        }
        let (number, from) = (self.events.number_flow(), self.where_from(by));
        self.living(id).wake = Some(Wake { number, from, line: line.clone() });
        self.ready.insert(id);
        if !self.is_polled(id) {
            self.show(id, Some(self.slice("scheduled", Some(("begin", line)))));
        }
    }

    /// The point from which a wake comes: on the thread of the task that is being polled. Else on that of the
    /// task that is just done, at the last moment of its last poll. Else on the loop's. There may be none,
    /// since an arrow must begin in a slice.
    fn where_from(&self, by: Cause) -> Option<Point> {
        let (layer, _) = self.open.last()?;
        let (tid, t) = match (*layer, by) {
            (Layer::Poll(polled), _) => {
                let task = self.tasks.get(&polled).filter(|task| task.slice.is_some());
                (task.map_or(LOOP, |task| task.tid), self.now)
            }
            (_, Cause::Task(done)) => {
                let task = self.tasks.get(&done).filter(|task| task.finished);
                let last = task.and_then(|task| Some((task.tid, task.last_poll_end? - 1)));
                last.unwrap_or((LOOP, self.now))
            }
            _ => (LOOP, self.now),
        };
        Some(Point { tid, t })
    }

    fn finished(&mut self, id: TaskId) {
        self.ready.remove(&id);
        self.alive.remove(&id);
        let task = self.task(id);
        (task.finished, task.wake, task.last_poll_end) = (true, None, None);
        self.show(id, None);
    }
}

fn line_of(place: Place) -> Note {
    ("at", short_place(place))
}
