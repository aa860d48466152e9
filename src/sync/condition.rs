//! `Condition`: waiting, with a lock, until another task says that something has changed.

use std::{
    fmt, mem,
    panic::Location,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use super::{
    lock::{AcquireLock, Lock, LockGuard},
    waiters::{InLine, Waiters},
};
use crate::{sync::KnownWaker, trace::record::Place};

/// A lock, and a line of tasks that wait for a change of what it protects.
///
/// asyncio: `asyncio.Condition`. Clones are handles of the same condition. To wait and to notify
/// both take the lock's guard, so neither can be written without holding the lock.
///
/// ```
/// use std::{cell::Cell, rc::Rc};
/// use glassloop::{create_task, run, sync::Condition};
///
/// run(async {
///     let (condition, count) = (Condition::new(), Rc::new(Cell::new(0)));
///     let (theirs, seen) = (condition.clone(), count.clone());
///     let waiting = create_task(async move {
///         let guard = theirs.acquire().await;
///         let _guard = theirs.wait_for(guard, || seen.get() > 0).await;
///         seen.get()
///     });
///     let guard = condition.acquire().await;
///     count.set(7);
///     condition.notify(&guard, 1);
///     drop(guard); // only now can the other go on
///     assert_eq!(waiting.await.unwrap(), 7);
/// });
/// ```
#[derive(Clone, Default)]
#[doc(alias = "Condvar")]
pub struct Condition {
    shared: Rc<ConditionState>,
}

#[derive(Default)]
struct ConditionState {
    lock: Lock,
    waiters: Waiters,
}

impl Condition {
    /// Makes a condition with its own lock.
    pub fn new() -> Condition {
        Condition::default()
    }

    /// Makes a condition with this lock: several conditions may share one.
    ///
    /// asyncio: `asyncio.Condition(lock)`.
    ///
    /// ```
    /// use glassloop::{run, sync::{Condition, Lock}};
    ///
    /// run(async {
    ///     let lock = Lock::new();
    ///     let (has_room, has_items) = (Condition::with_lock(&lock), Condition::with_lock(&lock));
    ///     let guard = lock.acquire().await;
    ///     assert!(has_room.locked() && has_items.locked());
    ///     has_items.notify(&guard, 1); // the one guard is good for both
    /// });
    /// ```
    pub fn with_lock(lock: &Lock) -> Condition {
        let shared = ConditionState { lock: lock.clone(), waiters: Waiters::default() };
        Condition { shared: Rc::new(shared) }
    }

    /// Waits until the lock is ours; as [`Lock::acquire`].
    #[track_caller]
    #[doc(alias = "lock")]
    pub fn acquire(&self) -> AcquireLock {
        self.shared.lock.acquire()
    }

    /// Does anybody hold the lock?
    pub fn locked(&self) -> bool {
        self.shared.lock.locked()
    }

    /// Releases the lock, waits for a notification, acquires the lock again, and returns its guard. By then things
    /// may have changed again: check, or use [`wait_for`](Condition::wait_for).
    ///
    /// asyncio: `Condition.wait`. The lock is released at the first poll. If the future is dropped after it got a
    /// notification, it passes the notification on. asyncio acquires the lock again even for a cancelled task. Here
    /// the guard is gone: after a `timeout`, acquire the lock again.
    ///
    /// ```
    /// use glassloop::{create_task, run, sync::Condition, yield_now};
    ///
    /// run(async {
    ///     let condition = Condition::new();
    ///     let theirs = condition.clone();
    ///     let waiting = create_task(async move { theirs.wait(theirs.acquire().await).await });
    ///     yield_now().await; // now the other waits
    ///     condition.notify_all(&condition.acquire().await);
    ///     let _guard = waiting.await.unwrap();
    ///     assert!(condition.locked());
    /// });
    /// ```
    ///
    /// # Panics
    /// If the guard is another lock's.
    #[track_caller]
    pub fn wait(&self, guard: LockGuard) -> ConditionWait {
        self.check(&guard);
        self.wait_at(guard, Location::caller())
    }

    fn wait_at(&self, guard: LockGuard, place: Place) -> ConditionWait {
        ConditionWait { condition: self.clone(), state: WaitState::Holding(guard), place }
    }

    /// Waits until the predicate is true, which is asked at once and after each notification, with the lock
    /// held. Returns the guard.
    ///
    /// asyncio: `Condition.wait_for`. Dropping the future is as in [`wait`](Condition::wait).
    ///
    /// # Panics
    /// If the guard is another lock's, or with the predicate's panic.
    #[track_caller]
    #[doc(alias = "wait_while")]
    pub fn wait_for<F: FnMut() -> bool>(
        &self,
        guard: LockGuard,
        predicate: F,
    ) -> ConditionWaitFor<F> {
        self.check(&guard);
        ConditionWaitFor { wait: self.wait_at(guard, Location::caller()), predicate }
    }

    /// Notifies the first `count` of those who wait; fewer, if there are fewer. They go on one after another,
    /// as each gets the lock.
    ///
    /// asyncio: `Condition.notify`.
    ///
    /// # Panics
    /// If the guard is another lock's.
    #[track_caller]
    #[doc(alias = "notify_one")]
    pub fn notify(&self, guard: &LockGuard, count: usize) {
        self.check(guard);
        self.shared.waiters.grant(count);
    }

    /// Notifies all who wait.
    ///
    /// asyncio: `Condition.notify_all`.
    ///
    /// # Panics
    /// If the guard is another lock's.
    #[track_caller]
    pub fn notify_all(&self, guard: &LockGuard) {
        self.notify(guard, usize::MAX);
    }

    #[track_caller]
    fn check(&self, guard: &LockGuard) {
        assert!(guard.is_of(&self.shared.lock), "the guard is not of this condition's lock");
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.locked() { "locked" } else { "unlocked" };
        write!(f, "<Condition {state} waiters={}>", self.shared.waiters.len())
    }
}

/// The future of [`Condition::wait`].
#[must_use = "futures do nothing unless awaited"]
pub struct ConditionWait {
    condition: Condition,
    state: WaitState,
    place: Place,
}

enum WaitState {
    /// Not polled yet.
    Holding(LockGuard),
    Waiting(InLine),
    /// Notified, and waiting for the lock.
    Acquiring(AcquireLock),
    Done,
}

impl ConditionWait {
    /// Takes the guard out, if this holds it.
    fn take_guard(&mut self, next: WaitState) -> Option<LockGuard> {
        match mem::replace(&mut self.state, next) {
            WaitState::Holding(guard) => Some(guard),
            _ => None,
        }
    }
}

impl Future for ConditionWait {
    type Output = LockGuard;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<LockGuard> {
        let this = &mut *self;
        let (shared, place) = (this.condition.shared.clone(), this.place);
        loop {
            match &mut this.state {
                WaitState::Holding(_) => {
                    // In line first, then out of the lock: the other way round its next holder might find
                    // nobody to notify.
                    let mut line = InLine::at(place, &shared.waiters, "Condition.wait");
                    line.join(KnownWaker::new(context.waker()));
                    drop(this.take_guard(WaitState::Waiting(line)));
                    return Poll::Pending;
                }
                WaitState::Waiting(line) => {
                    ready!(line.poll(context, || false));
                    this.state = WaitState::Acquiring(shared.lock.acquire_at(place));
                }
                WaitState::Acquiring(acquire) => {
                    let guard = ready!(Pin::new(acquire).poll(context));
                    this.state = WaitState::Done;
                    return Poll::Ready(guard);
                }
                WaitState::Done => panic!("a finished wait was polled again"),
            }
        }
    }
}

/// One who was notified and goes before having the lock passes the notification on, or it would be lost.
impl Drop for ConditionWait {
    fn drop(&mut self) {
        let was_notified = match &mut self.state {
            WaitState::Waiting(line) => line.leave(),
            WaitState::Acquiring(_) => true,
            WaitState::Holding(_) | WaitState::Done => false,
        };
        if was_notified {
            self.condition.shared.waiters.grant(1);
        }
    }
}

/// The future of [`Condition::wait_for`].
#[must_use = "futures do nothing unless awaited"]
pub struct ConditionWaitFor<F> {
    /// Holds the guard whenever the predicate is to be asked.
    wait: ConditionWait,
    predicate: F,
}

/// The predicate is called, never pinned.
impl<F> Unpin for ConditionWaitFor<F> {}

impl<F: FnMut() -> bool> Future for ConditionWaitFor<F> {
    type Output = LockGuard;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<LockGuard> {
        let ConditionWaitFor { wait, predicate } = &mut *self;
        loop {
            if matches!(wait.state, WaitState::Holding(_))
                && predicate()
                && let Some(guard) = wait.take_guard(WaitState::Done)
            {
                return Poll::Ready(guard);
            }
            let guard = ready!(Pin::new(&mut *wait).poll(context));
            wait.state = WaitState::Holding(guard);
        }
    }
}
