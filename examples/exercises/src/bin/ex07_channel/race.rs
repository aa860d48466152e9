//! A value is sent, or the last sender dropped, by another thread just when `recv` is polled.

use std::{
    hint,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    task::{Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use super::{CountingWaker, Receiver, Sender, Verdict, channel, ensure, look, poll_once};

/// How often the two meet in a channel; the last time the sender goes. The first times are the best: all that they do
/// takes longer then.
const ROUNDS: u32 = 8;

/// How many channels there are at most, and how long they take at most: a busy machine has time for fewer.
const CHANNELS: u32 = 600;
const TRYING: Duration = Duration::from_millis(1_500);

pub fn loses_nothing() -> Verdict {
    let start = Instant::now();
    for run in 0..CHANNELS {
        if start.elapsed() > TRYING {
            break;
        }
        let (sender, mut receiver) = channel();
        let (polling, done) = (Arc::default(), Arc::default());
        let (seen, tell) = (Arc::clone(&polling), Arc::clone(&done));
        let sending = thread::spawn(move || send_in_each_round(sender, &seen, &tell));
        let verdict = meet(run, &mut receiver, &polling, &done);
        // It need not wait for a round that does not come.
        polling.store(ROUNDS, SeqCst);
        let _ = sending.join();
        verdict?;
    }
    Ok(())
}

fn send_in_each_round(sender: Sender, polling: &AtomicU32, done: &AtomicU32) {
    for round in 1..ROUNDS {
        wait_for(polling, round);
        sender.send(round);
        done.store(round, SeqCst);
    }
    wait_for(polling, ROUNDS);
    drop(sender);
    done.store(ROUNDS, SeqCst);
}

/// When both have come back, the poll was ready or the waker was called, and the value is there.
fn meet(run: u32, receiver: &mut Receiver, polling: &AtomicU32, done: &AtomicU32) -> Verdict {
    for round in 1..=ROUNDS {
        let call = if round < ROUNDS { "send" } else { "drop(sender)" };
        let counting = CountingWaker::new();
        let mut recv = pin!(receiver.recv());
        polling.store(round, SeqCst);
        // Not always at the same moment of the poll.
        (0..(run + round) % 12).for_each(|n| {
            hint::black_box(n);
        });
        let poll = poll_once(recv.as_mut(), &counting.waker());
        wait_for(done, round);
        if poll.is_pending() {
            let is_there = poll_once(recv, Waker::noop()).is_ready();
            ensure(is_there || round == ROUNDS, "lost-value", &[])?;
            ensure(counting.wakes() > 0, "lost-wake", &[&call])?;
        }
    }
    ensure(look(receiver) == Poll::Ready(None), "no-end", &[])
}

/// Spins until it is as much. What is waited for takes less time than to sleep would.
fn wait_for(number: &AtomicU32, least: u32) {
    let mut looks = 0_u32;
    while number.load(SeqCst) < least {
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(256) { thread::yield_now() } else { hint::spin_loop() }
    }
}
