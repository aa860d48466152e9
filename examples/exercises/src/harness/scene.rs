//! What is seen by a check that looks through wakers alone: who was polled with which waker, and who was woken.
//!
//! Each waker stands for the task that it would wake.

use std::{
    cell::Cell,
    collections::HashMap,
    panic::Location,
    sync::{LazyLock, Mutex, PoisonError},
    task::{Poll, Waker},
};

use glassloop::trace::{
    TaskId, What,
    record::{Cause, Outcome, WakeOutcome},
};

use super::Log;

/// So much is written down of a check, and the rest is not.
const MOST: usize = 600;

struct Scene {
    log: Log,
    /// By the address of what a waker points to: its task, and how often that was polled.
    tasks: HashMap<usize, (TaskId, u32)>,
    made: u64,
}

static SCENE: LazyLock<Mutex<Scene>> =
    LazyLock::new(|| Mutex::new(Scene { log: Log::unseen(), tasks: HashMap::new(), made: 0 }));

thread_local! {
    static POLLED: Cell<Option<TaskId>> = const { Cell::new(None) };
}

/// The check itself says what happens.
pub fn note(what: What) {
    on(|scene| scene.note(what));
}

/// The future of the check was polled, by whatever the answer is.
pub fn was_polled(poll: u32) {
    let (task, outcome) = (TaskId(1), Outcome::Pending);
    note(What::PollStarted { task, poll });
    note(What::PollEnded { task, outcome, waits: None, wakers: 1 });
}

/// The check calls a waker.
pub fn is_woken() {
    let (task, by, outcome) = (TaskId(1), Cause::Outside, WakeOutcome::Queued);
    note(What::Woken { task, by, outcome });
}

/// What was seen, if anything was.
pub(super) fn shown() -> Option<Log> {
    let log = on(|scene| scene.log.clone());
    Some(log).filter(|log| !log.records().is_empty())
}

/// There is a new waker.
#[track_caller]
pub fn has_waker(address: usize) {
    let place = Location::caller();
    on(|scene| {
        scene.made += 1;
        let task = TaskId(scene.made);
        scene.tasks.insert(address, (task, 0));
        scene.note(What::TaskCreated { task, by: None, coroutine: "waker", place });
    });
}

/// Polls with this waker.
pub(super) fn polled<T>(waker: &Waker, poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
    let began = on(|scene| {
        let (task, polls) = scene.tasks.get_mut(&waker.data().addr())?;
        *polls += 1;
        let (task, poll) = (*task, *polls);
        scene.note(What::PollStarted { task, poll });
        Some(task)
    });
    let Some(task) = began else { return poll() };
    let before = POLLED.replace(Some(task));
    let polled = poll();
    POLLED.set(before);
    let outcome = if polled.is_ready() { Outcome::Ready } else { Outcome::Pending };
    on(|scene| scene.note(What::PollEnded { task, outcome, waits: None, wakers: 1 }));
    polled
}

/// This waker was called.
pub fn woken(address: usize) {
    let by = POLLED.get().map_or(Cause::Outside, Cause::Task);
    on(|scene| {
        if let Some((task, _)) = scene.tasks.get(&address) {
            let (task, outcome) = (*task, WakeOutcome::Queued);
            scene.note(What::Woken { task, by, outcome });
        }
    });
}

fn on<T>(look: impl FnOnce(&mut Scene) -> T) -> T {
    look(&mut SCENE.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Scene {
    fn note(&self, what: What) {
        if self.log.locked().len() < MOST {
            self.log.note(what);
        }
    }
}
