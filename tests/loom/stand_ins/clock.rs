//! A condition variable whose waits time out when the model says so.

use std::{
    sync::{Arc, LockResult},
    time::Duration,
};

use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, Ordering::Relaxed},
};

loom::lazy_static! {
    static ref CLOCK: Arc<Clock> = Arc::default();
}

/// The clock of this execution.
#[derive(Default)]
struct Clock {
    condvars: Mutex<Vec<Arc<loom::sync::Condvar>>>,
    /// Time has passed, and no wait has timed out since.
    has_moved: AtomicBool,
}

/// Has one wait that has a limit time out, if there is one. It need not be at once: whatever ends it, it finds that
/// its time was over.
pub fn time_passes() {
    CLOCK.has_moved.store(true, Relaxed);
    let condvars = CLOCK.condvars.lock().expect("loom poisons nothing").clone();
    for condvar in condvars {
        condvar.notify_all();
    }
}

pub struct Condvar {
    inner: Arc<loom::sync::Condvar>,
    clock: Arc<Clock>,
}

pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

type Waited<'a, T> = (MutexGuard<'a, T>, WaitTimeoutResult);

impl Condvar {
    #[expect(clippy::new_without_default, reason = "none of the sources asks for it")]
    pub fn new() -> Condvar {
        let inner = Arc::new(loom::sync::Condvar::new());
        CLOCK.condvars.lock().expect("loom poisons nothing").push(inner.clone());
        Condvar { inner, clock: CLOCK.clone() }
    }

    /// How long is up to the model.
    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        _limit: Duration,
    ) -> LockResult<Waited<'a, T>> {
        let told = |guard| (guard, WaitTimeoutResult(self.clock.has_moved.swap(false, Relaxed)));
        self.inner.wait(guard).map(told).map_err(|_| unreachable!("loom poisons nothing"))
    }

    #[track_caller]
    pub fn notify_one(&self) {
        self.inner.notify_one();
    }

    #[track_caller]
    pub fn notify_all(&self) {
        self.inner.notify_all();
    }
}
