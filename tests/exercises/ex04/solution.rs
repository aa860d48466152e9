use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

pub fn delay(length: Duration) -> Delay {
    let shared = Arc::new(Mutex::new(State { is_over: false, waker: None }));
    let state = shared.clone();
    thread::spawn(move || {
        thread::sleep(length);
        // The guard is gone at the end of the block: who is woken may want the lock at once.
        let waker = {
            let mut state = state.lock().unwrap();
            state.is_over = true;
            state.waker.take()
        };
        // `None`: nobody has polled yet. The first poll will find that the time is over.
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    Delay { shared }
}

pub struct Delay {
    shared: Arc<Mutex<State>>,
}

/// What the future and the thread share. Each of the two looks and writes under one lock, so none misses the other.
struct State {
    is_over: bool,
    waker: Option<Waker>,
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.shared.lock().unwrap();
        if state.is_over {
            return Poll::Ready(());
        }
        // In each poll: the waker of the last one counts.
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
