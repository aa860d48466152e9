//! The event loop: polls what is ready; when nothing is, sleeps until something is.
//!
//! That is all it does, and [`Core::turn`] is where it does it. Three things end a sleep: a timer, a socket,
//! another thread. Each ends in a waker being called, a waker puts a task into the ready queue, and the
//! next turn polls it.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    io,
    rc::Rc,
    sync::Arc,
    task::Context,
    time::Duration,
};

use mio::Events;

use super::{
    inbox::Inbox,
    life::{Entered, current},
    reactor::{INBOX, Reactor},
    task::{AnyTask, Body, CheckedOut, Entry, Tasks},
    timers::Timers,
    waker::TaskWaker,
};
use crate::{
    budget::BUDGET_A_POLL,
    clock::Clock,
    deadlock::Outlook,
    trace::{
        Trace, Views,
        record::{Cause, Foreign, Outcome, Place, Rouser, TaskId, Wait, WaitFor, WakeOutcome},
    },
};

/// How many tasks are polled before timers, sockets and other threads get their say.
const POLLS_A_TURN: u32 = 64;

/// How a run can end.
pub(crate) enum End {
    /// The main future is done.
    Done,
    /// It is not, and nothing can wake it, or any other task.
    Deadlock,
}

/// What the builder can set.
pub(crate) struct Settings {
    pub(crate) clock: Rc<Clock>,
    pub(crate) grace: Option<Duration>,
    pub(crate) shuffle: Option<u64>,
    pub(crate) views: Views,
}

/// What ended a sleep, after which there were these events.
fn rouser(events: &Events) -> Rouser {
    let inbox = events.iter().filter(|event| event.token() == INBOX).count();
    match (inbox, events.iter().count() - inbox) {
        (0, 0) => Rouser::Deadline,
        (0, sockets) => Rouser::Sockets(sockets as u32),
        (_, _) => Rouser::Thread,
    }
}

/// All parts of a loop. `EventLoop` owns it; leaf futures hold the parts that they need.
pub(crate) struct Core {
    pub(crate) tasks: Tasks,
    pub(crate) timers: Rc<Timers>,
    pub(crate) reactor: Rc<Reactor>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) trace: Rc<Trace>,
    pub(crate) grace: Duration,
    /// What the loop does right now: the cause of all that happens meanwhile.
    cause: Cell<Cause>,
    /// The task that is being polled.
    pub(crate) polling: Cell<Option<Entry>>,
    pub(crate) budget: Cell<u32>,
    pub(super) first_run: Cell<bool>,
    pub(crate) running: Cell<bool>,
    pub(crate) closed: Cell<bool>,
    pub(crate) polls: Cell<u64>,
    pub(crate) dead_wakes: Cell<u64>,
    /// What floors above keep with the loop: its worker threads, its table of hosts.
    pub(super) attached: RefCell<Vec<Rc<dyn Any>>>,
}

/// Polls the main future where it stands.
type PollMain<'a> = dyn FnMut(&mut Context<'_>) -> Outcome + 'a;

impl Core {
    pub(crate) fn new(settings: Settings) -> io::Result<Core> {
        let trace = Rc::new(Trace::new(settings.clock.clone(), settings.views));
        let reactor = Rc::new(Reactor::new(trace.clone())?);
        Ok(Core {
            tasks: Tasks::new(settings.shuffle),
            timers: Rc::new(Timers::new(settings.clock, trace.clone())),
            inbox: Arc::new(Inbox::new(reactor.rouser()?)),
            reactor,
            trace,
            grace: settings.grace.unwrap_or(Duration::from_millis(10)),
            cause: Cell::new(Cause::Outside),
            polling: Cell::new(None),
            budget: Cell::new(BUDGET_A_POLL),
            first_run: Cell::new(true),
            running: Cell::new(false),
            closed: Cell::new(false),
            polls: Cell::new(0),
            dead_wakes: Cell::new(0),
            attached: RefCell::default(),
        })
    }

    /// One turn: poll what is ready, up to a bound; sleep if nothing is left; then sockets, timers and other
    /// threads get their say. Returns how the run has ended, if it has.
    pub(super) fn turn(&self, poll_main: &mut PollMain<'_>) -> Option<End> {
        self.trace.turn_started();
        for _ in 0..POLLS_A_TURN {
            let Some(entry) = self.tasks.next() else { break };
            if self.poll(entry, poll_main) {
                return Some(End::Done);
            }
        }
        self.trace.turn_ended();

        let Some(events) = self.sleep() else { return Some(End::Deadlock) };
        for event in events.iter().filter(|event| event.token() != INBOX) {
            for (cause, waker) in self.reactor.take_ready(event).into_iter().flatten() {
                self.wake_for(cause, || waker.wake());
            }
        }
        self.reactor.recycle(events);

        let now = self.timers.now();
        while let Some((timer, waker)) = self.timers.take_due(now) {
            self.wake_for(Cause::Timer(timer), || waker.wake());
        }
        self.empty_inbox();
        None
    }

    /// Polls one task. Returns whether it was the main future and is done.
    fn poll(&self, entry: Entry, poll_main: &mut PollMain<'_>) -> bool {
        let Some(task) = self.tasks.check_out(entry) else {
            self.dead_wakes.set(self.dead_wakes.get() + 1);
            self.trace.dead_wake(entry.id);
            return false;
        };
        self.cause.set(Cause::Task(entry.id));
        self.polling.set(Some(entry));
        let outcome = self.poll_body(entry, &task, poll_main);
        self.polling.set(None);
        self.tasks.check_in(entry, task.waker);
        if let Some(outcome) = outcome {
            self.trace.poll_ended(entry.id, outcome, move || self.tasks.suspension(entry));
        }
        let main_is_done = outcome != Some(Outcome::Pending) && self.retire(entry, task.body);
        self.cause.set(Cause::Outside);
        main_is_done
    }

    /// `None`: it was finished already, and its callbacks have been run.
    fn poll_body(
        &self,
        entry: Entry,
        task: &CheckedOut,
        poll_main: &mut PollMain<'_>,
    ) -> Option<Outcome> {
        if let Body::Finished(finished) = &task.body {
            let callbacks = finished.clone().run_callbacks();
            self.trace.callbacks_run(entry.id, callbacks);
            return None;
        }
        self.polls.set(self.polls.get() + 1);
        self.budget.set(BUDGET_A_POLL);
        self.trace.poll_started(entry.id, task.poll);
        let mut context = Context::from_waker(&task.waker);
        Some(match &task.body {
            Body::Task(task) => task.poll(&mut context),
            _ => poll_main(&mut context),
        })
    }

    /// Takes a task that is done out of its slot, and queues it for its callbacks if it has any. Only
    /// after them comes the turn of whoever awaits it. Returns whether it was the main future.
    pub(super) fn retire(&self, entry: Entry, body: Body) -> bool {
        self.tasks.remove(entry);
        let (Body::Task(task) | Body::Finished(task)) = body else { return true };
        if !self.closed.get() && task.claim_callbacks() {
            self.tasks.add_finished(entry.id, task, &self.inbox);
            return false;
        }
        if let Some(awaiter) = task.take_awaiter() {
            self.wake_for(Cause::Task(entry.id), || awaiter.wake());
        }
        // Where no handle is left, the result goes here, and its destructor is foreign code.
        self.trace.guard(Foreign::Destructor, || drop(task));
        false
    }

    /// Calls somebody's waker, for a cause. Each by itself: one that panics must not take the readiness of
    /// the others with it, for an edge is reported only once.
    fn wake_for(&self, cause: Cause, wake: impl FnOnce()) {
        let before = self.cause.replace(cause);
        self.trace.guard(Foreign::Waker, wake);
        self.cause.set(before);
    }

    /// The first door: puts a task into the ready queue, from the loop's own thread.
    #[inline]
    pub(super) fn enqueue(&self, waker: &TaskWaker) {
        let outcome = match self.tasks.enqueue(waker) {
            true => WakeOutcome::Queued,
            false => WakeOutcome::AlreadyQueued,
        };
        self.trace.woken(waker.entry().id, self.cause.get(), outcome);
    }

    /// The second door: what other threads have put into the inbox goes into the ready queue.
    fn empty_inbox(&self) {
        let (woken, calls) = self.inbox.take();
        for (waker, cause) in woken {
            self.cause.set(cause);
            self.enqueue(&waker);
        }
        for call in calls {
            let here = current();
            self.trace.guard(Foreign::Callback, || here.map(|core| call(&core)));
        }
        self.cause.set(Cause::Outside);
    }

    /// Sleeps until something happens. If something has happened already, only looks. `None`: nothing ever
    /// will.
    fn sleep(&self) -> Option<Events> {
        let deadline = self.timers.next_deadline();
        if self.tasks.ready_len() > 0 || self.is_past(deadline) || !self.inbox.may_sleep() {
            return Some(self.reactor.wait(Some(Duration::ZERO)));
        }
        self.trace.parked(deadline);
        // An observer may have woken a task just now, or armed a timer.
        let deadline = self.timers.next_deadline();
        let ready = self.tasks.ready_len() > 0 || self.is_past(deadline);
        let outlook = if ready || deadline.is_some() { Outlook::Known } else { self.outlook() };
        let events = match outlook {
            Outlook::Deadlock => return None,
            Outlook::Unknown => self.sleep_in_doubt(),
            Outlook::Known if ready => self.reactor.wait(Some(Duration::ZERO)),
            Outlook::Known if self.timers.clock.is_virtual() => self.sleep_virtually(deadline),
            Outlook::Known => {
                let now = self.timers.now();
                self.reactor.wait(deadline.map(|deadline| deadline.saturating_sub(now)))
            }
        };
        self.trace.unparked(|| rouser(&events));
        Some(events)
    }

    fn is_past(&self, deadline: Option<Duration>) -> bool {
        deadline.is_some_and(|deadline| deadline <= self.timers.now())
    }

    /// Adds a task: `make` builds it once its id and place are known.
    #[track_caller]
    pub(crate) fn add_task<T: AnyTask + 'static>(
        &self,
        make: impl FnOnce(Entry) -> T,
        coroutine: &'static str,
        place: Place,
    ) -> Rc<T> {
        assert!(!self.closed.get(), "event loop is closed");
        let entry = self.tasks.entry_for(self.tasks.fresh_id());
        let task = Rc::new(make(entry));
        self.tasks.add(entry, Body::Task(task.clone()), &self.inbox);
        self.trace.task_created(entry.id, self.polled_task(), coroutine, place);
        task
    }

    /// Cancels a task: drops its future where it waits, with its loop entered, so that its destructors may
    /// create tasks there. One that is being polled is told so in its own way (`AnyTask`), since a future
    /// can't be dropped in the middle of its poll.
    pub(crate) fn cancel(self: &Rc<Self>, entry: Entry) {
        self.trace.cancelled(entry.id, self.polled_task());
        let entered = Entered::enter(self);
        self.end(entry);
        drop(entered);
    }

    /// Ends a task that is not being polled: one that is finished has its callbacks run, any other is
    /// dropped.
    pub(super) fn end(&self, entry: Entry) {
        let Some(body) = self.tasks.take_waiting(entry) else { return };
        match &body {
            Body::Main => return,
            Body::Task(task) => task.drop_future(),
            Body::Finished(task) => drop(task.clone().run_callbacks()),
        }
        self.retire(entry, body);
    }

    fn polled_task(&self) -> Option<TaskId> {
        self.polling.get().map(|entry| entry.id)
    }

    /// Called by a leaf future that returns `Pending`: what its task waits for, and at which line.
    pub(crate) fn waits_for(&self, what: WaitFor, place: Place) {
        if let Some(entry) = self.polling.get() {
            self.tasks.note_wait(entry, Wait::new(what, place));
        }
    }

    /// Keeps something for a floor above, until the loop is closed.
    pub(crate) fn attach<T: 'static>(&self, attachment: T) {
        self.attached.borrow_mut().push(Rc::new(attachment));
    }

    /// What a floor above has attached.
    pub(crate) fn attached<T: 'static>(&self) -> Option<Rc<T>> {
        self.attached.borrow().iter().find_map(|any| any.clone().downcast().ok())
    }
}
