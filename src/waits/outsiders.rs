//! Outsiders: who may still put something into a loop's inbox. They are handles in other threads, listeners such as
//! Ctrl-C's, and jobs on threads.
//!
//! When the last sender of a channel is gone, the receiver learns that nothing more will come. A loop learns it
//! here. Two things depend on it: whether a sleep without a deadline is a deadlock, and whether virtual time may
//! jump. It may not while a job is running.
//!
//! # The race
//!
//! The loop *first* asks for outsiders, and *then* looks into the inbox. An outsider first puts something in, and
//! then goes. So if an outsider is not counted any more, the loop still finds what it has sent. In the other order,
//! an outsider could put something in and go between the two looks. Then the loop would see an empty inbox and
//! nobody outside, and report a deadlock that is none. If the loop has found somebody and goes to sleep, the last
//! outsider wakes it, and it asks again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::runtime::{Core, Inbox};

/// Counts the outsiders of a loop.
pub(crate) struct Outsiders {
    inbox: Arc<Inbox>,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    /// Handles and listeners, which may send at any time.
    handles: usize,
    /// Jobs that were handed to threads and are not done.
    jobs: usize,
    /// Jobs that are done, but have still to wake their waiter.
    telling: usize,
    next_job: u64,
    /// The loop has found somebody, and sleeps.
    is_awaited: bool,
}

impl Outsiders {
    pub(crate) fn new(inbox: &Arc<Inbox>) -> Arc<Outsiders> {
        Arc::new(Outsiders { inbox: inbox.clone(), counts: Mutex::default() })
    }

    /// Those of this loop. A closed one has none, and nobody to count them for.
    pub(crate) fn of(core: &Core) -> Arc<Outsiders> {
        let attached = core.attached::<Arc<Outsiders>>();
        attached.map_or_else(|| Outsiders::new(&core.inbox), |outsiders| (*outsiders).clone())
    }

    /// Nothing that could panic runs under this lock, so the data in a poisoned one is correct.
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more who may send at any time, until the handle is dropped.
    pub(crate) fn handle(self: &Arc<Self>) -> Outsider {
        self.lock().handles += 1;
        Outsider { outsiders: self.clone() }
    }

    /// Counts one more job that is on its way to a thread.
    pub(crate) fn job(self: &Arc<Self>) -> JobOutside {
        let mut counts = self.lock();
        counts.jobs += 1;
        counts.next_job += 1;
        JobOutside { id: counts.next_job, outsiders: self.clone(), is_done: false }
    }

    /// Jobs that are not done.
    pub(crate) fn jobs(&self) -> usize {
        self.lock().jobs
    }

    /// Is a job under way, or the wake that follows it? If so, the last of them ends the loop's sleep.
    pub(crate) fn have_jobs(&self) -> bool {
        let mut counts = self.lock();
        counts.is_awaited = counts.jobs + counts.telling > 0;
        counts.is_awaited
    }

    /// Is there anybody? If so, the last of his kind ends the loop's sleep.
    pub(crate) fn are_there(&self) -> bool {
        let mut counts = self.lock();
        counts.is_awaited = counts.handles + counts.jobs + counts.telling > 0;
        counts.is_awaited
    }

    fn leave(&self, leave: impl FnOnce(&mut Counts)) {
        let mut counts = self.lock();
        leave(&mut counts);
        let last_of_his_kind = counts.handles == 0 || counts.jobs + counts.telling == 0;
        let wakes = counts.is_awaited && last_of_his_kind;
        counts.is_awaited &= !wakes;
        drop(counts);
        if wakes {
            self.inbox.wake_loop();
        }
    }
}

/// One who may send at any time. As long as this lives, a loop that waits for nothing else is not deadlocked.
pub(crate) struct Outsider {
    outsiders: Arc<Outsiders>,
}

impl Outsider {
    /// Where to send to.
    pub(crate) fn inbox(&self) -> &Inbox {
        &self.outsiders.inbox
    }
}

impl Clone for Outsider {
    fn clone(&self) -> Outsider {
        self.outsiders.handle()
    }
}

impl Drop for Outsider {
    fn drop(&mut self) {
        self.outsiders.leave(|counts| counts.handles -= 1);
    }
}

/// A job: from its way to a thread until it has woken its waiter, or is withdrawn.
pub(crate) struct JobOutside {
    pub(crate) id: u64,
    outsiders: Arc<Outsiders>,
    is_done: bool,
}

impl JobOutside {
    /// The job is done. Next, wake its waiter; then drop this.
    pub(crate) fn done(&mut self) {
        let mut counts = self.outsiders.lock();
        (counts.jobs, counts.telling) = (counts.jobs - 1, counts.telling + 1);
        self.is_done = true;
    }
}

impl Drop for JobOutside {
    fn drop(&mut self) {
        let is_done = self.is_done;
        self.outsiders.leave(|counts| match is_done {
            true => counts.telling -= 1,
            false => counts.jobs -= 1,
        });
    }
}
