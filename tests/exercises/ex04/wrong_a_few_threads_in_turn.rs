//! told: waits-in-line

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

const THREADS: usize = 30;

/// A few threads for all delays. Each sleeps for one of them, then for the next.
static TIMER: OnceLock<Sender<(Instant, Slot)>> = OnceLock::new();

fn start() -> Sender<(Instant, Slot)> {
    let (sender, delays) = mpsc::channel::<(Instant, Slot)>();
    let delays = Arc::new(Mutex::new(delays));
    for _ in 0..THREADS {
        let delays = delays.clone();
        thread::spawn(move || {
            loop {
                let next = delays.lock().unwrap().recv();
                let Ok((end, waker)) = next else { return };
                thread::sleep(end.saturating_duration_since(Instant::now()));
                let waker: Option<Waker> = waker.lock().unwrap().take();
                if let Some(waker) = waker {
                    waker.wake();
                }
            }
        });
    }
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
