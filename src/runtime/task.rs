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
//! [`Tasks::take_waiting`]. ⑤ [`TaskWaker`] does not run anything: it sets a flag and puts an entry
//! of 16 bytes into the queue. ⑥ A finished task that has callbacks is queued once more, for them
//! ([`Tasks::add_finished`]).
//!
//! The waker knows an id and a slot, no more; the future stays here. So a waker can be `Send + Sync` while
//! futures need not be, and none of it needs `unsafe`. A slot is used again, an id never: an entry whose id
//! is not the slot's means a task that is gone, and is ignored.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Wake, Waker},
};

use slab::Slab;

use super::{inbox::Inbox, life::current};
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

/// What a `Waker` of this crate points to.
pub(crate) struct TaskWaker {
    pub(crate) entry: Entry,
    /// Is the task in the ready queue? Atomic because a waker is `Sync`, yet touched by the loop's own
    /// thread alone, so plain relaxed loads and stores do.
    queued: AtomicBool,
    /// Is it in the inbox? Changed under the inbox's lock only.
    pub(super) in_inbox: AtomicBool,
    /// How many clones are a [`HeldWaker`].
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
    pub(crate) fn count_held(&self, change: isize) {
        self.held.fetch_add(change.cast_unsigned(), Relaxed);
    }

    /// How many clones there are beside the two of the task's slot.
    fn clones(self: &Arc<Self>) -> usize {
        Arc::strong_count(self).saturating_sub(2)
    }
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

struct Slot {
    id: TaskId,
    body: Body,
    /// Taken out while the task is polled.
    waker: Option<Waker>,
    /// The waker again, with its type: here the loop reaches the `queued` flag.
    shared: Arc<TaskWaker>,
    polls: u32,
    /// What the task waits for, and in which poll that was written: one poll later it is old news.
    wait: Option<(u32, Wait)>,
}

/// A task on its way through a poll.
pub(crate) struct CheckedOut {
    pub(crate) body: Body,
    pub(crate) waker: Waker,
    pub(crate) poll: u32,
}

/// All tasks of a loop, and the queue of those that are ready.
pub(crate) struct Tasks {
    slots: RefCell<Slab<Slot>>,
    ready: RefCell<VecDeque<Entry>>,
    next_id: Cell<u64>,
    shuffle: Option<Random>,
}

impl Tasks {
    pub(super) fn new(shuffle: Option<u64>) -> Tasks {
        Tasks {
            slots: RefCell::default(),
            ready: RefCell::default(),
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
        let shared = Arc::new(TaskWaker {
            entry,
            queued: AtomicBool::new(true),
            in_inbox: AtomicBool::new(false),
            held: AtomicUsize::new(0),
            inbox: inbox.clone(),
        });
        let waker = Some(Waker::from(shared.clone()));
        let slot = Slot { id: entry.id, body, waker, shared, polls: 0, wait: None };
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
        if waker.queued.load(Relaxed) {
            return false;
        }
        waker.queued.store(true, Relaxed);
        self.ready.borrow_mut().push_back(waker.entry);
        true
    }

    /// ② The next entry: first in, first out, unless the loop was built to shuffle.
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

    pub(super) fn nothing_ready(&self) -> bool {
        self.ready.borrow().is_empty()
    }

    /// Does something with a task's slot, if the task is still there.
    fn with<T>(&self, entry: Entry, use_it: impl FnOnce(&mut Slot) -> T) -> Option<T> {
        let mut slots = self.slots.borrow_mut();
        slots.get_mut(entry.slot).filter(|slot| slot.id == entry.id).map(use_it)
    }

    /// ② Takes what a poll needs out of the slot. `None`: the task is gone, or it is being polled further up
    /// the stack.
    ///
    /// The flag is cleared *before* the poll. Cleared after it, a wake during the poll would meet a set
    /// flag and be lost, and the task would sleep for ever.
    pub(super) fn check_out(&self, entry: Entry) -> Option<CheckedOut> {
        self.with(entry, |slot| {
            slot.shared.queued.store(false, Relaxed);
            let waker = slot.waker.take()?;
            slot.polls = slot.polls.wrapping_add(1);
            Some(CheckedOut { body: slot.body.clone(), waker, poll: slot.polls })
        })?
    }

    /// ③ Puts a task that is not finished back.
    pub(super) fn check_in(&self, entry: Entry, waker: Waker) {
        self.with(entry, |slot| slot.waker = Some(waker));
    }

    /// ④ Takes a task away for good.
    pub(super) fn remove(&self, entry: Entry) {
        if self.with(entry, |_| ()).is_some() {
            let slot = self.slots.borrow_mut().remove(entry.slot);
            drop(slot); // no sooner than the borrow is over: what is in it is not ours
        }
    }

    /// ⑦ Takes a task to end it, unless it is gone or in the middle of a poll. `remove` is to follow.
    pub(super) fn take_waiting(&self, entry: Entry) -> Option<Body> {
        self.with(entry, |slot| slot.waker.take().map(|_| slot.body.clone()))?
    }

    /// Notes what the task that is being polled waits for.
    pub(super) fn note_wait(&self, entry: Entry, wait: Wait) {
        self.with(entry, |slot| slot.wait = Some((slot.polls, wait)));
    }

    /// What the task waits for, where its leaf has said so in the last poll.
    pub(crate) fn wait_of(&self, entry: Entry) -> Option<Wait> {
        let noted = self.with(entry, |slot| slot.wait.filter(|(poll, _)| *poll == slot.polls))?;
        noted.map(|(_, wait)| wait)
    }

    /// What there is to say of a task after a poll in which it did not finish: what it waits for, and how many
    /// can have it polled again. That is whoever has a clone of its waker, and the ready queue.
    pub(super) fn suspension(&self, entry: Entry) -> (Option<Wait>, usize) {
        let wakers = self.with(entry, |slot| {
            slot.shared.clones() + usize::from(slot.shared.queued.load(Relaxed))
        });
        (self.wait_of(entry), wakers.unwrap_or(0))
    }

    /// Has anybody a waker of a task, other than those that only a task would call?
    pub(crate) fn has_waker_at_large(&self) -> bool {
        let slots = self.slots.borrow();
        (slots.iter()).any(|(_, slot)| slot.shared.clones() > slot.shared.held.load(Relaxed))
    }

    /// The waker with which a task is polled.
    pub(crate) fn waker_of(&self, entry: Entry) -> Option<Arc<TaskWaker>> {
        self.with(entry, |slot| slot.shared.clone())
    }

    /// The task, unless it is gone or a main future.
    pub(crate) fn get(&self, entry: Entry) -> Option<Rc<dyn AnyTask>> {
        match self.with(entry, |slot| slot.body.clone())? {
            Body::Task(task) | Body::Finished(task) => Some(task),
            Body::Main => None,
        }
    }

    /// Is there such a task, and is it not finished?
    pub(crate) fn is_unfinished(&self, entry: Entry) -> bool {
        self.with(entry, |slot| matches!(slot.body, Body::Task(_))).unwrap_or(false)
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

    /// How many tasks there are, the main future and those that wait for their callbacks among them.
    pub(crate) fn len(&self) -> usize {
        self.slots.borrow().len()
    }
}
