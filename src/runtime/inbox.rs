//! The inbox: the second door to the ready queue, by which other threads come in.
//!
//! The race that every event loop must win is *check, then sleep*: the loop sees that nothing is ready, a
//! thread wakes a task, the loop goes to sleep and sleeps through it. Here the check and the resolution to
//! sleep are one step under one lock ([`Inbox::may_sleep`]). Whoever comes later finds `sleeping` set and
//! rouses the loop through `mio::Waker`, which the operating system remembers even if the loop has not
//! quite fallen asleep. Whoever comes while the loop is awake pays no system call.

use std::{
    cell::Cell,
    mem,
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering::Relaxed},
};

use super::{event_loop::Core, waker::TaskWaker};
use crate::trace::record::Cause;

thread_local! {
    /// On a worker thread: the job that it does. A wake from there can thus say its cause.
    static JOB: Cell<Option<(u64, u32)>> = const { Cell::new(None) };
}

/// Says which job this thread does from now on, for the wakes that come from it.
pub(crate) fn set_current_job(job: Option<(u64, u32)>) {
    JOB.set(job);
}

/// What other threads share with the loop. It outlives the loop as long as a waker exists, and
/// `mio::Waker` with it: one that is dropped right after `wake()` may lose that wake.
pub(crate) struct Inbox {
    state: Mutex<State>,
    rouser: mio::Waker,
}

/// What another thread wants done in the loop.
pub(crate) type Call = Box<dyn FnOnce(&Rc<Core>) + Send>;

#[derive(Default)]
struct State {
    woken: Vec<(Arc<TaskWaker>, Cause)>,
    calls: Vec<Call>,
    /// How many others may still put something in, at any time.
    expected: usize,
    /// Jobs that were handed to threads and are not done.
    jobs: usize,
    next_job: u64,
    /// Jobs that are done, but whose futures have still to be woken.
    telling: usize,
    /// The loop waits for these two to come to 0: before it lets virtual time jump, or gives up hope.
    awaits_job: bool,
    /// The loop sleeps, or is about to.
    sleeping: bool,
    closed: bool,
}

impl Inbox {
    pub(super) fn new(rouser: mio::Waker) -> Inbox {
        Inbox { state: Mutex::default(), rouser }
    }

    /// Nothing that could panic runs under this lock, so a poisoned one is whole all the same.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a task in, once, however often it is woken before the loop looks.
    pub(super) fn wake(&self, waker: &Arc<TaskWaker>) {
        let cause = JOB.get().map_or(Cause::Outside, |(job, thread)| Cause::Job { job, thread });
        let mut state = self.lock();
        if state.closed || waker.in_inbox.swap(true, Relaxed) {
            return;
        }
        state.woken.push((waker.clone(), cause));
        self.rouse(state);
    }

    /// Has the loop do something, when its turn comes. Gives it back, if the loop is closed.
    pub(crate) fn call(&self, call: Call) -> Result<(), Call> {
        let mut state = self.lock();
        if state.closed {
            return Err(call);
        }
        state.calls.push(call);
        self.rouse(state);
        Ok(())
    }

    /// Wakes the loop if it sleeps. Gives the lock back first, or the loop would wake only to wait for it.
    fn rouse(&self, mut state: MutexGuard<'_, State>) {
        let asleep = mem::take(&mut state.sleeping);
        drop(state);
        if asleep {
            // It fails only if the kernel has no memory left for a counter of eight bytes that it has had
            // since the loop was made. There is nobody to tell.
            let _ = self.rouser.wake();
        }
    }

    /// A job is on its way to a thread. Returns its number.
    pub(crate) fn expect_job(&self) -> u64 {
        let mut state = self.lock();
        state.jobs += 1;
        state.next_job += 1;
        state.next_job
    }

    /// A job was withdrawn before a thread took it.
    pub(crate) fn forget_job(&self) {
        let mut state = self.lock();
        state.jobs -= 1;
        self.rouse_for_job(state);
    }

    /// A thread is done with a job, and is going to wake whoever waits for it.
    pub(crate) fn job_done(&self) {
        let mut state = self.lock();
        (state.jobs, state.telling) = (state.jobs - 1, state.telling + 1);
    }

    /// It has done so.
    pub(crate) fn job_told(&self) {
        let mut state = self.lock();
        state.telling -= 1;
        self.rouse_for_job(state);
    }

    fn rouse_for_job(&self, mut state: MutexGuard<'_, State>) {
        if state.jobs + state.telling == 0 && mem::take(&mut state.awaits_job) {
            self.rouse(state);
        }
    }

    /// Is a job under way, or the wake that follows it? If so, the loop is roused after the last of them.
    pub(crate) fn await_job(&self) -> bool {
        let mut state = self.lock();
        state.awaits_job = state.jobs + state.telling > 0;
        state.awaits_job
    }

    /// Jobs that are not done.
    pub(crate) fn jobs(&self) -> usize {
        self.lock().jobs
    }

    /// Will nobody put anything in, as far as can be known, and is nothing in it? (A waker is not known.)
    pub(crate) fn is_forsaken(&self) -> bool {
        // The jobs first: none is begun meanwhile, and what one leads to is in the inbox before it counts as told.
        let job_comes = self.await_job();
        let state = self.lock();
        !job_comes && state.expected == 0 && state.woken.is_empty() && state.calls.is_empty()
    }

    /// From now on one more may put something in at any time, or one less. With the last of them the loop is
    /// roused, to look whether there is anything left to wait for.
    pub(crate) fn expect(&self, change: isize) {
        let mut state = self.lock();
        state.expected = state.expected.wrapping_add_signed(change);
        if state.expected == 0 {
            self.rouse(state);
        }
    }

    /// Is there nothing in the inbox? If so, from now on whoever puts something in wakes the loop.
    pub(super) fn may_sleep(&self) -> bool {
        let mut state = self.lock();
        state.sleeping = state.woken.is_empty() && state.calls.is_empty();
        state.sleeping
    }

    /// Takes everything out. The marks are cleared under the same lock: a wake that comes after this puts
    /// the task in again.
    pub(super) fn take(&self) -> (Vec<(Arc<TaskWaker>, Cause)>, Vec<Call>) {
        let mut state = self.lock();
        state.sleeping = false;
        for (waker, _) in &state.woken {
            waker.in_inbox.store(false, Relaxed);
        }
        (mem::take(&mut state.woken), mem::take(&mut state.calls))
    }

    /// Takes nothing from now on. What is in it is to be taken out: each waker there holds the
    /// inbox that holds it.
    pub(super) fn close(&self) {
        self.lock().closed = true;
    }
}
