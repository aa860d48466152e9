//! Ping-pong: two tasks send each other a number, by a hand-written channel that has room for one.

use std::{
    cell::RefCell,
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

use super::{Contender, NANOSECONDS, Workload};
use crate::{
    Result, measure,
    peers::{Floor, Futures, Glassloop, Glommio, Monoio, Peer, Smol, Tokio, python},
};

pub const WORKLOAD: Workload = Workload {
    name: "ping-pong",
    title: "two tasks send each other a number, there and back",
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
        Contender::peer("asyncio", |size| python("ping-pong", size / 10)),
        Contender::floor("floor", run::<Floor>),
    ],
};

/// A number on its way, and who waits for it.
#[derive(Clone, Default)]
struct Channel(Rc<RefCell<(Option<u64>, Option<Waker>)>>);

impl Channel {
    fn send(&self, number: u64) {
        let waker = {
            let mut state = self.0.borrow_mut();
            state.0 = Some(number);
            state.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    async fn receive(&self) -> u64 {
        poll_fn(|context| {
            let mut state = self.0.borrow_mut();
            if let Some(number) = state.0.take() {
                return Poll::Ready(number);
            }
            state.1 = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

fn run<P: Peer>(size: u64) -> Result<Vec<f64>> {
    P::run(async move {
        let (there, back) = (Channel::default(), Channel::default());
        let start = measure::start();
        let answer = P::spawn({
            let (there, back) = (there.clone(), back.clone());
            async move {
                for _ in 0..size {
                    back.send(there.receive().await + 1);
                }
            }
        });
        let ask = P::spawn(async move {
            let mut number = 0;
            for _ in 0..size {
                there.send(number);
                number = back.receive().await;
            }
            number
        });
        assert_eq!(ask.await, size);
        answer.await;
        start.nanoseconds_each(size)
    })
}
