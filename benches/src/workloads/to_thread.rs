//! To a thread and back: a function that does nothing is called on a thread, and awaited, all on one processor.

use super::{Better, Contender, Metric, Workload};
use crate::{
    Result, measure,
    peers::{Glassloop, Glommio, HasThreads, Monoio, Smol, Tokio, python},
};

pub const WORKLOAD: Workload = Workload {
    name: "to_thread",
    title: "nothing is done on a thread, and awaited",
    metrics: &[Metric { unit: "µs each", better: Better::Less }],
    size: 50_000,
    quick: 10_000,
    most_runs: None,
    contenders: &[
        Contender::ours("glassloop", run::<Glassloop>),
        Contender::peer("tokio", run::<Tokio>),
        Contender::peer("smol", run::<Smol>),
        Contender::peer("monoio", run::<Monoio>),
        Contender::peer("glommio", run::<Glommio>),
        Contender::peer("asyncio", |size| {
            measure::stay_on(0)?;
            python("to_thread", size / 5)
        }),
    ],
};

fn run<P: HasThreads>(size: u64) -> Result<Vec<f64>> {
    measure::stay_on(0)?;
    P::run(async move {
        // The first call starts the thread.
        P::to_thread(|| {}).await;
        let start = measure::start();
        P::spawn(async move {
            for _ in 0..size {
                P::to_thread(|| {}).await;
            }
        })
        .await;
        start.microseconds_each(size)
    })
}
