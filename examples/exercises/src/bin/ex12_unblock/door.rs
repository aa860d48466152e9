//! The gate at which jobs are held, the crowd in which they wait for each other, and the door at which wakers ring.

use std::{
    pin::Pin,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc::{self, Receiver, Sender},
    },
    task::{Poll, Waker},
    thread,
};

use super::{Failure, Job, PATIENCE, ensure, fail, poll_once};
use crate::harness::bells::Bells;

/// Where a job waits until it is let go.
pub struct Gate {
    open: Sender<()>,
    arrived: Receiver<()>,
    is_given_up: Arc<AtomicBool>,
}

impl Gate {
    /// A gate, and the work that waits there and says whether somebody has opened it.
    pub fn new() -> (Gate, impl FnOnce() -> bool + Send + 'static) {
        let (open, opened) = mpsc::channel();
        let (arrive, arrived) = mpsc::channel();
        let is_given_up = Arc::new(AtomicBool::new(false));
        let gives_up = is_given_up.clone();
        let work = move || {
            let _ = arrive.send(());
            let is_open = opened.recv_timeout(PATIENCE).is_ok();
            gives_up.store(!is_open, SeqCst);
            is_open
        };
        (Gate { open, arrived, is_given_up }, work)
    }

    /// Returns once the job is at the gate. One that never comes is for others to tell.
    pub fn await_the_job(&self) {
        let _ = self.arrived.recv_timeout(PATIENCE);
    }

    /// Has the job waited here until it lost patience?
    pub fn is_given_up(&self) -> bool {
        self.is_given_up.load(SeqCst)
    }

    pub fn open(&self) {
        let _ = self.open.send(());
    }
}

/// Jobs that wait for each other.
pub struct Crowd {
    all: usize,
    /// How many have come; and, once one of them has lost patience, how many had come until then.
    came: Mutex<(usize, Option<usize>)>,
    are_all_there: Condvar,
}

impl Crowd {
    pub fn of(all: usize) -> Crowd {
        Crowd { all, came: Mutex::default(), are_all_there: Condvar::new() }
    }

    /// Waits for all others, as long as they keep coming. Have they come?
    pub fn meets(&self) -> bool {
        let mut came = self.came.lock().unwrap_or_else(PoisonError::into_inner);
        came.0 += 1;
        if came.0 == self.all {
            self.are_all_there.notify_all();
        }
        while came.0 < self.all && came.1.is_none() {
            let before = came.0;
            let waited = self.are_all_there.wait_timeout(came, PATIENCE);
            let (now, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            came = now;
            if timeout.timed_out() && came.0 == before {
                came.1 = Some(before);
            }
        }
        came.1.is_none()
    }

    /// How many have come before anybody lost patience.
    pub fn came(&self) -> usize {
        let came = self.came.lock().unwrap_or_else(PoisonError::into_inner);
        came.1.unwrap_or(came.0)
    }
}

/// Where the wakers of a job ring.
pub struct Door {
    bells: Bells,
    /// Nobody has rung.
    pub is_silent: bool,
}

impl Door {
    pub fn new() -> Door {
        Door { bells: Bells::new(), is_silent: false }
    }

    pub fn bell(&self) -> Waker {
        self.bells.bell(0)
    }

    /// Waits for a ring and polls, while whoever rings still stands at the door: what the job has come to.
    pub fn answer<T: Send + 'static>(
        &mut self,
        job: Pin<&mut Job<T>>,
    ) -> Result<thread::Result<T>, Failure> {
        self.bells.no_more();
        let Some(ring) = self.bells.next(PATIENCE) else {
            self.is_silent = true;
            return fail("no-wake", &[]);
        };
        let polled = poll_once(job, Waker::noop());
        ensure(ring.answer(), "poll-waits", &[])?;
        match polled {
            Poll::Ready(result) => Ok(result),
            Poll::Pending => fail("woken-too-early", &[]),
        }
    }
}
