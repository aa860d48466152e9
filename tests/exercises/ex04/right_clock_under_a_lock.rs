use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

pub fn delay(length: Duration) -> Delay {
    let end = Instant::now() + length;
    let waker = Arc::new(Mutex::new(None::<Waker>));
    let latest = waker.clone();
    thread::spawn(move || {
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            thread::park_timeout(left);
        }
        // Whoever has seen under this lock that it is not over has left its waker by now.
        let waker = latest.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    Delay { end, waker }
}

pub struct Delay {
    end: Instant,
    waker: Arc<Mutex<Option<Waker>>>,
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut waker = self.waker.lock().unwrap();
        if Instant::now() > self.end {
            return Poll::Ready(());
        }
        match &mut *waker {
            Some(waker) => waker.clone_from(context.waker()),
            None => *waker = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}
