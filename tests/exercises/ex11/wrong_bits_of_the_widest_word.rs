//! told: panicked

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    task::{Context, Wake, Waker},
    time::Duration,
};

use crate::harness::{BoxFuture, Driver};

/// The tasks that are to be polled, by number, and a bit for each that is in it.
#[derive(Default)]
struct Ready {
    tasks: VecDeque<usize>,
    queued: u128,
}

type Queue = Arc<Mutex<Ready>>;

/// How a task gets back into the queue.
struct TaskWaker {
    task: usize,
    queue: Queue,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let mut ready = self.queue.lock().unwrap();
        if ready.queued & (1 << self.task) == 0 {
            ready.queued |= 1 << self.task;
            ready.tasks.push_back(self.task);
        }
    }
}

struct Task {
    /// `None` once it is done: then a wake means nothing any more.
    future: Option<BoxFuture<()>>,
    waker: Arc<TaskWaker>,
}

/// Runs these futures until all of them are done.
pub fn run<D: Driver>(driver: &mut D, futures: Vec<BoxFuture<()>>) {
    let queue = Queue::default();
    let mut tasks: Vec<Task> =
        futures.into_iter().zip(0..).map(|it| new_task(it, &queue)).collect();
    for task in &tasks {
        Waker::from(task.waker.clone()).wake();
    }
    loop {
        // One turn: who is in the queue now. Who gets in meanwhile waits for the next turn, or else two tasks that
        // wake themselves would shut out timers and sockets for ever.
        let turn = queue.lock().unwrap().tasks.len();
        for _ in 0..turn {
            // A `while let` would hold the lock during the poll, and the first wake in it would wait for ever.
            let next = queue.lock().unwrap().tasks.pop_front();
            if let Some(task) = next {
                poll(&mut tasks[task]);
            }
        }
        if tasks.iter().all(|task| task.future.is_none()) {
            return;
        }
        let has_work = !queue.lock().unwrap().tasks.is_empty();
        let timeout = if has_work { Some(Duration::ZERO) } else { until_deadline(driver) };
        driver.poll_io(timeout).into_iter().for_each(Waker::wake);
        driver.fire().into_iter().for_each(Waker::wake);
    }
}

fn new_task((future, task): (BoxFuture<()>, usize), queue: &Queue) -> Task {
    let waker = TaskWaker { task, queue: queue.clone() };
    Task { future: Some(future), waker: Arc::new(waker) }
}

fn poll(task: &mut Task) {
    // Before the poll, not after it: a wake during the poll has to queue the task again.
    task.waker.queue.lock().unwrap().queued &= !(1 << task.waker.task);
    let waker = Waker::from(task.waker.clone());
    let Some(future) = &mut task.future else { return };
    if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
        task.future = None;
    }
}

/// How long the loop may sleep; `None`: for ever. A deadline may be past, if a poll took long.
fn until_deadline<D: Driver>(driver: &D) -> Option<Duration> {
    driver.next_deadline().map(|deadline| deadline.saturating_sub(driver.now()))
}
