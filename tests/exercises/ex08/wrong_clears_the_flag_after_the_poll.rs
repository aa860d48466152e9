//! told, where the race is hit: lost-wake

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
};

use crate::harness::BoxFuture;

type ReadyQueue = Arc<Mutex<VecDeque<u64>>>;

pub struct Executor {
    tasks: RefCell<HashMap<u64, Task>>,
    ready: ReadyQueue,
    next: Cell<u64>,
}

struct Task {
    future: BoxFuture<u32>,
    waker: Arc<TaskWaker>,
    outcome: Rc<Outcome>,
}

impl Executor {
    pub fn new() -> Executor {
        Executor { tasks: RefCell::default(), ready: ReadyQueue::default(), next: Cell::new(0) }
    }

    pub fn spawn(&self, future: BoxFuture<u32>) -> Handle {
        let id = self.next.replace(self.next.get() + 1);
        let is_queued = AtomicBool::new(false);
        let waker = Arc::new(TaskWaker { id, is_queued, ready: self.ready.clone() });
        let outcome = Rc::new(Outcome::default());
        let task = Task { future, waker: waker.clone(), outcome: outcome.clone() };
        self.tasks.borrow_mut().insert(id, task);
        waker.wake();
        Handle { outcome }
    }

    pub fn run_until_idle(&self) {
        loop {
            let next = self.ready.lock().unwrap().pop_front();
            let Some(id) = next else { return };
            let task = self.tasks.borrow_mut().remove(&id);
            if let Some(task) = task {
                self.poll(task);
            }
        }
    }

    fn poll(&self, mut task: Task) {
        let waker = Waker::from(task.waker.clone());
        match task.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => {
                task.waker.is_queued.store(false, SeqCst);
                self.tasks.borrow_mut().insert(task.waker.id, task);
            }
            Poll::Ready(value) => {
                drop(task.future);
                task.outcome.set(value);
            }
        }
    }
}

struct TaskWaker {
    id: u64,
    is_queued: AtomicBool,
    ready: ReadyQueue,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if !self.is_queued.swap(true, SeqCst) {
            self.ready.lock().unwrap().push_back(self.id);
        }
    }
}

#[derive(Default)]
struct Outcome {
    value: Cell<Option<u32>>,
    awaiter: RefCell<Option<Waker>>,
}

impl Outcome {
    fn set(&self, value: u32) {
        self.value.set(Some(value));
        let awaiter = self.awaiter.take();
        if let Some(awaiter) = awaiter {
            awaiter.wake();
        }
    }
}

pub struct Handle {
    outcome: Rc<Outcome>,
}

impl Future for Handle {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        if let Some(value) = self.outcome.value.take() {
            return Poll::Ready(value);
        }
        self.outcome.awaiter.replace(Some(context.waker().clone()));
        Poll::Pending
    }
}
