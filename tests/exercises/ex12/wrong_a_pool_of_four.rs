//! told: one-at-a-time

use std::{
    future::Future,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, mpsc},
    task::{Context, Poll, Waker},
    thread,
};

const THREADS: usize = 4;

pub fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
    let meeting = Arc::new(Mutex::new(Meeting { result: None, waker: None }));
    let job = Job { meeting: meeting.clone() };
    static WORKER: OnceLock<Mutex<mpsc::Sender<Box<dyn FnOnce() + Send>>>> = OnceLock::new();
    let worker = WORKER.get_or_init(|| {
        let (give, jobs) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..THREADS {
            let jobs = jobs.clone();
            thread::spawn(move || {
                loop {
                    let job = jobs.lock().unwrap().recv();
                    let Ok(job) = job else { return };
                    job();
                }
            });
        }
        Mutex::new(give)
    });
    let run = Box::new(move || {
        let result = panic::catch_unwind(AssertUnwindSafe(work));
        let mut meeting = meeting.lock().unwrap();
        meeting.result = Some(result);
        let waker = meeting.waker.take();
        drop(meeting);
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    let _ = worker.lock().unwrap().send(run);
    job
}

pub struct Job<T> {
    meeting: Arc<Mutex<Meeting<T>>>,
}
struct Meeting<T> {
    result: Option<thread::Result<T>>,
    waker: Option<Waker>,
}

impl<T: Send + 'static> Future for Job<T> {
    type Output = thread::Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<thread::Result<T>> {
        let mut meeting = self.meeting.lock().unwrap();
        if let Some(result) = meeting.result.take() {
            return Poll::Ready(result);
        }
        meeting.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
