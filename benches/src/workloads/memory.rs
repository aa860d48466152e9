//! Memory: what a task occupies that does nothing but sleep.

use std::time::Duration;

use super::{Better, Contender, Metric, Workload};
use crate::{
    Result, measure,
    peers::{Glassloop, Glommio, Monoio, Sleeps, Smol, Tokio, python},
};

pub const WORKLOAD: Workload = Workload {
    name: "memory",
    title: "a sleeping task's memory, of 1,000,000",
    metrics: &[Metric { unit: "bytes a task", better: Better::Less }],
    size: 1_000_000,
    quick: 1_000_000,
    most_runs: None,
    contenders: &[
        Contender::ours("glassloop", run::<Glassloop>),
        Contender::peer("tokio", run::<Tokio>),
        Contender::peer("smol", run::<Smol>),
        Contender::peer("monoio", run::<Monoio>),
        Contender::peer("glommio", run::<Glommio>),
        Contender::peer("asyncio", |size| python("memory", size / 5)),
    ],
};

fn run<P: Sleeps>(size: u64) -> Result<Vec<f64>> {
    P::run(async move {
        let before = measure::resident()?;
        // The handles are counted: whoever starts a million tasks keeps them somewhere.
        let tasks: Vec<_> =
            (0..size).map(|_| P::spawn(P::sleep(Duration::from_secs(3_600)))).collect();
        // Once all tasks have been polled, this one is.
        P::sleep(Duration::from_millis(1)).await;
        let occupied = measure::resident()? - before;
        println!("[{}]", occupied as f64 / size as f64);
        std::mem::forget(tasks);
        // To drop a million tasks is not what is measured, and some are slow at it.
        std::process::exit(0);
    })
}
