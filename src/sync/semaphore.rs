//! `Semaphore`: so many tasks at a time.

use std::{
    cell::Cell,
    fmt, mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use super::waiters::{InLine, Waiters};

/// Lets so many tasks at a time go on.
///
/// asyncio: `asyncio.Semaphore`. Clones are handles of the same semaphore. A permit is given back
/// once, by its drop, so a program that does not call [`release`](Semaphore::release) can't exceed
/// the number it began with: that is asyncio's `BoundedSemaphore`, whose error for releasing too
/// often can't be written here.
///
/// ```
/// use glassloop::{run, sync::Semaphore};
///
/// run(async {
///     let semaphore = Semaphore::new(2);
///     let first = semaphore.acquire().await;
///     let _second = semaphore.acquire().await;
///     assert!(semaphore.locked());
///     drop(first);
///     assert!(!semaphore.locked());
/// });
/// ```
#[derive(Clone)]
#[doc(alias = "BoundedSemaphore")]
pub struct Semaphore {
    shared: Rc<SemaphoreState>,
}

struct SemaphoreState {
    /// The permits that nobody has, and that were handed to nobody.
    free: Cell<usize>,
    waiters: Waiters,
}

impl Semaphore {
    /// Makes a semaphore with so many permits. With 0, `acquire` waits for a `release`.
    pub fn new(permits: usize) -> Semaphore {
        let shared = SemaphoreState { free: Cell::new(permits), waiters: Waiters::default() };
        Semaphore { shared: Rc::new(shared) }
    }

    /// Waits for a permit. Those who wait get theirs in the order of their first polls.
    ///
    /// asyncio: `Semaphore.acquire`, and `async with semaphore`. Dropping the future leaves the line; if a
    /// permit has just been handed to it, the next in line gets it.
    #[track_caller]
    pub fn acquire(&self) -> AcquirePermit {
        let line = InLine::new(&self.shared.waiters, "Semaphore.acquire");
        AcquirePermit { semaphore: Some(self.clone()), line }
    }

    /// Would `acquire` have to wait?
    ///
    /// It also has to wait behind a task that was given a permit and has not run yet. Otherwise a task that
    /// releases one permit and acquires another, again and again, would overtake all others.
    pub fn locked(&self) -> bool {
        let SemaphoreState { free, waiters } = &*self.shared;
        free.get() == 0 || waiters.granted() > 0 || waiters.len() > 0
    }

    /// Adds a permit, beside those that permits give back when they are dropped.
    ///
    /// asyncio: `Semaphore.release`. The number may grow beyond what it was at first.
    #[doc(alias = "add_permits")]
    pub fn release(&self) {
        self.shared.free.set(self.shared.free.get().saturating_add(1));
        self.serve();
    }

    /// Hands the free permits to those who wait.
    fn serve(&self) {
        let SemaphoreState { free, waiters } = &*self.shared;
        let most = free.replace(0);
        // A wake is foreign code, which may release another one meanwhile.
        let served = waiters.grant(most);
        free.update(|free| free.saturating_add(most - served));
    }

    /// How many permits are free.
    #[cfg(feature = "http")]
    pub(crate) fn value(&self) -> usize {
        self.shared.free.get()
    }

    fn take(&self) -> bool {
        let is_free = !self.locked();
        if is_free {
            self.shared.free.update(|free| free - 1);
        }
        is_free
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, waiters) = (self.shared.free.get(), self.shared.waiters.len());
        write!(f, "<Semaphore value={value} waiters={waiters}>")
    }
}

/// The future of [`Semaphore::acquire`].
#[must_use = "futures do nothing unless awaited"]
pub struct AcquirePermit {
    /// `None`, once it is ready.
    semaphore: Option<Semaphore>,
    line: InLine,
}

impl Future for AcquirePermit {
    type Output = Permit;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Permit> {
        let AcquirePermit { semaphore, line } = &mut *self;
        let Some(ours) = semaphore else { panic!("a finished acquire was polled again") };
        ready!(line.poll(context, || ours.take()));
        // Those who came while we had yet to run have waited behind us.
        ours.serve();
        Poll::Ready(Permit { semaphore: semaphore.take() })
    }
}

impl Drop for AcquirePermit {
    fn drop(&mut self) {
        if let Some(semaphore) = &self.semaphore
            && self.line.leave()
        {
            semaphore.release();
        }
    }
}

/// One of a semaphore's permits. Dropping it gives it back.
///
/// ```
/// use glassloop::{run, sync::Semaphore};
///
/// run(async {
///     let semaphore = Semaphore::new(1);
///     semaphore.acquire().await.forget();
///     assert!(semaphore.locked()); // nobody gives it back
///     semaphore.release();
///     assert!(!semaphore.locked());
/// });
/// ```
#[must_use = "dropping the permit gives it back"]
#[doc(alias = "SemaphorePermit")]
pub struct Permit {
    semaphore: Option<Semaphore>,
}

impl Permit {
    /// Does not give the permit back: somebody else will [`release`](Semaphore::release) it, or nobody.
    pub fn forget(mut self) {
        drop(mem::take(&mut self.semaphore));
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(semaphore) = &self.semaphore {
            semaphore.release();
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.semaphore {
            Some(semaphore) => write!(f, "<Permit of {semaphore:?}>"),
            None => write!(f, "<Permit forgotten>"),
        }
    }
}
