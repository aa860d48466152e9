//! A loop, as `src/handle/` makes and runs one, but with nobody to watch it.

use std::{
    pin::pin,
    rc::Rc,
    sync::{Arc, Weak},
    task::{Context, Poll},
    thread,
};

use crate::{
    handle::idle,
    runtime::{Core, Inbox, RunEnd},
    trace::{Clock, Trace, record::Outcome},
    waits::{Outsider, Outsiders, Threads},
};

/// Dropping it closes it.
pub(crate) struct EventLoop {
    core: Rc<Core>,
    outsiders: Arc<Outsiders>,
}

impl EventLoop {
    /// With one thread for jobs.
    pub(crate) fn new() -> EventLoop {
        EventLoop::with(Clock::real(), 1)
    }

    pub(crate) fn with(clock: Clock, threads: usize) -> EventLoop {
        let idle = idle(clock.is_virtual());
        let trace = Rc::new(Trace::new(Rc::new(clock), Vec::new(), None));
        let core = Core::new(trace, idle, None).expect("the stand-ins have what it takes");
        let outsiders = Outsiders::new(&core.inbox);
        core.attach(Threads::new(&outsiders, &core.trace, Some(threads)));
        core.attach(outsiders.clone());
        EventLoop { core: Rc::new(core), outsiders }
    }

    /// What the future returns. `None`: the loop has found a deadlock.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let running = self.core.start().expect("it can be run");
        let mut future = pin!(future);
        let mut output = None;
        let end = running.until_end(&mut |context: &mut Context<'_>| match future
            .as_mut()
            .poll(context)
        {
            Poll::Pending => Outcome::Pending,
            Poll::Ready(it) => {
                output = Some(it);
                Outcome::Ready
            }
        });
        assert_eq!(output.is_some(), matches!(end, RunEnd::Done));
        output
    }

    /// For a thread that may send something.
    pub(crate) fn outsider(&self) -> Outsider {
        self.outsiders.handle()
    }

    /// By which to see whether anything still holds it.
    pub(crate) fn inbox(&self) -> Weak<Inbox> {
        Arc::downgrade(&self.core.inbox)
    }

    pub(crate) fn polls(&self) -> u64 {
        self.core.polls.get()
    }

    /// Jobs that are not done.
    pub(crate) fn jobs(&self) -> usize {
        self.outsiders.jobs()
    }

    pub(crate) fn is_at_time_zero(&self) -> bool {
        self.core.trace.clock.now().is_zero()
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        // Once a check has failed, loom runs no thread for which closing could wait.
        if !thread::panicking() {
            self.core.close();
        }
    }
}
