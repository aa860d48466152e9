//! Sleeps that end: many tasks sleep for 1 to 1,000 ms, each for another time.

use std::time::{Duration, Instant};

use super::{Better, Contender, Metric, Workload};
use crate::{
    Result, measure,
    peers::{Glassloop, Glommio, Monoio, Sleeps, Smol, Tokio, python},
};

pub const WORKLOAD: Workload = Workload {
    name: "sleeps",
    title: "100,000 tasks sleep for 1 to 1,000 ms",
    metrics: &[
        Metric { unit: "CPU seconds", better: Better::Less },
        Metric { unit: "ms late on average", better: Better::Less },
    ],
    size: 100_000,
    quick: 100_000,
    most_runs: None,
    contenders: &[
        Contender::ours("glassloop", run::<Glassloop>),
        Contender::peer("tokio", run::<Tokio>),
        Contender::peer("smol", run::<Smol>),
        Contender::peer("monoio", run::<Monoio>),
        Contender::peer("glommio", run::<Glommio>),
        Contender::peer("asyncio", |size| python("sleeps", size)),
    ],
};

fn run<P: Sleeps>(size: u64) -> Result<Vec<f64>> {
    P::run(async move {
        let start = measure::start();
        let sleeper = |n: u64| {
            // No two neighbours alike, and each length as often as any other.
            let length = Duration::from_millis(n * 7919 % 1_000 + 1);
            P::spawn(async move {
                let made = Instant::now();
                P::sleep(length).await;
                made.elapsed().saturating_sub(length)
            })
        };
        let tasks: Vec<_> = (0..size).map(sleeper).collect();
        let mut late = Duration::ZERO;
        for task in tasks {
            late += task.await;
        }
        Ok(vec![start.processor().as_secs_f64(), late.as_secs_f64() * 1e3 / size as f64])
    })
}
