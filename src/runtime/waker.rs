//! The waker of a task: an id and a slot, and the two ways to the ready queue.
//!
//! It does not know the future; that stays with the loop. So a waker can be `Send + Sync` while futures need not
//! be, and none of it needs `unsafe`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::Wake,
};

use super::{inbox::Inbox, run::current_loop, task::Entry};
use crate::trace::record::TaskId;

/// What a `Waker` of this crate points to.
pub(crate) struct TaskWaker {
    /// The task's id. It is atomic because a waker that nobody has any more serves the next task in
    /// its slot. A new waker would be an allocation, and a fifth of the cost of a new task.
    id: AtomicU64,
    slot: usize,
    /// Is the task in the ready queue? Only the loop's thread touches it, so plain relaxed loads and stores do; it is
    /// atomic because a `Waker` must be `Sync`.
    queued: AtomicBool,
    /// Is it in the inbox? Changed under the inbox's lock only.
    pub(super) in_inbox: AtomicBool,
    /// How many clones are called only by this loop's own tasks. (`sync/known_waker.rs` counts
    /// them.)
    pub(crate) known: AtomicUsize,
    pub(super) inbox: Arc<Inbox>,
}

/// The two ways to the ready queue. If the loop runs on this thread: a flag and a push. From
/// anywhere else (another thread, another loop's run, between two runs): the inbox, which the loop
/// empties in each turn.
impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        match current_loop() {
            Some(core) if Arc::ptr_eq(&core.inbox, &self.inbox) => core.enqueue(self),
            _ => self.inbox.wake(self),
        }
    }
}

impl TaskWaker {
    /// The waker of a slot, which serves nobody yet.
    pub(super) fn new(slot: usize, inbox: &Arc<Inbox>) -> TaskWaker {
        TaskWaker {
            id: AtomicU64::default(),
            slot,
            queued: AtomicBool::default(),
            in_inbox: AtomicBool::default(),
            known: AtomicUsize::default(),
            inbox: inbox.clone(),
        }
    }

    /// From now on it is the waker of this task, which is in the ready queue.
    pub(super) fn serve(&self, id: TaskId) {
        self.id.store(id.0, Relaxed);
        self.set_queued(true);
    }

    pub(super) fn entry(&self) -> Entry {
        Entry { id: TaskId(self.id.load(Relaxed)), slot: self.slot }
    }

    /// Says whether the task is in the ready queue. Returns whether it was.
    pub(super) fn set_queued(&self, queued: bool) -> bool {
        let before = self.is_queued();
        self.queued.store(queued, Relaxed);
        before
    }

    pub(super) fn is_queued(&self) -> bool {
        self.queued.load(Relaxed)
    }

    /// How many clones there are beside the loop's own two.
    pub(super) fn clones(self: &Arc<Self>) -> usize {
        Arc::strong_count(self).saturating_sub(2)
    }

    /// Does anybody have a clone who is not one of the loop's own tasks?
    pub(crate) fn is_at_large(self: &Arc<Self>) -> bool {
        self.clones() > self.known.load(Relaxed)
    }
}
