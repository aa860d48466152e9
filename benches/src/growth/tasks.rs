//! Tasks beside others: what it takes to wake one, and to start and join one.

use std::{
    cell::{Cell, RefCell},
    future::{pending, poll_fn},
    rc::Rc,
    task::{Poll, Waker},
};

use super::{measured, scattered};
use crate::{
    Result, measure,
    peers::{Glassloop, Peer, Smol, Tokio},
    workloads::{Contender, NANOSECONDS, Workload, yields},
};

pub const WAKES: Workload = Workload {
    name: "growth-wake",
    title: "any task is woken and polled",
    metrics: NANOSECONDS,
    size: 1_000_000,
    quick: 100_000,
    most_runs: None,
    contenders: &[
        Contender::ours("glassloop", wakes::<Glassloop>),
        Contender::peer("tokio", wakes::<Tokio>),
        Contender::peer("smol", wakes::<Smol>),
    ],
};

pub const SPAWNS: Workload = Workload {
    name: "growth-spawn",
    title: "a task is spawned and joined",
    contenders: &[
        Contender::ours("glassloop", spawns::<Glassloop>),
        Contender::peer("tokio", spawns::<Tokio>),
        Contender::peer("smol", spawns::<Smol>),
    ],
    ..WAKES
};

const TIMES: u64 = 100_000;

/// Each task waits for its waker to be called, again and again; they are called in no order. In between the one
/// that calls yields, and that is measured, too.
fn wakes<P: Peer>(others: u64) -> Result<Vec<f64>> {
    let wakers: Rc<RefCell<Vec<Option<Waker>>>> =
        Rc::new(RefCell::new(vec![None; others as usize]));
    let polls = Rc::new(Cell::new(0));
    P::run(async move {
        let waits = |n: u64| {
            let (wakers, polls) = (wakers.clone(), polls.clone());
            P::spawn(poll_fn(move |context| {
                polls.set(polls.get() + 1);
                wakers.borrow_mut()[n as usize] = Some(context.waker().clone());
                Poll::<()>::Pending
            }))
        };
        let _tasks: Vec<_> = (0..others).map(waits).collect();
        let task = P::spawn(async move {
            while polls.get() < others {
                yields(1).await;
            }
            let start = measure::start();
            for n in 0..TIMES {
                let chosen = scattered(n, others) as usize;
                let waker = wakers.borrow_mut()[chosen].take();
                waker.expect("it waits").wake();
                yields(1).await;
            }
            let elapsed = start.elapsed();
            assert_eq!(polls.get(), others + TIMES);
            measured(&[elapsed.as_nanos() as f64 / TIMES as f64]);
        });
        task.await
    })
}

/// The others wait for ever.
fn spawns<P: Peer>(others: u64) -> Result<Vec<f64>> {
    P::run(async move {
        let _tasks: Vec<_> = (0..others).map(|_| P::spawn(pending::<()>())).collect();
        let task = P::spawn(async move {
            let start = measure::start();
            for n in 0..TIMES {
                assert_eq!(P::spawn(async move { n }).await, n);
            }
            measured(&[start.elapsed().as_nanos() as f64 / TIMES as f64]);
        });
        task.await
    })
}
