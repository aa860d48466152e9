//! The event loop: polls the tasks that are ready; when none is, it sleeps until something happens.
//!
//! It does only this, in [`Core::turn`]. Three things end a sleep: a socket, a timer, another thread. Each leads to the
//! call of a waker, the waker puts a task into the ready queue, and the next turn polls it.
//!
//! Code that is not ours (a future, a waker, a callback, a destructor) is *foreign code*. It may do anything, even
//! panic. So it runs behind [`Trace::guard`], and never while we hold a borrow or a lock. A *leaf* is a future that
//! talks to the runtime: a sleep, a read.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    io,
    rc::Rc,
    sync::Arc,
    task::{Context, Waker},
    time::Duration,
};

use mio::Events;

use super::{
    budget::BUDGET_A_POLL,
    inbox::{Inbox, Letter},
    reactor::{INBOX, Reactor},
    run::{Entered, current_loop},
    task::{AnyTask, Body, Choose, DONE, Entry, InHand, Tasks},
    timers::Timers,
    waker::TaskWaker,
};
use crate::trace::{
    Trace, What, nanoseconds,
    record::{Cause, Foreign, Outcome, Place, TaskId, Unparker, Wait, WaitFor},
};

/// How many entries of the ready queue are served before it is the turn of sockets, timers and
/// other threads.
const POLLS_A_TURN: u32 = 64;

/// How a run can end.
pub(crate) enum RunEnd {
    /// The main future is ready, or has panicked.
    Done,
    /// It is not ready, and nothing can wake it or any other task.
    Deadlock,
}

/// How a loop sleeps when nothing is ready. The sleep itself is [`Reactor::wait`]. `handle/idle.rs`
/// adds more from outside the runtime: time that jumps, and a sleep that nothing could end.
pub(crate) trait Idle {
    /// Sleeps until an event, and no longer than until `deadline`. `None`: there is no deadline, and no socket, thread
    /// or waker is left that could ever end this sleep.
    ///
    /// The inbox was found empty. From then on, putting something in ends the sleep.
    fn sleep(&self, core: &Core, deadline: Option<Duration>) -> Option<Events>;
}

/// How to sleep, when the polls of a turn are over.
enum Rest {
    /// Only look at the sockets: a task is ready, a timer is due, or something is in the inbox.
    Look,
    /// Asleep, until this deadline if there is one.
    Sleep(Option<Duration>),
}

/// All parts of a loop. `EventLoop` owns it; leaf futures hold the parts that they need.
pub(crate) struct Core {
    pub(crate) tasks: Tasks,
    pub(crate) timers: Rc<Timers>,
    pub(crate) reactor: Rc<Reactor>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) trace: Rc<Trace>,
    idle: Box<dyn Idle>,
    /// What the loop does right now: the cause of everything that happens meanwhile.
    cause: Cell<Cause>,
    /// The task whose code runs: it is being polled, or its future is being dropped.
    pub(crate) current_task: Cell<Option<Entry>>,
    /// How many operations may still succeed in this poll.
    pub(crate) budget: Cell<u32>,
    /// Id 0, which is kept for the first main future: tasks may be made before it.
    pub(super) first_id: Cell<Option<TaskId>>,
    pub(crate) running: Cell<bool>,
    pub(crate) closed: Cell<bool>,
    pub(crate) polls: Cell<u64>,
    pub(crate) dead_wakes: Cell<u64>,
    /// What the layers above keep with the loop: its worker threads, its table of hosts.
    pub(super) attached: RefCell<Vec<Rc<dyn Any>>>,
}

/// Polls the main future without moving it. As a task does, it catches the future's panic and
/// reports it.
pub(super) type PollMain<'a> = dyn FnMut(&mut Context<'_>) -> Outcome + 'a;

impl Core {
    /// Makes the parts. `choose` says which ready task comes next, if it is not the first one.
    pub(crate) fn new(
        trace: Rc<Trace>,
        idle: Box<dyn Idle>,
        choose: Option<Choose>,
    ) -> io::Result<Core> {
        let reactor = Rc::new(Reactor::new(trace.clone())?);
        Ok(Core {
            tasks: Tasks::new(choose),
            timers: Rc::new(Timers::new(trace.clone())),
            inbox: Arc::new(Inbox::new(reactor.loop_waker()?)),
            reactor,
            trace,
            idle,
            cause: Cell::new(Cause::Outside),
            current_task: Cell::new(None),
            budget: Cell::new(BUDGET_A_POLL),
            first_id: Cell::new(Some(TaskId(0))),
            running: Cell::new(false),
            closed: Cell::new(false),
            polls: Cell::new(0),
            dead_wakes: Cell::new(0),
            attached: RefCell::default(),
        })
    }

    /// One turn of the loop. Nothing is polled in steps 3 to 5: a waker fills the queue for the next turn. Returns how
    /// the run has ended, if it has.
    pub(super) fn turn(&self, poll_main: &mut PollMain<'_>) -> Option<RunEnd> {
        // 1. Poll what is ready. Not for ever: after so many polls it is the turn of the others.
        self.trace.next_turn();
        let polls_before = self.polls.get();
        for _ in 0..POLLS_A_TURN {
            let Some(entry) = self.tasks.next() else { break };
            if self.poll(entry, poll_main) {
                return Some(RunEnd::Done);
            }
        }
        self.trace.emit(|| What::TurnEnded { polls: (self.polls.get() - polls_before) as u32 });

        // 2. Sleep until something happens. Where a task is ready, only look at the sockets.
        let Some(events) = self.sleep() else { return Some(RunEnd::Deadlock) };

        // 3. Wake the waiter of each socket that is ready.
        for event in events.iter().filter(|event| event.token() != INBOX) {
            for (cause, waker) in self.reactor.take_ready(event).into_iter().flatten() {
                self.wake_for(cause, || waker.wake());
            }
        }
        self.reactor.recycle(events);

        // 4. Wake the waiter of each time that has come.
        let now = self.timers.now();
        while let Some((timer, waker)) = self.timers.take_due(now) {
            self.wake_for(Cause::Timer(timer), || waker.wake());
        }

        // 5. Take in what other threads have put into the inbox.
        self.empty_inbox();
        None
    }

    /// Polls one task, or runs its callbacks if it is finished. Returns whether it was the main future and is done.
    fn poll(&self, entry: Entry, poll_main: &mut PollMain<'_>) -> bool {
        let Some(task) = self.tasks.start_poll(entry) else {
            self.dead_wakes.set(self.dead_wakes.get() + 1);
            self.trace.emit(|| What::DeadWake { task: entry.task() });
            return false;
        };
        self.cause.set(Cause::Task(entry.task()));
        self.current_task.set(Some(entry));
        self.budget.set(BUDGET_A_POLL);
        let is_done = match &task.body {
            Body::Finished(finished) => self.run_callbacks(entry, finished.clone()),
            Body::Task(_) | Body::Main => self.poll_future(entry, &task, poll_main),
        };
        self.current_task.set(None);
        let main_is_done = is_done && matches!(task.body, Body::Main);
        match is_done {
            true => self.finish(entry, task),
            false => self.suspend(entry, task.waker),
        }
        self.cause.set(Cause::Outside);
        main_is_done
    }

    /// Polls a future. Returns whether it is done.
    fn poll_future(&self, entry: Entry, task: &InHand, poll_main: &mut PollMain<'_>) -> bool {
        self.polls.set(self.polls.get() + 1);
        self.trace.emit(|| What::PollStarted { task: entry.id, poll: self.tasks.polls_of(entry) });
        let mut context = Context::from_waker(&task.waker);
        let mut outcome = match &task.body {
            Body::Task(task) => task.poll(&mut context),
            _ => poll_main(&mut context),
        };
        // A future can't be dropped in the middle of its poll. A task that has cancelled itself is
        // dropped now; but a panic must be reported.
        if self.tasks.is_marked(entry)
            && outcome != Outcome::Panicked
            && let Body::Task(task) = &task.body
        {
            task.drop_future();
            outcome = Outcome::Cancelled;
        }
        if outcome == Outcome::Pending {
            return false;
        }
        self.trace.emit(|| What::PollEnded { task: entry.id, outcome, waits: None, wakers: 0 });
        true
    }

    /// A task is not done: from now on its waker can ask for another poll.
    fn suspend(&self, entry: Entry, waker: Waker) {
        self.tasks.end_poll(entry, waker);
        self.trace.emit(|| {
            let (outcome, (waits, wakers)) = (Outcome::Pending, self.tasks.suspension(entry));
            What::PollEnded { task: entry.id, outcome, waits, wakers }
        });
    }

    /// Runs the callbacks of a finished task. That was all: it is done.
    fn run_callbacks(&self, entry: Entry, task: Rc<dyn AnyTask>) -> bool {
        let before = self.cause.replace(Cause::Task(entry.task()));
        let callbacks = task.run_callbacks();
        self.cause.set(before);
        self.trace.emit(|| What::CallbacksRun { task: entry.task(), callbacks });
        true
    }

    /// A task is done, and leaves its slot. If it has callbacks, it is queued once more for them,
    /// and comes here again. Only then is its awaiter woken. A closed loop queues nothing: it runs
    /// them now.
    pub(super) fn finish(&self, entry: Entry, task: InHand) {
        self.tasks.remove(entry, task.waker);
        let (Body::Task(task) | Body::Finished(task)) = task.body else { return };
        match task.claim_callbacks() {
            true if self.closed.get() => _ = self.run_callbacks(entry, task.clone()),
            true => return self.queue_callbacks(entry.task(), task),
            false => {}
        }
        self.wake_for(Cause::Task(entry.task()), || task.wake_awaiter());
        // If no handle is left, the result is dropped here, and its destructor is foreign code.
        self.trace.guard(Foreign::Destructor, || drop(task));
    }

    /// Queues a finished task for its callbacks.
    pub(crate) fn queue_callbacks(&self, id: TaskId, task: Rc<dyn AnyTask>) {
        self.tasks.add(TaskId(id.0 | DONE), &self.inbox, |_| (Body::Finished(task), ()));
    }

    /// Calls somebody's waker, for a cause. Each call is guarded: if one panics, the others must
    /// not lose their readiness, because an edge is reported only once.
    fn wake_for(&self, cause: Cause, wake: impl FnOnce()) {
        let before = self.cause.replace(cause);
        self.trace.guard(Foreign::Waker, wake);
        self.cause.set(before);
    }

    /// The first way: puts a task into the ready queue, from the loop's own thread.
    #[inline]
    pub(super) fn enqueue(&self, waker: &TaskWaker) {
        let outcome = self.tasks.enqueue(waker);
        self.trace.emit(|| What::Woken { task: waker.entry().id, by: self.cause.get(), outcome });
    }

    /// The second way: what other threads have put into the inbox goes into the ready queue.
    fn empty_inbox(&self) {
        for letter in self.inbox.take() {
            match letter {
                Letter::Woken(waker, cause) => self.wake_for(cause, || self.enqueue(&waker)),
                Letter::Call(call) => {
                    let here = current_loop();
                    self.trace.guard(Foreign::Callback, || here.map(|core| call(&core)));
                }
            }
        }
    }

    /// Sleeps until something happens, or only looks at the sockets. `None`: nothing will ever
    /// happen.
    fn sleep(&self) -> Option<Events> {
        let look = || self.reactor.wait(Some(Duration::ZERO));
        let Rest::Sleep(deadline) = self.rest() else { return Some(look()) };
        self.trace.emit(|| What::Parked { deadline: deadline.map(nanoseconds) });
        // An observer of that record may have woken a task, or armed a timer: decide once more.
        let events = match self.rest() {
            Rest::Sleep(deadline) => self.idle.sleep(self, deadline)?,
            Rest::Look => look(),
        };
        self.trace.emit(|| What::Unparked { by: self.unparker(&events) });
        Some(events)
    }

    /// Decides how to sleep.
    fn rest(&self) -> Rest {
        let deadline = self.timers.next_deadline();
        let is_due = deadline.is_some_and(|deadline| deadline <= self.timers.now());
        // The inbox last: if it is empty, this marks the loop as sleeping.
        let sleeps = self.tasks.ready_len() == 0 && !is_due && self.inbox.prepare_to_sleep();
        if sleeps { Rest::Sleep(deadline) } else { Rest::Look }
    }

    /// What ended a sleep, if there were these events after it.
    fn unparker(&self, events: &Events) -> Unparker {
        let sockets = events.iter().filter(|event| event.token() != INBOX).count();
        let is_due = self.timers.next_deadline().is_some_and(|it| it <= self.timers.now());
        // Another thread fills the inbox first, and then has the system wake us: we may see the one without the other.
        let by_thread = events.iter().count() > sockets || !self.inbox.is_empty();
        Unparker::of(by_thread, sockets as u32, is_due)
    }

    /// Adds a task: `make` builds it, and gets its place.
    pub(crate) fn add_task<T: AnyTask + 'static>(
        &self,
        make: impl FnOnce(Entry) -> T,
        coroutine: &'static str,
        place: Place,
    ) -> Rc<T> {
        let id = self.tasks.fresh_id();
        let task = self.tasks.add(id, &self.inbox, |entry| {
            let task = Rc::new(make(entry));
            (Body::Task(task.clone()), task)
        });
        let by = self.current_task.get().map(Entry::task);
        self.trace.emit(|| What::TaskCreated { task: id, by, coroutine, place });
        task
    }

    /// Cancels a task. The loop is entered, so its destructors may create tasks there. Returns
    /// whether there was anything left to cancel.
    pub(crate) fn cancel(self: &Rc<Self>, entry: Entry) -> bool {
        let is_left = self.tasks.is_unfinished(entry);
        if is_left {
            let by = self.current_task.get().map(Entry::task);
            self.trace.emit(|| What::Cancelled { task: entry.id, by });
            let _entered = Entered::enter(self);
            self.end_task(entry);
        }
        is_left
    }

    /// Ends a task by dropping its future. In the middle of its own poll this is not possible: the
    /// task is marked, and its future is dropped when the poll is over.
    pub(super) fn end_task(&self, entry: Entry) {
        if let Some(task) = self.tasks.take_to_end(entry) {
            self.end(entry, task);
        }
    }

    /// Ends a task that is in hand. If it is finished, this runs its callbacks. The caller may be
    /// in the middle of a poll: it gets its own budget back after that.
    pub(super) fn end(&self, entry: Entry, task: InHand) {
        let before = self.current_task.replace(Some(entry));
        let budget = self.budget.replace(BUDGET_A_POLL);
        match &task.body {
            Body::Main => {}
            Body::Task(task) => task.drop_future(),
            Body::Finished(task) => _ = self.run_callbacks(entry, task.clone()),
        }
        self.current_task.set(before);
        self.finish(entry, task);
        self.budget.set(budget);
    }

    /// Called by a leaf future that returns `Pending`: what its task waits for, and at which line.
    pub(crate) fn waits_for(&self, what: WaitFor, place: Place) {
        if let Some(entry) = self.current_task.get() {
            let wait = Wait::new(what, place);
            self.tasks.with(entry, |slot| slot.wait = Some(wait));
        }
    }

    /// Keeps something for a layer above, until the loop is closed.
    pub(crate) fn attach<T: 'static>(&self, attachment: T) {
        self.attached.borrow_mut().push(Rc::new(attachment));
    }

    /// What a layer above has attached.
    pub(crate) fn attached<T: 'static>(&self) -> Option<Rc<T>> {
        self.attached.borrow().iter().find_map(|any| any.clone().downcast().ok())
    }
}
