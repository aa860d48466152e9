//! The gate at which jobs are held, and the door at which wakers ring.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    task::{Poll, Wake, Waker},
    thread,
};

use super::{Failure, Job, PATIENCE, ensure, fail, poll_once};

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

/// Where wakers ring. Whoever calls one is kept there until the future was polled for it: so it can be seen what a
/// poll finds that comes before `wake` has returned.
pub struct Door {
    /// Until the last bell was made. From then on only bells have it: when all of them are gone, nobody can ring.
    ring: Option<Sender<Ring>>,
    rings: Receiver<Ring>,
    /// Nobody has rung.
    pub is_silent: bool,
}

struct Ring {
    /// To be dropped once the future was polled.
    polled: Sender<()>,
    lost_patience: Arc<AtomicBool>,
}

/// A waker that rings at the door.
struct Bell {
    ring: Sender<Ring>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let (polled, was_polled) = mpsc::channel();
        let lost_patience = Arc::new(AtomicBool::new(false));
        let ring = Ring { polled, lost_patience: lost_patience.clone() };
        let is_heard = self.ring.send(ring).is_ok();
        if is_heard && was_polled.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            lost_patience.store(true, SeqCst);
        }
    }
}

impl Door {
    pub fn new() -> Door {
        let (ring, rings) = mpsc::channel();
        Door { ring: Some(ring), rings, is_silent: false }
    }

    pub fn bell(&self) -> Waker {
        let ring = self.ring.clone().expect("bells are made before anybody answers");
        Waker::from(Arc::new(Bell { ring }))
    }

    /// Waits for a ring and polls, while whoever rings still stands at the door: what the job has come to.
    pub fn answer<T: Send + 'static>(
        &mut self,
        job: Pin<&mut Job<T>>,
    ) -> Result<thread::Result<T>, Failure> {
        self.ring = None;
        let Ok(ring) = self.rings.recv_timeout(PATIENCE) else {
            self.is_silent = true;
            return fail("no-wake", &[]);
        };
        let polled = poll_once(job, Waker::noop());
        drop(ring.polled);
        ensure(!ring.lost_patience.load(SeqCst), "poll-waits", &[])?;
        match polled {
            Poll::Ready(result) => Ok(result),
            Poll::Pending => fail("woken-too-early", &[]),
        }
    }
}
