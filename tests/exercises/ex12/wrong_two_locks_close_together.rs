//! told, where the race is hit: lost-wake

use std::{
    future::Future,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
};

pub fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
    let meeting = Arc::new(Mutex::new(Meeting { result: None, waker: None }));
    let job = Job { meeting: meeting.clone() };
    thread::spawn(move || {
        let result = panic::catch_unwind(AssertUnwindSafe(work));
        let mut meeting = meeting.lock().unwrap();
        meeting.result = Some(result);
        let waker = meeting.waker.take();
        drop(meeting);
        if let Some(waker) = waker {
            waker.wake();
        }
    });
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
        let result = self.meeting.lock().unwrap().result.take();
        if let Some(result) = result {
            return Poll::Ready(result);
        }
        // Makes the gap wide enough to be met each time, also on a busy machine.
        std::thread::sleep(std::time::Duration::from_micros(100));
        self.meeting.lock().unwrap().waker = Some(context.waker().clone());
        Poll::Pending
    }
}
