//! Sleeps that never end: made, polled once and dropped, which is what becomes of most timeouts.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use super::{Contender, NANOSECONDS, Workload};
use crate::{
    Result, measure,
    peers::{Glassloop, Glommio, Monoio, Sleeps, Smol, Tokio, python},
};

pub const WORKLOAD: Workload = Workload {
    name: "dropped-sleeps",
    title: "a sleep is made, polled once and dropped",
    metrics: NANOSECONDS,
    size: 1_000_000,
    quick: 100_000,
    most_runs: None,
    contenders: &[
        Contender::ours("glassloop", run::<Glassloop>),
        Contender::peer("tokio", run::<Tokio>),
        Contender::peer("smol", run::<Smol>),
        Contender::peer("monoio", run::<Monoio>),
        Contender::peer("glommio", run::<Glommio>),
        Contender::peer("asyncio", |size| python("dropped-sleeps", size / 10)),
    ],
};

fn run<P: Sleeps>(size: u64) -> Result<Vec<f64>> {
    P::run(async move {
        let start = measure::start();
        P::spawn(async move {
            for _ in 0..size {
                let mut sleep = pin!(P::sleep(Duration::from_secs(60)));
                poll_fn(|context| {
                    assert!(sleep.as_mut().poll(context).is_pending());
                    Poll::Ready(())
                })
                .await;
            }
        })
        .await;
        start.nanoseconds_each(size)
    })
}
