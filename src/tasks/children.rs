//! Waiting for many tasks at once, and looking only at those that have woken us.
//!
//! It is tempting to look at all of them whenever one wakes us. With a thousand tasks that is half a million looks in
//! vain before the last one is done. Here each child is awaited with its own waker, which records the child before it
//! wakes the parent.

use std::{
    collections::VecDeque,
    mem,
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Wake, Waker},
};

use super::{Task, cell::create_task_at};
use crate::{
    runtime::Core,
    sync::KnownWaker,
    trace::{record::Place, run_caught},
};

/// Some tasks, and which of them to look at next.
pub(super) struct Children<T> {
    pub(super) tasks: Vec<Task<T>>,
    reports: Arc<Mutex<Reports>>,
}

#[derive(Default)]
struct Reports {
    /// The children that may be done, in the order in which they said so.
    children: VecDeque<usize>,
    parent: Option<KnownWaker>,
}

/// What a child wakes in place of the parent.
struct Reporter {
    child: usize,
    reports: Arc<Mutex<Reports>>,
}

/// No foreign code runs under the lock, so the data in a poisoned one is correct.
fn lock(reports: &Mutex<Reports>) -> MutexGuard<'_, Reports> {
    reports.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wake for Reporter {
    fn wake(self: Arc<Self>) {
        let mut reports = lock(&self.reports);
        reports.children.push_back(self.child);
        let parent = reports.parent.take();
        drop(reports);
        if let Some(parent) = parent {
            parent.wake();
        }
    }
}

impl<T> Children<T> {
    /// Each of these tasks is looked at once by the first poll: it may be done already.
    pub(super) fn new(tasks: Vec<Task<T>>) -> Children<T> {
        let children = Children { tasks, reports: Arc::default() };
        lock(&children.reports).children.extend(0..children.tasks.len());
        children
    }

    /// Makes a task of each future.
    pub(super) fn create<F>(core: &Rc<Core>, futures: Vec<F>, place: Place) -> Children<T>
    where
        F: Future<Output = T> + 'static,
    {
        let create = |future| create_task_at(core, future, place);
        Children::new(futures.into_iter().map(create).collect())
    }

    /// The next child that is finished, in the order in which they finished.
    pub(super) fn poll_next(&self, context: &mut Context<'_>) -> Poll<usize> {
        let parent = Some(KnownWaker::new(context.waker()));
        let older = mem::replace(&mut lock(&self.reports).parent, parent);
        run_caught(|| drop(older));
        while let Some(child) = self.next_report() {
            let reports = self.reports.clone();
            let waker = Waker::from(Arc::new(Reporter { child, reports }));
            if self.tasks[child].poll_finished(&mut Context::from_waker(&waker)).is_ready() {
                return Poll::Ready(child);
            }
        }
        Poll::Pending
    }

    fn next_report(&self) -> Option<usize> {
        lock(&self.reports).children.pop_front()
    }

    /// The parent waits no more: from now on the children wake nobody.
    pub(super) fn forget_parent(&self) {
        let parent = lock(&self.reports).parent.take();
        run_caught(|| drop(parent));
    }

    /// The parent is forgotten first, or it would be woken to hear what it has done itself.
    pub(super) fn cancel_all(&self) {
        self.forget_parent();
        for task in &self.tasks {
            task.cancel();
        }
    }
}

/// The waker that is left is foreign code, so it is not left to the fields.
impl<T> Drop for Children<T> {
    fn drop(&mut self) {
        self.forget_parent();
    }
}
