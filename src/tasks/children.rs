//! Waiting for many tasks at once, and polling only those that have something to say.
//!
//! The tempting way is to poll all of them whenever one wakes us. With a thousand tasks that is half a
//! million polls in vain before the last one is done. Here each child is awaited with a waker of its own,
//! which writes down whose it is before it wakes the parent.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Wake, Waker},
};

use super::Task;

/// Some tasks, and which of them to look at next.
pub(super) struct Children<T> {
    pub(super) tasks: Vec<Task<T>>,
    wakers: Vec<Waker>,
    reports: Arc<Mutex<Reports>>,
}

struct Reports {
    /// The children that may be done, in the order in which they said so.
    children: Vec<usize>,
    parent: Option<Waker>,
}

/// What a child wakes in place of the parent.
struct Reporter {
    child: usize,
    reports: Arc<Mutex<Reports>>,
}

/// No foreign code runs under the lock, so a poisoned one is whole all the same.
fn lock(reports: &Mutex<Reports>) -> MutexGuard<'_, Reports> {
    reports.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wake for Reporter {
    fn wake(self: Arc<Self>) {
        let mut reports = lock(&self.reports);
        reports.children.push(self.child);
        let parent = reports.parent.take();
        drop(reports);
        if let Some(parent) = parent {
            parent.wake();
        }
    }
}

impl<T> Children<T> {
    pub(super) fn new(tasks: Vec<Task<T>>) -> Children<T> {
        // Each is to be looked at once: it may be done already, and only a look leaves our waker there.
        let children = (0..tasks.len()).collect();
        let reports = Arc::new(Mutex::new(Reports { children, parent: None }));
        let waker = |child| Waker::from(Arc::new(Reporter { child, reports: reports.clone() }));
        Children { wakers: (0..tasks.len()).map(waker).collect(), tasks, reports }
    }

    /// Waits for reports. Those children that are finished are passed to `finished`, in the order in which
    /// they finished.
    pub(super) fn poll_finished(
        &mut self,
        context: &mut Context<'_>,
        mut finished: impl FnMut(&mut Task<T>, usize),
    ) -> Poll<()> {
        let parent = Some(context.waker().clone());
        let mut reports = lock(&self.reports);
        let older = mem::replace(&mut reports.parent, parent);
        let children = mem::take(&mut reports.children);
        drop(reports);
        drop(older);
        if children.is_empty() {
            return Poll::Pending;
        }
        for child in children {
            let mut its_context = Context::from_waker(&self.wakers[child]);
            let task = &mut self.tasks[child];
            if task.poll_finished(&mut its_context).is_ready() {
                finished(task, child);
            }
        }
        Poll::Ready(())
    }
}
