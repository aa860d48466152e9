//! The census: what can be asked about the tasks of a loop. It changes nothing, and the machine does without most
//! of it; the views, the deadlock report and the handles ask.

use std::{rc::Rc, sync::Arc};

use crate::{
    runtime::{AnyTask, Body, Entry, TaskWaker, Tasks},
    trace::record::Wait,
};

impl Tasks {
    /// How many tasks there are, the main future and those that wait for their callbacks among them.
    pub(crate) fn len(&self) -> usize {
        self.slots.borrow().len()
    }

    /// All tasks that can be cancelled, in the order in which they were made.
    pub(crate) fn unfinished(&self) -> Vec<Entry> {
        let slots = self.slots.borrow();
        let mut entries: Vec<Entry> = (slots.iter())
            .filter(|(_, slot)| matches!(slot.body, Body::Task(_)))
            .map(|(key, slot)| Entry { id: slot.id, slot: key })
            .collect();
        entries.sort_by_key(|entry| entry.id);
        entries
    }

    /// Is there such a task, and is it not finished?
    pub(crate) fn is_unfinished(&self, entry: Entry) -> bool {
        self.with(entry, |slot| matches!(slot.body, Body::Task(_))).unwrap_or(false)
    }

    /// The task, unless it is gone or a main future.
    pub(crate) fn get(&self, entry: Entry) -> Option<Rc<dyn AnyTask>> {
        match self.with(entry, |slot| slot.body.clone())? {
            Body::Task(task) | Body::Finished(task) => Some(task),
            Body::Main => None,
        }
    }

    /// What the task waits for, where its leaf has said so in the last poll.
    pub(crate) fn wait_of(&self, entry: Entry) -> Option<Wait> {
        self.with(entry, |slot| slot.wait)?
    }

    /// What there is to say of a task after a poll in which it did not finish: what it waits for, and how many
    /// can have it polled again. That is whoever has a clone of its waker, and the ready queue.
    pub(crate) fn suspension(&self, entry: Entry) -> (Option<Wait>, usize) {
        let chances = |waker: &Arc<TaskWaker>| clones(waker) + usize::from(waker.is_queued());
        let wakers = self.with(entry, |slot| chances(&slot.waker.shared));
        (self.wait_of(entry), wakers.unwrap_or(0))
    }

    /// Has anybody a waker of a task, other than those that only a task would call?
    pub(crate) fn has_waker_at_large(&self) -> bool {
        let is_at_large = |waker: &Arc<TaskWaker>| clones(waker) > waker.held();
        self.slots.borrow().iter().any(|(_, slot)| is_at_large(&slot.waker.shared))
    }

    /// The waker with which a task is polled.
    pub(crate) fn waker_of(&self, entry: Entry) -> Option<Arc<TaskWaker>> {
        self.with(entry, |slot| slot.waker.shared.clone())
    }
}

/// How many clones of a waker there are beside the loop's own two.
fn clones(waker: &Arc<TaskWaker>) -> usize {
    Arc::strong_count(waker).saturating_sub(2)
}
