//! The inbox: the second way to the ready queue, for other threads.
//!
//! The race that every event loop must win is *check, then sleep*: the loop sees that nothing is ready, a thread wakes
//! a task, the loop goes to sleep and does not notice it. Here the check and the decision to sleep are one step under
//! one lock ([`Inbox::prepare_to_sleep`]). A thread that comes later finds `sleeping` set, and wakes the loop through
//! `mio::Waker`. The operating system remembers this wake, even if the loop is not quite asleep yet. While the loop is
//! awake, a wake costs no system call.

use std::{
    mem,
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering::Relaxed},
};

use super::{event_loop::Core, waker::TaskWaker};
use crate::trace::{cause_here, record::Cause};

/// What other threads share with the loop. It lives as long as a waker exists, even after the loop,
/// and so does its `mio::Waker`: if that were dropped right after `wake()`, the wake could get
/// lost.
pub(crate) struct Inbox {
    mail: Mutex<Mail>,
    loop_waker: mio::Waker,
}

/// What another thread can send.
pub(super) enum Letter {
    /// The waker of this task was called, for this cause.
    Woken(Arc<TaskWaker>, Cause),
    /// Call this in the loop.
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

    /// Nothing that could panic runs under this lock, so the mail is correct even in a poisoned
    /// one.
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

    /// Asks the loop to call something when its turn comes. Gives it back if the loop is closed.
    pub(crate) fn call(&self, call: Call) -> Result<(), Call> {
        let mut mail = self.lock();
        if mail.closed {
            return Err(call);
        }
        mail.letters.push(Letter::Call(call));
        self.end_sleep(mail);
        Ok(())
    }

    /// Wakes the loop if it sleeps: somebody who could have sent something has gone without
    /// sending.
    pub(crate) fn wake_loop(&self) {
        self.end_sleep(self.lock());
    }

    /// Releases the lock first. Otherwise the loop would wake up and wait for it.
    fn end_sleep(&self, mut mail: MutexGuard<'_, Mail>) {
        let asleep = mem::take(&mut mail.sleeping);
        drop(mail);
        if asleep {
            // It fails only if the kernel has no memory for a counter of eight bytes, which it has
            // had since the loop was made. There is nobody to report this to.
            let _ = self.loop_waker.wake();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().letters.is_empty()
    }

    /// Is there nothing in the inbox? If so, from now on putting something in wakes the loop.
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

    /// Takes nothing from now on. The caller must take out what is in it: each waker in there holds
    /// the inbox that holds it.
    pub(super) fn close(&self) {
        self.lock().closed = true;
    }
}
