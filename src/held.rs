//! A waker in hands that the loop knows: those of a join handle, or of this crate's `sync`.
//!
//! All that a loop can see of a waker's clones is how many there are. A clone that somebody keeps for good may
//! be called from another thread at any time, so a loop in which such a clone exists is right to sleep on.
//! A clone in here is different: it is called only when a task of this loop does something. If all
//! clones of all wakers are in here and no task can run, none ever will (see `deadlock.rs`).

use std::{
    sync::Arc,
    task::{Wake, Waker},
};

use crate::runtime::{TaskWaker, current};

/// A waker that only the loop's own tasks will call.
pub(crate) enum HeldWaker {
    /// That of a task of ours, which counts how many are held.
    Task(Arc<TaskWaker>),
    /// Somebody else's, which may hide one of ours. Boxed, being rare: every task has room for a `HeldWaker`.
    Foreign(Box<Waker>),
}

impl HeldWaker {
    /// Keeps a clone of the waker with which the running task is polled.
    pub(crate) fn new(waker: &Waker) -> HeldWaker {
        let polled = current().and_then(|core| core.tasks.waker_of(core.polling.get()?));
        match polled.filter(|task| waker.data() == Arc::as_ptr(task).cast()) {
            Some(task) => {
                task.count_held(1);
                HeldWaker::Task(task)
            }
            None => HeldWaker::Foreign(Box::new(waker.clone())),
        }
    }

    /// Would it wake the same task as that one?
    pub(crate) fn will_wake(&self, waker: &Waker) -> bool {
        match self {
            HeldWaker::Task(task) => waker.data() == Arc::as_ptr(task).cast(),
            HeldWaker::Foreign(kept) => kept.will_wake(waker),
        }
    }

    /// Wakes the task.
    pub(crate) fn wake(self) {
        match &self {
            HeldWaker::Task(task) => task.wake_by_ref(),
            HeldWaker::Foreign(waker) => waker.wake_by_ref(),
        }
    }
}

impl Drop for HeldWaker {
    fn drop(&mut self) {
        if let HeldWaker::Task(task) = self {
            task.count_held(-1);
        }
    }
}
