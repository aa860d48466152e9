//! told: order

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Wake, Waker},
    time::Duration,
};

use crate::harness::{BoxFuture, Driver};

struct TaskWaker {
    is_queued: AtomicBool,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.is_queued.store(true, SeqCst);
    }
}

struct Task {
    future: Option<BoxFuture<()>>,
    waker: Arc<TaskWaker>,
}

pub fn run<D: Driver>(driver: &mut D, futures: Vec<BoxFuture<()>>) {
    let mut tasks: Vec<Task> = futures.into_iter().map(new_task).collect();
    loop {
        for task in tasks.iter_mut().filter(|task| task.waker.is_queued.load(SeqCst)) {
            poll(task);
        }
        if tasks.iter().all(|task| task.future.is_none()) {
            return;
        }
        let has_work = tasks.iter().any(|it| it.future.is_some() && it.waker.is_queued.load(SeqCst));
        let timeout = if has_work { Some(Duration::ZERO) } else { until_deadline(driver) };
        driver.poll_io(timeout).into_iter().for_each(Waker::wake);
        driver.fire().into_iter().for_each(Waker::wake);
    }
}

fn new_task(future: BoxFuture<()>) -> Task {
    let waker = TaskWaker { is_queued: AtomicBool::new(true) };
    Task { future: Some(future), waker: Arc::new(waker) }
}

fn poll(task: &mut Task) {
    task.waker.is_queued.store(false, SeqCst);
    let waker = Waker::from(task.waker.clone());
    let Some(future) = &mut task.future else { return };
    if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
        task.future = None;
    }
}

fn until_deadline<D: Driver>(driver: &D) -> Option<Duration> {
    driver.next_deadline().map(|deadline| deadline.saturating_sub(driver.now()))
}
