//! told: polled-in-vain

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Wake, Waker},
    time::Duration,
};

use crate::harness::{BoxFuture, Driver};

type Queue = Arc<Mutex<VecDeque<usize>>>;

struct TaskWaker {
    task: usize,
    is_queued: AtomicBool,
    queue: Queue,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if !self.is_queued.fetch_xor(true, SeqCst) {
            self.queue.lock().unwrap().push_back(self.task);
        }
    }
}

struct Task {
    future: Option<BoxFuture<()>>,
    waker: Arc<TaskWaker>,
}

pub fn run<D: Driver>(driver: &mut D, futures: Vec<BoxFuture<()>>) {
    let queue = Queue::default();
    let mut tasks: Vec<Task> =
        futures.into_iter().zip(0..).map(|it| new_task(it, &queue)).collect();
    for task in &tasks {
        Waker::from(task.waker.clone()).wake();
    }
    loop {
        let turn = queue.lock().unwrap().len();
        for _ in 0..turn {
            let next = queue.lock().unwrap().pop_front();
            if let Some(task) = next {
                poll(&mut tasks[task]);
            }
        }
        if tasks.iter().all(|task| task.future.is_none()) {
            return;
        }
        let has_work = !queue.lock().unwrap().is_empty();
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
