//! told: wake-after-the-end

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc::{self, Sender},
    },
    task::{Context, Wake, Waker},
    time::Duration,
};

use crate::harness::{BoxFuture, Driver};

type Queue = Sender<usize>;

struct TaskWaker {
    task: usize,
    is_queued: AtomicBool,
    queue: Queue,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if !self.is_queued.swap(true, SeqCst) {
            self.queue.send(self.task).unwrap();
        }
    }
}

struct Task {
    future: Option<BoxFuture<()>>,
    waker: Arc<TaskWaker>,
}

pub fn run<D: Driver>(driver: &mut D, futures: Vec<BoxFuture<()>>) {
    let (queue, woken) = mpsc::channel();
    let mut tasks: Vec<Task> =
        futures.into_iter().zip(0..).map(|it| new_task(it, &queue)).collect();
    for task in &tasks {
        Waker::from(task.waker.clone()).wake();
    }
    let mut late = None;
    loop {
        let turn: Vec<usize> = late.take().into_iter().chain(woken.try_iter()).collect();
        for task in turn {
            poll(&mut tasks[task]);
        }
        if tasks.iter().all(|task| task.future.is_none()) {
            return;
        }
        late = woken.try_recv().ok();
        let has_work = late.is_some();
        let timeout = if has_work { Some(Duration::ZERO) } else { until_deadline(driver) };
        driver.poll_io(timeout).into_iter().for_each(Waker::wake);
        driver.fire().into_iter().for_each(Waker::wake);
    }
}

fn new_task((future, task): (BoxFuture<()>, usize), queue: &Queue) -> Task {
    let waker = TaskWaker { task, is_queued: AtomicBool::new(false), queue: queue.clone() };
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
