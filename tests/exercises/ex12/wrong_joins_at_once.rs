//! told: unblock-waits

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
    let thread = thread::spawn(move || {
        let result = panic::catch_unwind(AssertUnwindSafe(work));
        let mut meeting = meeting.lock().unwrap();
        meeting.result = Some(result);
        let waker = meeting.waker.take();
        drop(meeting);
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    let _ = thread.join();
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
