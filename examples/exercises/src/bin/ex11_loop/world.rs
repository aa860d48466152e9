//! The world that the loop runs in: virtual time, timers, sockets, and tasks that are looked at.
//!
//! Time passes only while the loop sleeps or a task works, so nothing here depends on how fast the machine is.

use std::{
    cell::{RefCell, RefMut},
    future::{Future, poll_fn},
    mem,
    panic::Location,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use glassloop::trace::{
    TaskId, What,
    record::{Cause, Direction::Readable, Outcome, Unparker, WakeOutcome},
};

use crate::harness::{BoxFuture, Driver, Log, Verdict, ensure, give_up};
use rules::{Marks, State, TaskState, Waiter};

#[path = "rules.rs"]
mod rules;

/// How many wakes have begun, and how many have come to an end.
pub static WAKES_BEGUN: AtomicU32 = AtomicU32::new(0);
pub static WAKES_ENDED: AtomicU32 = AtomicU32::new(0);

/// Stands before the answer's waker, and remembers that it was called.
struct Spy {
    marks: Arc<Marks>,
    waker: Waker,
}

impl Wake for Spy {
    fn wake(self: Arc<Self>) {
        self.marks.become_runnable();
        self.marks.wakes.fetch_add(1, SeqCst);
        WAKES_BEGUN.fetch_add(1, SeqCst);
        self.waker.wake_by_ref();
        WAKES_ENDED.fetch_add(1, SeqCst);
    }
}

/// What a check has of the world. Clones are one world.
#[derive(Clone, Default)]
pub struct World {
    log: Log,
    state: Rc<RefCell<State>>,
}

impl World {
    /// A byte comes to this socket at this time.
    pub fn byte_comes(&self, socket: u64, at: Duration) {
        self.state().sockets.insert(socket, (at, None));
    }

    /// A task, by its name in the story.
    #[track_caller]
    pub fn task(
        &self,
        name: &'static str,
        future: impl Future<Output = ()> + 'static,
    ) -> BoxFuture<()> {
        let task = self.state().tasks.len();
        let marks = Arc::new(Marks::default());
        marks.become_runnable();
        let state = TaskState { marks, is_done: false, is_dropped: false };
        self.state().tasks.push(state);
        let place = Location::caller();
        self.note(What::TaskCreated { task: id(task), by: None, coroutine: name, place });
        Box::pin(Watched { world: self.clone(), task, future: Box::pin(future), polls: 0 })
    }

    /// A poll takes so long.
    pub fn work(&self, time: Duration) {
        self.state().now += time;
    }

    pub fn sleep_until(&self, deadline: Duration) -> Sleep {
        Sleep { world: self.clone(), deadline, timer: None, is_forgotten: false }
    }

    pub fn readable(&self, socket: u64) -> Byte {
        Byte { world: self.clone(), socket }
    }

    pub fn yield_now(&self) -> Yield {
        Yield { world: self.clone(), has_yielded: false }
    }

    /// What is always ready: as soon as the loop looks.
    pub fn at_once(&self, socket: u64) -> impl Future<Output = ()> + 'static {
        let (world, mut was_waited_for) = (self.clone(), false);
        poll_fn(move |context| {
            if mem::replace(&mut was_waited_for, true) {
                return Poll::Ready(());
            }
            let mut state = world.state();
            let (now, waiter) = (state.now, state.waiter(context));
            state.sockets.insert(socket, (now, Some(waiter)));
            Poll::Pending
        })
    }

    /// A timer that is due when the poll that sets it comes to its end.
    pub fn due_at_once(&self) -> impl Future<Output = ()> + 'static {
        let (world, mut sleep) = (self.clone(), None);
        poll_fn(move |context| {
            let deadline = world.state().now + Duration::from_millis(1);
            let sleep = sleep.get_or_insert_with(|| Box::pin(world.sleep_until(deadline)));
            let poll = sleep.as_mut().poll(context);
            if poll.is_pending() {
                world.work(Duration::from_millis(1));
            }
            poll
        })
    }

    /// The loop has returned. Wakers of timers are left, and are called.
    pub fn wake_who_is_left(&self) {
        let left = mem::take(&mut self.state().timers);
        left.into_values().for_each(|waiter| waiter.waker.wake());
    }

    /// How often the loop has called `poll_io`.
    pub fn turns(&self) -> u64 {
        self.state().turn
    }

    /// The loop has returned: is everything done?
    pub fn is_finished(&self) -> Verdict {
        let state = self.state();
        let done = state.tasks.iter().filter(|task| task.is_done).count();
        self.told(ensure(done == state.tasks.len(), "ended-early", &[&done, &state.tasks.len()]))
    }

    /// A verdict, with the story so far.
    pub fn told(&self, verdict: Verdict) -> Verdict {
        verdict.map_err(|failure| failure.with(&self.log))
    }

    /// Ends the check if this is not all right: the loop has called, and may never return.
    fn insist(&self, verdict: Verdict) {
        self.told(verdict).unwrap_or_else(|failure| give_up(failure));
    }

    fn note(&self, what: What) {
        let state = self.state();
        self.log.note_at(state.now, state.turn + 1, what);
    }

    fn note_wakes(&self, waiters: &[Waiter], by: impl Fn(usize) -> Cause) {
        for (place, waiter) in waiters.iter().enumerate() {
            let outcome = WakeOutcome::Queued;
            self.note(What::Woken { task: id(waiter.task), by: by(place), outcome });
        }
    }

    fn state(&self) -> RefMut<'_, State> {
        self.state.borrow_mut()
    }
}

fn id(task: usize) -> TaskId {
    TaskId(task as u64 + 1)
}

impl Driver for World {
    fn now(&self) -> Duration {
        let asked = self.state().is_asked();
        self.insist(asked);
        self.state().now
    }

    fn next_deadline(&self) -> Option<Duration> {
        let asked = self.state().is_asked();
        self.insist(asked);
        self.state().next_deadline()
    }

    fn fire(&mut self) -> Vec<Waker> {
        let asked = self.state().is_asked();
        self.insist(asked);
        let mut state = self.state();
        (state.polls_since_due, state.looks_since_due) = (0, 0);
        let not_yet = state.now + Duration::from_nanos(1);
        let later = state.timers.split_off(&(not_yet, 0));
        let due = mem::replace(&mut state.timers, later);
        let timers: Vec<u64> = due.keys().map(|(_, timer)| *timer).collect();
        let waiters: Vec<Waiter> = due.into_values().collect();
        drop(state);
        self.note_wakes(&waiters, |place| Cause::Timer(timers[place]));
        self.state().hand_over(waiters)
    }

    fn poll_io(&mut self, timeout: Option<Duration>) -> Vec<Waker> {
        let asked = self.state().is_asked();
        self.insist(asked);
        let allowed = self.state().may_sleep(timeout);
        self.insist(allowed);
        if timeout != Some(Duration::ZERO) {
            self.sleep(timeout);
        }
        let mut state = self.state();
        (state.turn, state.polls_since_io) = (state.turn + 1, 0);
        let now = state.now;
        let ready = state.sockets.iter_mut().filter(|(_, (comes, _))| *comes <= now);
        let ready = ready.filter_map(|(&socket, (_, waiter))| Some((socket, waiter.take()?)));
        let (sockets, waiters): (Vec<u64>, Vec<Waiter>) = ready.unzip();
        drop(state);
        let cause = |place: usize| Cause::Socket { socket: sockets[place], direction: Readable };
        self.note_wakes(&waiters, cause);
        self.state().hand_over(waiters)
    }
}

impl World {
    /// Nothing is ready: time goes on until the timeout, or until a byte comes.
    fn sleep(&self, timeout: Option<Duration>) {
        let now = self.state().now;
        let byte = self.state().next_byte();
        let end = timeout.map(|timeout| now.saturating_add(timeout));
        let deadline = end.map(|end| u64::try_from(end.as_nanos()).unwrap_or(u64::MAX));
        let polls = self.state().polls_since_io;
        self.note(What::TurnEnded { polls });
        self.note(What::Parked { deadline });
        let until = end.into_iter().chain(byte).min().unwrap_or(now).max(now);
        let woke = self.state().woke_for_something(timeout, until);
        self.insist(woke);
        self.state().now = until;
        let by = if byte == Some(until) { Unparker::Sockets(1) } else { Unparker::Deadline };
        self.note(What::Unparked { by });
    }
}

/// A task's future, looked at.
struct Watched {
    world: World,
    task: usize,
    future: BoxFuture<()>,
    polls: u32,
}

impl Future for Watched {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let (world, task) = (self.world.clone(), id(self.task));
        let allowed = world.state().poll_starts(self.task);
        world.insist(allowed);
        self.polls += 1;
        world.note(What::PollStarted { task, poll: self.polls });
        let marks = world.state().tasks[self.task].marks.clone();
        let spy = Waker::from(Arc::new(Spy { marks, waker: context.waker().clone() }));
        let result = self.future.as_mut().poll(&mut Context::from_waker(&spy));
        let outcome = if result.is_ready() { Outcome::Ready } else { Outcome::Pending };
        world.state().tasks[self.task].is_done = result.is_ready();
        world.note(What::PollEnded { task, outcome, waits: None, wakers: 1 });
        result
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let task = &mut self.world.state().tasks[self.task];
        task.is_dropped = !task.is_done;
    }
}

/// Waits for a time.
pub struct Sleep {
    world: World,
    deadline: Duration,
    timer: Option<u64>,
    is_forgotten: bool,
}

impl Sleep {
    /// Leaves its timer behind when it is dropped: it will wake a task that may be done by then.
    pub fn forgotten(mut self) -> Sleep {
        self.is_forgotten = true;
        self
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let world = self.world.clone();
        let mut state = world.state();
        if state.now >= self.deadline {
            return Poll::Ready(());
        }
        let timer = *self.timer.get_or_insert(state.timers_made);
        state.timers_made = state.timers_made.max(timer + 1);
        let waiter = state.waiter(context);
        state.timers.insert((self.deadline, timer), waiter);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(timer) = self.timer.filter(|_| !self.is_forgotten) {
            self.world.state().timers.remove(&(self.deadline, timer));
        }
    }
}

/// Waits for a byte.
pub struct Byte {
    world: World,
    socket: u64,
}

impl Future for Byte {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.world.state();
        let (now, me) = (state.now, state.waiter(context));
        let (comes, waiter) = state.sockets.get_mut(&self.socket).expect("a byte will come to it");
        if now >= *comes {
            return Poll::Ready(());
        }
        *waiter = Some(me);
        Poll::Pending
    }
}

impl Drop for Byte {
    fn drop(&mut self) {
        if let Some((_, waiter)) = self.world.state().sockets.get_mut(&self.socket) {
            *waiter = None;
        }
    }
}

/// Lets the others go first.
pub struct Yield {
    world: World,
    has_yielded: bool,
}

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.has_yielded {
            return Poll::Ready(());
        }
        self.has_yielded = true;
        let task = id(self.world.state().polling);
        let outcome = WakeOutcome::Queued;
        self.world.note(What::Woken { task, by: Cause::Task(task), outcome });
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
