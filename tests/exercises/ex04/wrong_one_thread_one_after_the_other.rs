//! told: never-woken

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, OnceLock,
        mpsc::{self, Sender},
    },
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

type Slot = Arc<Mutex<Option<Waker>>>;

/// One thread for all delays. It sleeps for the first, then for the next: a short one waits for a long one.
static TIMER: OnceLock<Sender<(Instant, Slot)>> = OnceLock::new();

fn start() -> Sender<(Instant, Slot)> {
    let (sender, delays) = mpsc::channel::<(Instant, Slot)>();
    thread::spawn(move || {
        for (end, waker) in delays {
            thread::sleep(end.saturating_duration_since(Instant::now()));
            let waker = waker.lock().unwrap().take();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    });
    sender
}

pub fn delay(length: Duration) -> Delay {
    let delay = Delay { end: Instant::now() + length, waker: Slot::default() };
    TIMER.get_or_init(start).send((delay.end, delay.waker.clone())).unwrap();
    delay
}

pub struct Delay {
    end: Instant,
    waker: Slot,
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut waker = self.waker.lock().unwrap();
        if Instant::now() >= self.end {
            return Poll::Ready(());
        }
        *waker = Some(context.waker().clone());
        Poll::Pending
    }
}
