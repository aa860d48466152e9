use std::{
    future::Future,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
};

pub fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
    let meeting = Arc::new(Mutex::new(Meeting { result: None, wakers: Vec::new() }));
    let job = Job { meeting: meeting.clone() };
    thread::spawn(move || {
        let result = panic::catch_unwind(AssertUnwindSafe(work));
        let mut meeting = meeting.lock().unwrap();
        meeting.result = Some(result);
        let wakers = std::mem::take(&mut meeting.wakers);
        drop(meeting);
        wakers.into_iter().for_each(Waker::wake);
    });
    job
}

pub struct Job<T> {
    meeting: Arc<Mutex<Meeting<T>>>,
}
struct Meeting<T> {
    result: Option<thread::Result<T>>,
    wakers: Vec<Waker>,
}

impl<T: Send + 'static> Future for Job<T> {
    type Output = thread::Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<thread::Result<T>> {
        let mut meeting = self.meeting.lock().unwrap();
        if let Some(result) = meeting.result.take() {
            return Poll::Ready(result);
        }
        // The latest is called with all the others.
        meeting.wakers.push(context.waker().clone());
        Poll::Pending
    }
}
