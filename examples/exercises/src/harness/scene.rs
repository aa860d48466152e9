//! What is seen by a check that looks through wakers alone: who was polled with which waker, and who was woken.
//!
//! Each waker stands for the task that it would wake.

use std::{
    cell::Cell,
    collections::HashMap,
    future::{Future, poll_fn},
    panic::Location,
    sync::{LazyLock, Mutex, PoisonError},
    task::{Poll, Waker},
};

use glassloop::trace::{
    TaskId, What,
    record::{Cause, Outcome, WakeOutcome},
};

use super::Log;

/// So much is kept of a check, or half of it: the last.
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

/// A future of the check's, which the answer is to poll; with its polls.
#[track_caller]
pub fn seen<F: Future>(name: &'static str, future: F) -> impl Future<Output = F::Output> {
    let (mut future, mut poll, place) = (Box::pin(future), 0, Location::caller());
    let task = on(|scene| {
        scene.made += 1;
        let task = TaskId(scene.made);
        scene.note(What::TaskCreated { task, by: None, coroutine: name, place });
        task
    });
    poll_fn(move |context| {
        poll += 1;
        note(What::PollStarted { task, poll });
        let before = POLLED.replace(Some(task));
        let polled = future.as_mut().poll(context);
        POLLED.set(before);
        let outcome = if polled.is_ready() { Outcome::Ready } else { Outcome::Pending };
        note(What::PollEnded { task, outcome, waits: None, wakers: 1 });
        polled
    })
}

/// The check calls the waker of the future that it has polled last.
pub fn is_woken() {
    let polled = POLLED.get();
    on(|scene| {
        let task = polled.unwrap_or(TaskId(scene.made));
        let (by, outcome) = (polled.map_or(Cause::Outside, Cause::Task), WakeOutcome::Queued);
        scene.note(What::Woken { task, by, outcome });
    });
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
        scene.note(What::TaskCreated { task, by: None, coroutine: "future", place });
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
        self.log.keep_the_last(MOST);
        self.log.note(what);
    }
}
