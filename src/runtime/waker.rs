//! The waker of a task: an id and a slot, and the two doors to the ready queue.
//!
//! It does not know the future; that stays with the loop. So a waker can be `Send + Sync` while futures need not
//! be, and none of it needs `unsafe`.

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::{Wake, Waker},
};

use super::{inbox::Inbox, run::current_loop, task::Entry};
use crate::trace::record::TaskId;

/// How many wakers are kept for the tasks to come.
const MOST_SPARES: usize = 1_024;

/// What a `Waker` of this crate points to.
pub(crate) struct TaskWaker {
    /// The task's id and slot. Atomic because a waker that nobody has any more serves the next task.
    id: AtomicU64,
    slot: AtomicUsize,
    /// Is the task in the ready queue? Only the loop's thread touches it, so plain relaxed loads and stores do; it is
    /// atomic because a `Waker` must be `Sync`.
    queued: AtomicBool,
    /// Is it in the inbox? Changed under the inbox's lock only.
    pub(super) in_inbox: AtomicBool,
    /// How many clones are in hands that only this loop's own tasks move. (`sync/known_waker.rs` counts them.)
    pub(crate) known: AtomicUsize,
    pub(super) inbox: Arc<Inbox>,
}

/// The two doors to the ready queue. Where the loop runs on this thread: a flag and a push. From anywhere else (another
/// thread, another loop's run, between two runs): the inbox, which the loop empties in each turn.
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
    pub(super) fn entry(&self) -> Entry {
        Entry { id: TaskId(self.id.load(Relaxed)), slot: self.slot.load(Relaxed) }
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

    /// Has anybody a clone who is not known to be one of the loop's own tasks?
    pub(crate) fn is_at_large(self: &Arc<Self>) -> bool {
        self.clones() > self.known.load(Relaxed)
    }
}

/// The loop's two references to a waker: one to lend to polls, one with its type, by which to reach the flags. Safe
/// Rust has no way from the first to the second.
pub(super) struct OwnWaker {
    pub(super) lent: Waker,
    pub(super) shared: Arc<TaskWaker>,
}

/// Wakers that have served a task and that nobody else has kept. They serve the tasks to come: to make a waker is to
/// allocate, and a fifth of what a new task costs.
#[derive(Default)]
pub(super) struct Spares(RefCell<Vec<OwnWaker>>);

impl Spares {
    /// A waker for a task that is in the ready queue.
    pub(super) fn waker_for(&self, entry: Entry, inbox: &Arc<Inbox>) -> OwnWaker {
        if let Some(spare) = self.0.borrow_mut().pop() {
            spare.shared.id.store(entry.id.0, Relaxed);
            spare.shared.slot.store(entry.slot, Relaxed);
            spare.shared.set_queued(true);
            return spare;
        }
        let shared = Arc::new(TaskWaker {
            id: AtomicU64::new(entry.id.0),
            slot: AtomicUsize::new(entry.slot),
            queued: AtomicBool::new(true),
            in_inbox: AtomicBool::new(false),
            known: AtomicUsize::new(0),
            inbox: inbox.clone(),
        });
        OwnWaker { lent: Waker::from(shared.clone()), shared }
    }

    /// Takes a waker back, unless somebody has a clone: who calls that one must not wake another task with it. If
    /// nobody has one now, nobody can get one.
    pub(super) fn take_back(&self, waker: OwnWaker) {
        if waker.shared.clones() == 0 && self.0.borrow().len() < MOST_SPARES {
            self.0.borrow_mut().push(waker);
        }
    }
}
