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

use super::{inbox::Inbox, life::current, task::Entry};
use crate::trace::record::TaskId;

/// How many wakers are kept for the tasks to come.
const MOST_SPARES: usize = 1_024;

/// What a `Waker` of this crate points to.
pub(crate) struct TaskWaker {
    /// The task's id and slot. Atomic because a waker that nobody has any more serves the next task.
    id: AtomicU64,
    slot: AtomicUsize,
    /// Is the task in the ready queue? Atomic because a waker is `Sync`, yet touched by the loop's own
    /// thread alone, so plain relaxed loads and stores do.
    queued: AtomicBool,
    /// Is it in the inbox? Changed under the inbox's lock only.
    pub(super) in_inbox: AtomicBool,
    /// How many clones are a [`HeldWaker`](crate::held::HeldWaker).
    held: AtomicUsize,
    pub(super) inbox: Arc<Inbox>,
}

/// The two doors to the ready queue. On the loop's own thread: a flag and a push. From anywhere else: the
/// inbox, which the loop empties in each turn.
impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        match current() {
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

    pub(crate) fn is_queued(&self) -> bool {
        self.queued.load(Relaxed)
    }

    pub(crate) fn held(&self) -> usize {
        self.held.load(Relaxed)
    }

    pub(crate) fn count_held(&self, change: isize) {
        self.held.fetch_add(change.cast_unsigned(), Relaxed);
    }
}

/// The loop's two references to a waker: one to lend to polls, one with its type, by which to reach the flags.
pub(crate) struct OwnWaker {
    /// Taken out while the task is polled.
    pub(super) lent: Option<Waker>,
    pub(crate) shared: Arc<TaskWaker>,
}

/// Wakers that have served a task and that nobody else has kept.
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
            held: AtomicUsize::new(0),
            inbox: inbox.clone(),
        });
        OwnWaker { lent: Some(Waker::from(shared.clone())), shared }
    }

    /// Takes a waker back, unless somebody has a clone: who calls that one must not wake another task with it. If
    /// nobody has one now, nobody can get one.
    pub(super) fn take_back(&self, waker: OwnWaker) {
        let is_ours_alone = waker.lent.is_some() && Arc::strong_count(&waker.shared) == 2;
        if is_ours_alone && self.0.borrow().len() < MOST_SPARES {
            self.0.borrow_mut().push(waker);
        }
    }
}
