//! Spawn and join: a thousand tasks are made, all of them are awaited, and again.

use super::{Contender, NANOSECONDS, Workload};
use crate::{
    Result, measure,
    peers::{Floor, Futures, Glassloop, Glommio, Monoio, Peer, Smol, Tokio, python},
};

pub const WORKLOAD: Workload = Workload {
    name: "spawn",
    title: "spawn and join a task, 1,000 at a time",
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
        Contender::peer("LocalPool", run::<Futures>),
        Contender::peer("asyncio", |size| python("spawn", size / 10)),
        Contender::floor("floor", run::<Floor>),
    ],
};

const AT_A_TIME: u64 = 1_000;

fn run<P: Peer>(size: u64) -> Result<Vec<f64>> {
    P::run(async move {
        let start = measure::start();
        let mut tasks = Vec::new();
        for _ in 0..size / AT_A_TIME {
            tasks.extend((0..AT_A_TIME).map(|n| P::spawn(async move { n })));
            let mut sum = 0;
            for task in tasks.drain(..) {
                sum += task.await;
            }
            assert_eq!(sum, AT_A_TIME * (AT_A_TIME - 1) / 2);
        }
        start.nanoseconds_each(size)
    })
}
