use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, Once},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

type Slot = Arc<Mutex<Option<Waker>>>;

/// What the one thread waits for: by time, and by number where two have one time.
static TIMERS: Mutex<BTreeMap<(Instant, usize), Slot>> = Mutex::new(BTreeMap::new());
static CHANGED: Condvar = Condvar::new();
static START: Once = Once::new();

fn run() {
    let mut timers = TIMERS.lock().unwrap();
    loop {
        let Some(first) = timers.first_entry() else {
            timers = CHANGED.wait(timers).unwrap();
            continue;
        };
        let left = first.key().0.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let waker = first.remove().lock().unwrap().take();
            drop(timers);
            waker.map(Waker::wake);
            timers = TIMERS.lock().unwrap();
        } else {
            timers = CHANGED.wait_timeout(timers, left).unwrap().0;
        }
    }
}

pub fn delay(length: Duration) -> Delay {
    START.call_once(|| drop(thread::spawn(run)));
    let (end, waker) = (Instant::now() + length, Slot::default());
    let number = Arc::as_ptr(&waker) as usize;
    TIMERS.lock().unwrap().insert((end, number), waker.clone());
    CHANGED.notify_one();
    Delay { end, waker }
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
