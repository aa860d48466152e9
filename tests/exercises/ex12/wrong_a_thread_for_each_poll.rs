//! told: thread-a-poll

use std::{
    future::Future,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    sync::{Arc, Condvar, Mutex},
    task::{Context, Poll},
    thread,
};

type Meeting<T> = Arc<(Mutex<Option<thread::Result<T>>>, Condvar)>;

pub fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
    let meeting: Meeting<T> = Arc::new((Mutex::new(None), Condvar::new()));
    let job = Job { meeting: meeting.clone() };
    thread::spawn(move || {
        let result = panic::catch_unwind(AssertUnwindSafe(work));
        *meeting.0.lock().unwrap() = Some(result);
        meeting.1.notify_all();
    });
    job
}

pub struct Job<T> {
    meeting: Meeting<T>,
}

impl<T: Send + 'static> Future for Job<T> {
    type Output = thread::Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<thread::Result<T>> {
        if let Some(result) = self.meeting.0.lock().unwrap().take() {
            return Poll::Ready(result);
        }
        let (meeting, waker) = (self.meeting.clone(), context.waker().clone());
        thread::spawn(move || {
            let mut result = meeting.0.lock().unwrap();
            while result.is_none() {
                result = meeting.1.wait(result).unwrap();
            }
            drop(result);
            waker.wake();
        });
        Poll::Pending
    }
}
