//! The inbox: the second door to the ready queue, by which other threads come in.
//!
//! The race that every event loop must win is *check, then sleep*: the loop sees that nothing is ready, a
//! thread wakes a task, the loop goes to sleep and sleeps through it. Here the check and the resolution to
//! sleep are one step under one lock ([`Inbox::prepare_to_sleep`]). Whoever comes later finds `sleeping` set and
//! wakes the loop through `mio::Waker`, which the operating system remembers even if the loop has not
//! quite fallen asleep. Whoever comes while the loop is awake pays no system call.

use std::{
    mem,
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering::Relaxed},
};

use super::{event_loop::Core, waker::TaskWaker};
use crate::trace::{cause_here, record::Cause};

/// What other threads share with the loop. It outlives the loop as long as a waker exists, and
/// `mio::Waker` with it: one that is dropped right after `wake()` may lose that wake.
pub(crate) struct Inbox {
    mail: Mutex<Mail>,
    loop_waker: mio::Waker,
}

/// What another thread can send.
pub(super) enum Letter {
    /// The waker of this task was called, for this cause.
    Woken(Arc<TaskWaker>, Cause),
    /// This is to be done in the loop.
    Call(Call),
}

pub(crate) type Call = Box<dyn FnOnce(&Rc<Core>) + Send>;

#[derive(Default)]
struct Mail {
    letters: Vec<Letter>,
    /// The loop sleeps, or is about to.
    sleeping: bool,
    closed: bool,
}

impl Inbox {
    pub(super) fn new(loop_waker: mio::Waker) -> Inbox {
        Inbox { mail: Mutex::default(), loop_waker }
    }

    /// Nothing that could panic runs under this lock, so a poisoned one is whole all the same.
    fn lock(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a task in, once, however often it is woken before the loop looks.
    pub(super) fn wake(&self, waker: &Arc<TaskWaker>) {
        let mut mail = self.lock();
        if mail.closed || waker.in_inbox.swap(true, Relaxed) {
            return;
        }
        mail.letters.push(Letter::Woken(waker.clone(), cause_here()));
        self.end_sleep(mail);
    }

    /// Has the loop do something, when its turn comes. Gives it back, if the loop is closed.
    pub(crate) fn call(&self, call: Call) -> Result<(), Call> {
        let mut mail = self.lock();
        if mail.closed {
            return Err(call);
        }
        mail.letters.push(Letter::Call(call));
        self.end_sleep(mail);
        Ok(())
    }

    /// Has the loop look around, if it sleeps: one who might have sent something is gone, and has not.
    pub(crate) fn wake_loop(&self) {
        self.end_sleep(self.lock());
    }

    /// Gives the lock back first, or the loop would wake only to wait for it.
    fn end_sleep(&self, mut mail: MutexGuard<'_, Mail>) {
        let asleep = mem::take(&mut mail.sleeping);
        drop(mail);
        if asleep {
            // It fails only if the kernel has no memory left for a counter of eight bytes that it has had
            // since the loop was made. There is nobody to tell.
            let _ = self.loop_waker.wake();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().letters.is_empty()
    }

    /// Is there nothing in the inbox? If so, from now on whoever puts something in wakes the loop.
    pub(super) fn prepare_to_sleep(&self) -> bool {
        let mut mail = self.lock();
        mail.sleeping = mail.letters.is_empty();
        mail.sleeping
    }

    /// Takes everything out. The marks are cleared under the same lock: a wake that comes after this puts
    /// the task in again.
    pub(super) fn take(&self) -> Vec<Letter> {
        let mut mail = self.lock();
        mail.sleeping = false;
        for letter in &mail.letters {
            if let Letter::Woken(waker, _) = letter {
                waker.in_inbox.store(false, Relaxed);
            }
        }
        mem::take(&mut mail.letters)
    }

    /// Takes nothing from now on. What is in it is to be taken out: each waker there holds the
    /// inbox that holds it.
    pub(super) fn close(&self) {
        self.lock().closed = true;
    }
}
