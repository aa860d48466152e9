//! `Lock`: one task at a time.

use std::{
    cell::Cell,
    fmt,
    panic::Location,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use super::waiters::{InLine, Waiters};
use crate::trace::record::Place;

/// Lets one task at a time go on. It holds no value: what it protects is kept beside it.
///
/// asyncio: `asyncio.Lock`. Clones are handles of the same lock. Tasks of a loop are interrupted only at an
/// `.await`. So you need a lock only around code with an `.await` in the middle. A task that acquires a lock which
/// it already holds waits for itself for ever.
///
/// ```
/// use glassloop::{run, sync::Lock};
///
/// run(async {
///     let lock = Lock::new();
///     let guard = lock.acquire().await;
///     assert!(lock.locked());
///     drop(guard); // or the end of its block
///     assert!(!lock.locked());
/// });
/// ```
#[derive(Clone, Default)]
#[doc(alias = "Mutex")]
pub struct Lock {
    shared: Rc<LockState>,
}

#[derive(Default)]
struct LockState {
    /// Stays true while the lock goes from hand to hand: nobody finds it free in between.
    locked: Cell<bool>,
    waiters: Waiters,
}

impl Lock {
    /// Makes a lock that nobody holds.
    pub fn new() -> Lock {
        Lock::default()
    }

    /// Waits until the lock is ours. Those who wait get it in the order of their first polls.
    ///
    /// asyncio: `Lock.acquire`, and `async with lock`. Dropping the future leaves the line; if the lock has
    /// just been handed to it, the next in line gets it.
    #[track_caller]
    #[doc(alias = "lock")]
    pub fn acquire(&self) -> AcquireLock {
        self.acquire_at(Location::caller())
    }

    /// As `acquire`, for a future that has noted its caller's line.
    pub(super) fn acquire_at(&self, place: Place) -> AcquireLock {
        let line = InLine::at(place, &self.shared.waiters, "Lock.acquire");
        AcquireLock { lock: Some(self.clone()), line }
    }

    /// Does anybody hold the lock?
    #[doc(alias = "is_locked")]
    pub fn locked(&self) -> bool {
        self.shared.locked.get()
    }

    /// Hands the lock to the first in line. Only if there is nobody it becomes free.
    fn release(&self) {
        if self.shared.waiters.grant(1) == 0 {
            self.shared.locked.set(false);
        }
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.locked() { "locked" } else { "unlocked" };
        write!(f, "<Lock {state} waiters={}>", self.shared.waiters.len())
    }
}

/// The future of [`Lock::acquire`].
#[must_use = "futures do nothing unless awaited"]
pub struct AcquireLock {
    /// `None`, once it is ready.
    lock: Option<Lock>,
    line: InLine,
}

impl Future for AcquireLock {
    type Output = LockGuard;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<LockGuard> {
        let AcquireLock { lock, line } = &mut *self;
        let Some(ours) = lock else { panic!("a finished acquire was polled again") };
        ready!(line.poll(context, || !ours.shared.locked.replace(true)));
        let guard = LockGuard { lock: ours.clone() };
        *lock = None;
        Poll::Ready(guard)
    }
}

impl Drop for AcquireLock {
    fn drop(&mut self) {
        if let Some(lock) = &self.lock
            && self.line.leave()
        {
            lock.release();
        }
    }
}

/// The lock is ours while this lives. Dropping it releases the lock: no lock can be released that
/// is not held.
///
/// ```
/// use glassloop::{run, sync::Lock};
///
/// run(async {
///     let lock = Lock::new();
///     {
///         let _guard = lock.acquire().await; // `let _ =` would drop it at once
///         assert!(lock.locked());
///     }
///     assert!(!lock.locked());
/// });
/// ```
#[must_use = "dropping the guard releases the lock"]
#[doc(alias = "MutexGuard")]
pub struct LockGuard {
    lock: Lock,
}

impl LockGuard {
    /// Is this the guard of that lock?
    pub(super) fn is_of(&self, lock: &Lock) -> bool {
        Rc::ptr_eq(&self.lock.shared, &lock.shared)
    }
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        self.lock.release();
    }
}

impl fmt::Debug for LockGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<LockGuard of {:?}>", self.lock)
    }
}
