//! Wakers that keep whoever calls them until the check has polled: so it can be seen what a poll finds that comes
//! before `wake` has returned.

use std::{
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    task::{Wake, Waker},
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

use super::PATIENCE;

pub struct Bells {
    /// Until the last one was made. From then on only bells have it: when all are gone, nobody can ring.
    ring: Option<Sender<Ring>>,
    rings: Receiver<Ring>,
}

/// A call of one of the wakers. Its caller is kept until this is answered or dropped.
pub struct Ring {
    pub bell: usize,
    pub at: Instant,
    thread: ThreadId,
    polled: Sender<()>,
    has_left: Receiver<bool>,
}

struct Bell {
    number: usize,
    ring: Sender<Ring>,
    owner: ThreadId,
}

impl Bells {
    pub fn new() -> Bells {
        let (ring, rings) = mpsc::channel();
        Bells { ring: Some(ring), rings }
    }

    pub fn bell(&self, number: usize) -> Waker {
        let ring = self.ring.clone().expect("all bells are made before the first is awaited");
        Waker::from(Arc::new(Bell { number, ring, owner: thread::current().id() }))
    }

    /// All bells are made.
    pub fn no_more(&mut self) {
        self.ring = None;
    }

    pub fn next(&self, patience: Duration) -> Option<Ring> {
        self.rings.recv_timeout(patience).ok()
    }

    pub fn so_far(&self) -> Vec<Ring> {
        self.rings.try_iter().collect()
    }
}

impl Ring {
    /// Did a poll call it, or anything else on this thread?
    pub fn is_own(&self) -> bool {
        self.thread == thread::current().id()
    }

    /// Lets the caller go on, after a poll. Was it still there? It loses patience where the poll waits for it.
    pub fn answer(self) -> bool {
        drop(self.polled);
        self.has_left.recv().unwrap_or(true)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let ((polled, was_polled), (leave, has_left)) = (mpsc::channel(), mpsc::channel());
        let thread = thread::current().id();
        let ring = Ring { bell: self.number, at: Instant::now(), thread, polled, has_left };
        // Whoever polls does not wait for its own poll.
        if self.ring.send(ring).is_err() || thread == self.owner {
            return;
        }
        let lost_patience = was_polled.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout);
        let _ = leave.send(!lost_patience);
    }
}
