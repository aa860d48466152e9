//! A task without its type: something to poll, the waker that asks for it, its place in the queue.
//!
//! ```text
//!                 ① add                ② next
//!    create_task ───────▶ QUEUED ────────────────▶ POLLED ──── ready ④ ────▶ FINISHED
//!                            ▲                        │                         │
//!                            │ ⑤ wake      pending ③  │                         │ callbacks ⑥
//!                            └─────────── WAITING ◀───┘                         ▼
//!                                            └───────────── cancel ⑦ ─────────▶ gone
//! ```
//!
//! ① [`Tasks::add`] gives the task a fresh id and queues it. ② [`Tasks::next`] takes an entry out
//! of the ready queue and [`Tasks::check_out`] takes what the poll needs out of the slot, so that
//! no borrow is held meanwhile. ③ [`Tasks::check_in`] puts it back. ④ [`Tasks::remove`], ⑦
//! [`Tasks::take_waiting`]. ⑤ [`TaskWaker`](super::waker::TaskWaker) does not run anything: it sets a flag and puts an entry
//! of 16 bytes into the queue. ⑥ A finished task that has callbacks is queued once more, for them
//! ([`Tasks::add_finished`]).
//!
//! A slot is used again, an id never: an entry whose id is not the slot's means a task that is gone, and is
//! ignored.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    sync::Arc,
    task::{Context, Waker},
};

use slab::Slab;

use super::{
    inbox::Inbox,
    waker::{OwnWaker, Spares, TaskWaker},
};
use crate::{
    held::HeldWaker,
    random::Random,
    trace::record::{Outcome, TaskId, Wait},
};

/// What the loop knows of a task. The typed side is `tasks::cell`.
pub(crate) trait AnyTask {
    /// Polls the future. A panic is kept as the task's result; this never panics.
    fn poll(&self, context: &mut Context<'_>) -> Outcome;
    /// Drops the future unfinished, and makes `Cancelled` the result.
    fn drop_future(&self);
    /// Are there callbacks to run? If so, says it once: the caller must queue the task for them.
    fn claim_callbacks(&self) -> bool;
    /// Runs those callbacks, each by itself. Returns how many.
    fn run_callbacks(self: Rc<Self>) -> u32;
    /// The waker of whoever awaits the result.
    fn take_awaiter(&self) -> Option<HeldWaker>;
    /// What the task looks like, without its result.
    fn repr(&self) -> String;
    /// The task's name.
    fn name(&self) -> Rc<str>;
    /// Cancels it, wherever it is. Returns whether there was anything left to cancel.
    fn cancel(&self) -> bool;
}

/// Where a task is to be found: 16 bytes, all that the ready queue holds of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: TaskId,
    pub(crate) slot: usize,
}

/// What is polled when an entry comes up.
#[derive(Clone)]
pub(crate) enum Body {
    /// The main future, which stands on the stack of `run_until_complete`.
    Main,
    /// A task.
    Task(Rc<dyn AnyTask>),
    /// A task that is finished but for its callbacks.
    Finished(Rc<dyn AnyTask>),
}

pub(crate) struct Slot {
    pub(crate) id: TaskId,
    pub(crate) body: Body,
    pub(crate) waker: OwnWaker,
    polls: u32,
    /// What the task waits for, as its leaf has written it in the last poll.
    pub(crate) wait: Option<Wait>,
}

/// A task on its way through a poll.
pub(crate) struct CheckedOut {
    pub(crate) body: Body,
    pub(crate) waker: Waker,
    pub(crate) poll: u32,
}

/// All tasks of a loop, and the queue of those that are ready.
pub(crate) struct Tasks {
    pub(crate) slots: RefCell<Slab<Slot>>,
    ready: RefCell<VecDeque<Entry>>,
    spares: Spares,
    next_id: Cell<u64>,
    shuffle: Option<Random>,
}

impl Tasks {
    pub(super) fn new(shuffle: Option<u64>) -> Tasks {
        Tasks {
            slots: RefCell::default(),
            ready: RefCell::default(),
            spares: Spares::default(),
            next_id: Cell::new(1),
            shuffle: shuffle.map(Random::new),
        }
    }

    pub(super) fn fresh_id(&self) -> TaskId {
        TaskId(self.next_id.replace(self.next_id.get() + 1))
    }

    /// Where the next task will have its place.
    pub(super) fn entry_for(&self, id: TaskId) -> Entry {
        Entry { id, slot: self.slots.borrow().vacant_key() }
    }

    /// ① Puts a task into the place that `entry_for` named, and at the end of the queue.
    pub(super) fn add(&self, entry: Entry, body: Body, inbox: &Arc<Inbox>) {
        let waker = self.spares.waker_for(entry, inbox);
        let slot = Slot { id: entry.id, body, waker, polls: 0, wait: None };
        let key = self.slots.borrow_mut().insert(slot);
        debug_assert_eq!(key, entry.slot, "nothing may be added between entry_for and add");
        self.ready.borrow_mut().push_back(entry);
    }

    /// ⑥ Queues a finished task for its callbacks: under its old id, in whatever slot is free.
    pub(crate) fn add_finished(&self, id: TaskId, task: Rc<dyn AnyTask>, inbox: &Arc<Inbox>) {
        self.add(self.entry_for(id), Body::Finished(task), inbox);
    }

    /// ⑤ Puts a task into the queue unless it is there. Says whether it was not.
    pub(super) fn enqueue(&self, waker: &TaskWaker) -> bool {
        if waker.set_queued(true) {
            return false;
        }
        self.ready.borrow_mut().push_back(waker.entry());
        true
    }

    /// ② The next entry: first in, first out, unless the loop was built to shuffle.
    #[inline]
    pub(super) fn next(&self) -> Option<Entry> {
        let mut ready = self.ready.borrow_mut();
        if let Some(random) = &self.shuffle
            && !ready.is_empty()
        {
            let chosen = random.below(ready.len());
            return ready.swap_remove_front(chosen);
        }
        ready.pop_front()
    }

    pub(super) fn ready_len(&self) -> usize {
        self.ready.borrow().len()
    }

    /// Does something with a task's slot, if the task is still there.
    #[inline]
    pub(crate) fn with<T>(&self, entry: Entry, use_it: impl FnOnce(&mut Slot) -> T) -> Option<T> {
        let mut slots = self.slots.borrow_mut();
        slots.get_mut(entry.slot).filter(|slot| slot.id == entry.id).map(use_it)
    }

    /// ② Takes what a poll needs out of the slot. `None`: the task is gone, or it is being polled further up
    /// the stack.
    ///
    /// The flag is cleared *before* the poll. Cleared after it, a wake during the poll would meet a set
    /// flag and be lost, and the task would sleep for ever.
    #[inline]
    pub(super) fn check_out(&self, entry: Entry) -> Option<CheckedOut> {
        self.with(entry, |slot| {
            slot.waker.shared.set_queued(false);
            let waker = slot.waker.lent.take()?;
            (slot.polls, slot.wait) = (slot.polls.wrapping_add(1), None);
            Some(CheckedOut { body: slot.body.clone(), waker, poll: slot.polls })
        })?
    }

    /// ③ Gives back what was taken out.
    pub(super) fn check_in(&self, entry: Entry, waker: Waker) {
        self.with(entry, |slot| slot.waker.lent = Some(waker));
    }

    /// ④ Takes a task away for good.
    pub(super) fn remove(&self, entry: Entry) {
        if self.with(entry, |_| ()).is_some() {
            let slot = self.slots.borrow_mut().remove(entry.slot);
            self.spares.take_back(slot.waker);
            drop(slot.body); // no sooner than the borrow is over: what is in it is not ours
        }
    }

    /// ⑦ Takes a task to end it, unless it is gone or in the middle of a poll. `remove` is to follow.
    pub(super) fn take_waiting(&self, entry: Entry) -> Option<Body> {
        self.with(entry, |slot| slot.waker.lent.take().map(|_| slot.body.clone()))?
    }

    /// Notes what the task that is being polled waits for.
    pub(super) fn note_wait(&self, entry: Entry, wait: Wait) {
        self.with(entry, |slot| slot.wait = Some(wait));
    }
}
