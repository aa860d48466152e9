//! Sleeps beside others: what it takes to arm one and to take it back; and to let one end.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use super::{measured, scattered};
use crate::{
    Result, measure,
    peers::{Glassloop, Sleeps, Smol, Tokio},
    workloads::{Contender, NANOSECONDS, Workload},
};

pub const DROPPED: Workload = Workload {
    name: "growth-sleep-dropped",
    title: "a sleep is made, polled once and dropped",
    metrics: NANOSECONDS,
    size: 1_000_000,
    quick: 100_000,
    most_runs: None,
    contenders: &[
        Contender::ours("glassloop", dropped::<Glassloop>),
        Contender::peer("tokio", dropped::<Tokio>),
        Contender::peer("smol", dropped::<Smol>),
    ],
};

pub const FIRED: Workload = Workload {
    name: "growth-sleep-fired",
    title: "a sleep ends",
    contenders: &[
        Contender::ours("glassloop", fired::<Glassloop>),
        Contender::peer("tokio", fired::<Tokio>),
        // smol is left out: a thread of its own fires these, and wakes up for each millisecond.
    ],
    ..DROPPED
};

async fn poll_once(mut future: Pin<&mut impl Future>) {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await;
}

/// The others sleep for an hour and up to 1,000 s more, and so do those that are measured.
fn dropped<P: Sleeps>(others: u64) -> Result<Vec<f64>> {
    const TIMES: u64 = 100_000;
    let sleep = |n| P::sleep(Duration::from_millis(3_600_000 + scattered(n, 1_000_000)));
    P::run(async move {
        let task = P::spawn(async move {
            let mut armed = Vec::new();
            for n in 0..others {
                let mut sleep = Box::pin(sleep(n));
                poll_once(sleep.as_mut()).await;
                armed.push(sleep);
            }
            let start = measure::start();
            for n in others..others + TIMES {
                poll_once(pin!(sleep(n))).await;
            }
            measured(&[start.elapsed().as_nanos() as f64 / TIMES as f64]);
        });
        task.await
    })
}

/// All of them are armed, in no order, before the first is due; and all are due before the loop looks. Then it looks
/// once, and wakes all: whom, costs nothing here. It also waits for a millisecond, which is no work: so what is
/// measured is the time of the processor.
fn fired<P: Sleeps>(others: u64) -> Result<Vec<f64>> {
    const SPREAD: u64 = 500;
    let (first, made) = (20 + others / 500, Instant::now());
    P::run(async move {
        let mut armed = Vec::new();
        for n in 0..others {
            let mut sleep = Box::pin(P::sleep(Duration::from_millis(first + scattered(n, SPREAD))));
            let nobody = &mut Context::from_waker(Waker::noop());
            assert!(sleep.as_mut().poll(nobody).is_pending());
            armed.push(sleep);
        }
        let arming = made.elapsed();
        assert!(arming < Duration::from_millis(first), "some were due too early: {arming:?}");
        thread::sleep(Duration::from_millis(first + SPREAD));
        let start = measure::start();
        // Later than all of theirs.
        P::sleep(Duration::from_millis(1)).await;
        measured(&[start.processor().as_nanos() as f64 / others as f64])
    })
}
