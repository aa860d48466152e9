//! A task without its type: something to poll, the waker that asks for it, its place in the queue.
//!
//! ```text
//!                ① add              ② start_poll              ④ finish
//!   create_task ───────▶ QUEUED ──────────────────▶ POLLED ─────────────▶ gone
//!                         ▲   │                       │                    ▲
//!                  ⑤ wake │   │          ③ end_poll   │                    │
//!                         │   │                       ▼                    │
//!                         └───┼─────────────────── WAITING                 │
//!                             │                       │                    │
//!                             └───────────────────────┴── ⑥ end_task ──────┘
//! ```
//!
//! ① [`Tasks::add`] gives the task a slot, and queues it. ② [`Tasks::next`] takes an entry out of the ready queue,
//! and [`Tasks::start_poll`] takes in hand what the poll needs, so that no borrow is held meanwhile. ③
//! [`Tasks::end_poll`] gives it back. ④ [`Core::finish`](super::Core) frees the slot. If the task has callbacks, it
//! is queued once more for them (① again); only then is its awaiter woken. ⑤ [`TaskWaker`] runs nothing: it sets a
//! flag and puts an entry of 16 bytes into the queue. ⑥ `Core::end_task`, for [`Core::cancel`](super::Core) and for
//! a loop that closes: the future is dropped where it waits, and the task goes the way of ④. A task that is POLLED
//! can't be dropped in the middle of its poll: it is marked, and dropped when the poll is over.
//!
//! A slot is used again, and its waker with it; an id is never used again. If the id in an entry is not the id in its
//! slot, the task of the entry is gone, and the entry is ignored. A task that is done, and is queued for its callbacks,
//! may have the same slot as before. So its id is marked there ([`DONE`]), and an old entry does not lead to it.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    collections::VecDeque,
    mem,
    rc::Rc,
    sync::Arc,
    task::{Context, Waker},
};

use super::{inbox::Inbox, waker::TaskWaker};
use crate::trace::record::{Outcome, TaskId, Wait, WakeOutcome};

/// What the loop can do with a task. The typed side is `tasks/cell.rs`.
pub(crate) trait AnyTask {
    /// Polls the future: `Pending`, `Ready` or `Panicked`. A panic is kept as the task's result; this never panics.
    fn poll(&self, context: &mut Context<'_>) -> Outcome;
    /// Drops the future, or what it has just returned, and makes `Cancelled` the result.
    fn drop_future(&self);
    /// Are there callbacks, and is the task not queued for them yet? Then it counts as queued,
    /// until they have run.
    fn claim_callbacks(&self) -> bool;
    /// Runs those callbacks, each with its own guard. Returns how many.
    fn run_callbacks(self: Rc<Self>) -> u32;
    /// Wakes the task that awaits the result.
    fn wake_awaiter(&self);
    /// The task as the layers above know it: they decide what is in the box.
    fn into_any(self: Rc<Self>) -> Box<dyn Any>;
}

/// Where to find a task: the 16 bytes that the ready queue holds for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: TaskId,
    pub(super) slot: usize,
}

/// The mark in the id of an entry whose task is done, and is queued for its callbacks.
pub(super) const DONE: u64 = 1 << 63;

impl Entry {
    /// The task that is meant, without the mark.
    pub(super) fn task(self) -> TaskId {
        TaskId(self.id.0 & !DONE)
    }
}

/// What is polled when an entry comes up.
#[derive(Clone)]
pub(crate) enum Body {
    /// The main future, which is on the stack of `run_until_complete`.
    Main,
    /// A task.
    Task(Rc<dyn AnyTask>),
    /// A task that is done, except for its callbacks.
    Finished(Rc<dyn AnyTask>),
}

/// The id in a slot that no task has.
const NOBODY: TaskId = TaskId(u64::MAX);

/// What the loop keeps for a task.
pub(crate) struct Slot {
    pub(crate) id: TaskId,
    /// `Main`, which holds nothing, if no task has the slot.
    pub(crate) body: Body,
    pub(crate) waker: Arc<TaskWaker>,
    /// What the task waits for, as its leaf wrote it in the last poll.
    pub(crate) wait: Option<Wait>,
    stage: Stage,
    /// It was cancelled while the loop had it in hand. This happens when a task cancels itself.
    is_marked: bool,
    polls: u32,
}

/// Who has the task in hand.
enum Stage {
    /// Nobody: it is QUEUED, or WAITING. (`TaskWaker::queued` tells the two apart.) With this waker it will be polled.
    Free(Waker),
    /// The loop, further up the stack: it is POLLED, or its future is being dropped.
    InHand,
}

/// A task that the loop has in hand.
pub(super) struct InHand {
    pub(super) body: Body,
    pub(super) waker: Waker,
}

/// Chooses which of so many ready tasks is polled next.
pub(crate) type Choose = Box<dyn Fn(usize) -> usize>;

/// All tasks of a loop, and the queue of those that are ready.
#[derive(Default)]
pub(crate) struct Tasks {
    slots: RefCell<Vec<Slot>>,
    /// The free slots.
    vacant: RefCell<Vec<usize>>,
    ready: RefCell<VecDeque<Entry>>,
    next_id: Cell<u64>,
    /// `None`: the first one.
    choose: Option<Choose>,
}

impl Tasks {
    pub(super) fn new(choose: Option<Choose>) -> Tasks {
        Tasks { choose, next_id: Cell::new(1), ..Tasks::default() }
    }

    pub(super) fn fresh_id(&self) -> TaskId {
        TaskId(self.next_id.replace(self.next_id.get() + 1))
    }

    /// ① Gives a task a slot, and puts it at the end of the queue. `make` gets the place of the
    /// task; it runs while the slots are borrowed. This returns what `make` returns beside the
    /// body.
    pub(super) fn add<T>(
        &self,
        id: TaskId,
        inbox: &Arc<Inbox>,
        make: impl FnOnce(Entry) -> (Body, T),
    ) -> T {
        let mut slots = self.slots.borrow_mut();
        let number = self.vacant.borrow_mut().pop().unwrap_or_else(|| {
            let number = slots.len();
            slots.push(Slot::new(number, inbox));
            number
        });
        let entry = Entry { id, slot: number };
        let (body, made) = make(entry);
        let slot = &mut slots[number];
        slot.waker.serve(id);
        (slot.id, slot.body, slot.polls, slot.is_marked) = (id, body, 0, false);
        self.ready.borrow_mut().push_back(entry);
        made
    }

    /// ⑤ Puts a task into the queue unless it is there.
    pub(super) fn enqueue(&self, waker: &TaskWaker) -> WakeOutcome {
        if waker.set_queued(true) {
            return WakeOutcome::AlreadyQueued;
        }
        self.ready.borrow_mut().push_back(waker.entry());
        WakeOutcome::Queued
    }

    /// ② The next entry: first in, first out, unless the loop was built to choose otherwise.
    #[inline]
    pub(super) fn next(&self) -> Option<Entry> {
        let mut ready = self.ready.borrow_mut();
        match &self.choose {
            Some(choose) if !ready.is_empty() => {
                let chosen = choose(ready.len());
                ready.swap_remove_front(chosen)
            }
            _ => ready.pop_front(),
        }
    }

    pub(super) fn ready_len(&self) -> usize {
        self.ready.borrow().len()
    }

    /// ② Takes a task in hand to poll it. `None`: it is gone. (The flag of its waker stays set, so
    /// another wake costs nothing.)
    ///
    /// The flag is cleared *before* the poll. Cleared after it, a wake during the poll would meet a set
    /// flag and be lost, and the task would sleep for ever.
    #[inline]
    pub(super) fn start_poll(&self, entry: Entry) -> Option<InHand> {
        self.with(entry, |slot| {
            slot.waker.set_queued(false);
            (slot.polls, slot.wait) = (slot.polls.wrapping_add(1), None);
            slot.take()
        })?
    }

    /// How often the task was polled.
    pub(super) fn polls_of(&self, entry: Entry) -> u32 {
        self.with(entry, |slot| slot.polls).unwrap_or_default()
    }

    /// ③ Lets go of a task whose poll is over and that is not done.
    pub(super) fn end_poll(&self, entry: Entry, waker: Waker) {
        self.with(entry, |slot| slot.stage = Stage::Free(waker));
    }

    /// ⑥ Takes a task in hand to end it. `None`: it is gone; or in hand already, and is marked now.
    pub(super) fn take_to_end(&self, entry: Entry) -> Option<InHand> {
        self.with(entry, |slot| {
            let task = slot.take();
            if task.is_none() {
                slot.is_marked = true;
            }
            task
        })?
    }

    /// Was this task cancelled while the loop had it in hand?
    pub(super) fn is_marked(&self, entry: Entry) -> bool {
        self.with(entry, |slot| slot.is_marked).unwrap_or(false)
    }

    /// ④ Takes a task that is in hand out of its slot for good. The caller, who has it in hand,
    /// drops its body. The slot keeps the waker for the next task, unless somebody has a clone: a
    /// call of that clone must not wake another task. If nobody has a clone now, nobody can get
    /// one.
    pub(super) fn remove(&self, entry: Entry, lent: Waker) {
        let mut slots = self.slots.borrow_mut();
        let slot = &mut slots[entry.slot];
        (slot.id, slot.body, slot.wait, slot.stage) = (NOBODY, Body::Main, None, Stage::Free(lent));
        if slot.waker.clones() > 0 {
            *slot = Slot::new(entry.slot, &slot.waker.inbox);
        }
        self.vacant.borrow_mut().push(entry.slot);
    }

    /// Does something with a task's slot, if the task is still there. No foreign code: the slots are borrowed.
    #[inline]
    pub(crate) fn with<T>(&self, entry: Entry, use_it: impl FnOnce(&mut Slot) -> T) -> Option<T> {
        let mut slots = self.slots.borrow_mut();
        slots.get_mut(entry.slot).filter(|slot| slot.id == entry.id).map(use_it)
    }

    /// Is there a task of which this is true?
    pub(crate) fn any(&self, is_true: impl Fn(&Slot) -> bool) -> bool {
        self.slots.borrow().iter().any(is_true)
    }

    /// How many tasks there are, with the main future and the tasks that wait for their callbacks.
    pub(crate) fn len(&self) -> usize {
        self.slots.borrow().len() - self.vacant.borrow().len()
    }

    /// Is there such a task, and is it not done?
    pub(crate) fn is_unfinished(&self, entry: Entry) -> bool {
        self.with(entry, |slot| matches!(slot.body, Body::Task(_))).unwrap_or(false)
    }

    /// All tasks that can be cancelled, in the order in which they were made.
    pub(crate) fn unfinished(&self) -> Vec<Entry> {
        let slots = self.slots.borrow();
        let unfinished = slots.iter().filter(|slot| matches!(slot.body, Body::Task(_)));
        let mut entries: Vec<Entry> = unfinished.map(|slot| slot.waker.entry()).collect();
        entries.sort_by_key(|entry| entry.id);
        entries
    }

    /// What a waiting task waits for, and how many can ask for another poll: each clone of its
    /// waker, and the ready queue.
    pub(super) fn suspension(&self, entry: Entry) -> (Option<Wait>, usize) {
        let chances = |waker: &Arc<TaskWaker>| waker.clones() + usize::from(waker.is_queued());
        let look = |slot: &mut Slot| (slot.wait, chances(&slot.waker));
        self.with(entry, look).unwrap_or_default()
    }
}

impl Slot {
    /// A new slot, without a task.
    fn new(number: usize, inbox: &Arc<Inbox>) -> Slot {
        let waker = Arc::new(TaskWaker::new(number, inbox));
        let stage = Stage::Free(Waker::from(waker.clone()));
        Slot { id: NOBODY, body: Body::Main, waker, wait: None, stage, is_marked: false, polls: 0 }
    }

    /// Takes the task in hand, unless it is already.
    fn take(&mut self) -> Option<InHand> {
        match mem::replace(&mut self.stage, Stage::InHand) {
            Stage::Free(waker) => Some(InHand { body: self.body.clone(), waker }),
            Stage::InHand => None,
        }
    }
}
