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
        // Not under the lock: meanwhile the future is polled. And a panic must not end the thread here, or nobody
        // would be woken.
        let result = panic::catch_unwind(AssertUnwindSafe(work));
        let mut meeting = meeting.lock().unwrap();
        meeting.result = Some(result);
        let waker = meeting.waker.take();
        // Whoever is woken comes for this lock at once.
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

/// Where the thread leaves its result, and the future its waker, whichever comes first.
struct Meeting<T> {
    result: Option<thread::Result<T>>,
    waker: Option<Waker>,
}

impl<T: Send + 'static> Future for Job<T> {
    type Output = thread::Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<thread::Result<T>> {
        // The poll looks for the result and leaves its waker in one step, under one lock. If these were two steps,
        // the thread could finish between them, and would find nobody to wake.
        let mut meeting = self.meeting.lock().unwrap();
        if let Some(result) = meeting.result.take() {
            return Poll::Ready(result);
        }
        meeting.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
