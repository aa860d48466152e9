//! Another thread calls the waker just when `block_on` goes to sleep.

use std::{
    future::poll_fn,
    hint,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
        mpsc::{self, Receiver, TryRecvError},
    },
    task::{Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use super::{Verdict, block_on, ensure, on_a_thread};

/// How often the two meet in a run of `block_on`. The first times are the best: all that they do takes longer then.
const ROUNDS: u32 = 12;

/// How many runs there are at most, and how long they take at most: a busy machine has time for fewer.
const RUNS: u32 = 400;
const TRYING: Duration = Duration::from_millis(1500);

pub fn loses_no_wake() -> Verdict {
    let start = Instant::now();
    for run in 0..RUNS {
        if start.elapsed() > TRYING {
            break;
        }
        let wakes = Arc::new(AtomicU32::new(0));
        let is_ended = meet(run, wakes.clone());
        ensure(is_ended, "race", &[])?;
    }
    Ok(())
}

/// One run. Does it come to an end?
fn meet(run: u32, wakes: Arc<AtomicU32>) -> bool {
    let (send, receive) = mpsc::channel::<Waker>();
    let woken = wakes.clone();
    thread::spawn(move || wake_in_each_round(&woken, &receive));
    let returned = on_a_thread(move || {
        let mut polls = 0;
        block_on(poll_fn(|context| {
            if polls == ROUNDS {
                return Poll::Ready(());
            }
            if wakes.load(SeqCst) == polls {
                polls += 1;
                let _ = send.send(context.waker().clone());
                // Not always at the same moment.
                (0..(run + polls) % 12).for_each(|n| {
                    hint::black_box(n);
                });
            }
            Poll::Pending
        }));
    });
    returned.is_some()
}

fn wake_in_each_round(wakes: &AtomicU32, wakers: &Receiver<Waker>) {
    for round in 1..=ROUNDS {
        let waker = loop {
            match wakers.try_recv() {
                Ok(waker) => break waker,
                Err(TryRecvError::Empty) => hint::spin_loop(),
                Err(TryRecvError::Disconnected) => return,
            }
        };
        wakes.store(round, SeqCst);
        waker.wake();
    }
}
