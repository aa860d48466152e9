use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

pub fn delay(length: Duration) -> Delay {
    Delay { end: Instant::now() + length, shared: None }
}

pub struct Delay {
    end: Instant,
    shared: Option<Arc<Mutex<State>>>,
}

enum State {
    Waits(Waker),
    Over,
}

impl Future for Delay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let end = self.end;
        let left = end.saturating_duration_since(Instant::now());
        let Some(shared) = &self.shared else {
            if left.is_zero() {
                return Poll::Ready(());
            }
            let shared = Arc::new(Mutex::new(State::Waits(context.waker().clone())));
            self.shared = Some(shared.clone());
            thread::spawn(move || {
                thread::sleep(left);
                let state = std::mem::replace(&mut *shared.lock().unwrap(), State::Over);
                if let State::Waits(waker) = state {
                    waker.wake();
                }
            });
            return Poll::Pending;
        };
        match &mut *shared.lock().unwrap() {
            State::Over => Poll::Ready(()),
            State::Waits(waker) => {
                waker.clone_from(context.waker());
                Poll::Pending
            }
        }
    }
}
