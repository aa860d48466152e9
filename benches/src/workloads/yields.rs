//! Yields: a task asks to be polled again, and the runtime does nothing else.
//!
//! `ONE` and `MANY` use the same hand-written future on every runtime. `OWN` uses what the runtime itself
//! offers, which may do more: tokio's sees to its sockets each time.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use super::{Contender, NANOSECONDS, Workload};
use crate::{
    Result, measure,
    peers::{Floor, Futures, Glassloop, Glommio, Monoio, Peer, Smol, Tokio, YieldsItself, python},
};

pub const ONE: Workload = Workload {
    name: "yield",
    title: "one task yields",
    metrics: NANOSECONDS,
    size: 5_000_000,
    quick: 500_000,
    most_runs: None,
    contenders: &[
        Contender::ours("glassloop", one::<Glassloop>),
        Contender::peer("tokio", one::<Tokio>),
        Contender::peer("smol", one::<Smol>),
        Contender::peer("monoio", one::<Monoio>),
        Contender::peer("glommio", one::<Glommio>),
        Contender::peer("LocalPool", one::<Futures>),
        Contender::peer("asyncio", |size| python("yield", size / 25)),
        Contender::floor("floor", one::<Floor>),
    ],
};

pub const MANY: Workload = Workload {
    name: "yields",
    title: "1,000 tasks yield in turn",
    size: 2_000_000,
    quick: 200_000,
    contenders: &[
        Contender::ours("glassloop", many::<Glassloop>),
        Contender::peer("tokio", many::<Tokio>),
        Contender::peer("smol", many::<Smol>),
        Contender::peer("glommio", many::<Glommio>),
        Contender::peer("LocalPool", many::<Futures>),
        // monoio is left out: it polls the task that has yielded again at once, up to a thousand times.
        Contender::peer("asyncio", |size| python("yields", size / 10)),
        Contender::floor("floor", many::<Floor>),
    ],
    ..ONE
};

pub const OWN: Workload = Workload {
    name: "yield_now",
    title: "one task yields by the runtime's own means",
    size: 1_000_000,
    quick: 100_000,
    contenders: &[
        Contender::ours("glassloop", own::<Glassloop>),
        Contender::peer("tokio", own::<Tokio>),
        Contender::peer("smol", own::<Smol>),
        Contender::peer("monoio", own::<Monoio>),
        Contender::peer("glommio", own::<Glommio>),
        Contender::peer("asyncio", |size| python("yield", size / 10)),
    ],
    ..ONE
};

/// The barest thing that a task can wait for: itself.
struct Yield {
    yielded: bool,
}

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if mem::replace(&mut self.yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Yields so many times.
pub async fn yields(times: u64) {
    for _ in 0..times {
        Yield { yielded: false }.await;
    }
}

fn one<P: Peer>(size: u64) -> Result<Vec<f64>> {
    P::run(async move {
        let start = measure::start();
        P::spawn(yields(size)).await;
        start.nanoseconds_each(size)
    })
}

const TASKS: u64 = 1_000;

fn many<P: Peer>(size: u64) -> Result<Vec<f64>> {
    P::run(async move {
        let start = measure::start();
        let tasks: Vec<_> = (0..TASKS).map(|_| P::spawn(yields(size / TASKS))).collect();
        for task in tasks {
            task.await;
        }
        start.nanoseconds_each(size)
    })
}

fn own<P: YieldsItself>(size: u64) -> Result<Vec<f64>> {
    P::run(async move {
        let start = measure::start();
        P::spawn(async move {
            for _ in 0..size {
                P::yield_now().await;
            }
        })
        .await;
        start.nanoseconds_each(size)
    })
}
