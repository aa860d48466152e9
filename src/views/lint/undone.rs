//! Lints of what was left undone: tasks, results, sockets.

use super::{Finding, Lints};
use crate::{
    trace::record::*,
    views::{state::LoopState, style::count},
};

impl Lints {
    pub(super) fn abandoned(&mut self, task: TaskId, state: &LoopState) {
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
            (None, Some(Wait { what: WaitFor::Sleep { length, .. }, .. }), _) => {
                format!("while it slept for {length:?}")
            }
            (None, Some(wait), _) => format!("while it waited for {}", wait.what),
            (None, None, _) => "while it waited".to_string(),
        };
        self.say("abandoned", task, state, &format!("task {task} was dropped {when}."));
    }

    pub(super) fn close_waits(&mut self, jobs: usize, job: u64, place: Place) {
        let (jobs, file, line) = (count(jobs, "job"), place.file(), place.line());
        let text = format!(
            "the loop is closing, and has waited for {jobs} on threads for a second: job {job}, begun at \
             {file}:{line}, \
             has not ended. A thread can't be cancelled, so the program can't end before it."
        );
        self.found.push(Finding { lint: "unending job", task: None, text });
    }

    pub(super) fn never_retrieved(
        &mut self,
        task: TaskId,
        failure: Failure,
        name: &str,
        place: Place,
        state: &LoopState,
    ) {
        let how = match failure {
            Failure::Panicked => "panicked",
            Failure::ReturnedError => "returned an error",
        };
        if !self.said.insert((how, Some(place))) {
            return;
        }
        // The name by which the other views call it, unless its end was long ago.
        let known = state.task(task).map(|task| task.name.clone());
        let name = known.unwrap_or_else(|| name.escape_debug().to_string());
        let (file, line) = (place.file(), place.line());
        let text = format!(
            "task {task} {how} and nobody looked at its result (task \"{name}\", made at {file}:{line})"
        );
        self.found.push(Finding { lint: "never retrieved", task: Some(task), text });
    }

    pub(super) fn about_sockets(&mut self, what: &What, state: &LoopState) {
        match what {
            What::Tried { socket, operation, outcome } => {
                let key = (*socket, operation.direction() as u8);
                match outcome {
                    Attempt::WouldBlock | Attempt::Drained => self.would_block.insert(key),
                    _ => self.would_block.remove(&key),
                };
                if let Attempt::Failed(_) = outcome {
                    self.broken.insert(*socket);
                }
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
                for direction in [Direction::Readable, Direction::Writable] {
                    self.would_block.remove(&(*socket, direction as u8));
                }
                self.broken.remove(socket);
            }
            // Where the connection has failed, no waiting would have helped.
            What::Unsent { socket, bytes } if !self.broken.contains(socket) => {
                self.unsent(*socket, *bytes, state);
            }
            _ => {}
        }
    }

    fn edge_missed(&mut self, socket: u64, direction: Direction, state: &LoopState) {
        let attempt = match direction {
            Direction::Readable => "read of",
            Direction::Writable => "write to",
        };
        let finding = format!(
            "no {attempt} socket {socket} said \"would block\" just before this wait: no new event will come."
        );
        self.say_of_socket("edge missed", finding, state);
    }

    fn unsent(&mut self, socket: u64, bytes: usize, state: &LoopState) {
        let finding = format!(
            "socket {socket} was closed with {bytes} bytes unsent: `close` the writer and await `wait_closed`."
        );
        self.say_of_socket("unsent data", finding, state);
    }

    fn say_of_socket(&mut self, lint: &'static str, text: String, state: &LoopState) {
        match state.polled.or(self.dropping) {
            Some(task) => self.say(lint, task, state, &text),
            None => self.found.push(Finding { lint, task: None, text }),
        }
    }
}
