//! A waker in hands that the loop knows: those of a join handle, or of this crate's `sync`.
//!
//! All that a loop can see of a waker's clones is how many there are. A clone that somebody keeps for good may
//! be called from another thread at any time, so a loop in which such a clone exists is right to sleep on.
//! A clone in here is different: it is called only when a task of this loop does something. If all
//! clones of all wakers are in here and no task can run, none ever will (`handle/deadlock.rs`).

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    task::{Wake, Waker},
};

use crate::runtime::{Core, Slot, TaskWaker, current_loop};

/// A waker that only the loop's own tasks will call.
pub(crate) enum KnownWaker {
    /// That of a task of ours, which counts how many are known.
    Task(Arc<TaskWaker>),
    /// Somebody else's, which may hide one of ours. Boxed, being rare: every task has room for a `KnownWaker`.
    Foreign(Box<Waker>),
}

impl KnownWaker {
    /// Keeps a clone of the waker with which the running task is polled.
    pub(crate) fn new(waker: &Waker) -> KnownWaker {
        match current_loop() {
            Some(core) => KnownWaker::of(&core, waker),
            None => KnownWaker::Foreign(Box::new(waker.clone())),
        }
    }

    /// The same, where it is known which loop runs.
    pub(crate) fn of(core: &Core, waker: &Waker) -> KnownWaker {
        let is_it = |task: &Arc<TaskWaker>| waker.data() == Arc::as_ptr(task).cast();
        let look = |slot: &mut Slot| Some(&slot.waker).filter(|task| is_it(task)).cloned();
        match core.current_task.get().and_then(|entry| core.tasks.with(entry, look)?) {
            Some(task) => {
                task.known.fetch_add(1, Relaxed);
                KnownWaker::Task(task)
            }
            None => KnownWaker::Foreign(Box::new(waker.clone())),
        }
    }

    /// Would it wake the same task as that one?
    pub(crate) fn will_wake(&self, waker: &Waker) -> bool {
        match self {
            KnownWaker::Task(task) => waker.data() == Arc::as_ptr(task).cast(),
            KnownWaker::Foreign(kept) => kept.will_wake(waker),
        }
    }

    /// Wakes the task.
    pub(crate) fn wake(self) {
        match &self {
            KnownWaker::Task(task) => task.wake_by_ref(),
            KnownWaker::Foreign(waker) => waker.wake_by_ref(),
        }
    }
}

impl Drop for KnownWaker {
    fn drop(&mut self) {
        if let KnownWaker::Task(task) = self {
            task.known.fetch_sub(1, Relaxed);
        }
    }
}
