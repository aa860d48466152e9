//! Wake: a task asks another thread, which waits for that, and is woken by its answer.
//!
//! With a processor each, most of the time goes by until the system has roused one that was idle, which no runtime
//! can help. What they do themselves is to be seen where both share one.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, mpsc},
    task::{Poll, Waker},
    thread::{self, JoinHandle},
};

use super::{Better, Contender, Metric, Workload};
use crate::{
    Result, measure,
    peers::{Glassloop, Glommio, Monoio, Peer, Smol, Tokio, python},
};

pub const WORKLOAD: Workload = Workload {
    name: "wake",
    title: "a task is woken by another thread that it has woken",
    metrics: &[
        Metric { unit: "µs each on one processor", better: Better::Less },
        Metric { unit: "µs each on two", better: Better::Less },
    ],
    size: 100_000,
    quick: 10_000,
    most_runs: None,
    contenders: &[
        Contender::ours("glassloop", run::<Glassloop>),
        Contender::peer("tokio", run::<Tokio>),
        Contender::peer("smol", run::<Smol>),
        Contender::peer("monoio", run::<Monoio>),
        Contender::peer("glommio", run::<Glommio>),
        Contender::peer("asyncio", |size| python("wake", size / 5)),
        Contender::floor("bare mio", bare_mio),
    ],
};

/// Has it rung, and who waits until it does?
#[derive(Default)]
struct Bell(Mutex<(bool, Option<Waker>)>);

impl Bell {
    fn ring(&self) {
        let waker = {
            let mut state = self.0.lock().expect("nobody panics");
            state.0 = true;
            state.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    async fn rung(&self) {
        poll_fn(|context| {
            let mut state = self.0.lock().expect("nobody panics");
            if std::mem::take(&mut state.0) {
                return Poll::Ready(());
            }
            state.1 = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

fn run<P: Peer>(size: u64) -> Result<Vec<f64>> {
    on_one_and_on_two(size, |size, other| {
        let bell = Arc::new(Bell::default());
        let for_thread = bell.clone();
        let (ask, thread) = answering(other, move || for_thread.ring())?;
        P::run(async move {
            let start = measure::start();
            P::spawn(async move {
                for _ in 0..size {
                    ask.send(()).expect("a thread that listens");
                    bell.rung().await;
                }
            })
            .await;
            let each = start.microseconds_each(size);
            thread.join().expect("a thread that ends");
            each
        })
    })
}

fn bare_mio(size: u64) -> Result<Vec<f64>> {
    on_one_and_on_two(size, |size, other| {
        let mut poll = mio::Poll::new()?;
        let waker = mio::Waker::new(poll.registry(), mio::Token(0))?;
        let (ask, _thread) = answering(other, move || waker.wake().expect("an eventfd"))?;
        let mut events = mio::Events::with_capacity(1);
        let start = measure::start();
        for _ in 0..size {
            ask.send(())?;
            poll.poll(&mut events, None)?;
            assert!(!events.is_empty());
        }
        start.microseconds_each(size)
    })
}

/// The thread on the loop's processor, then on another; that takes longer, so it is done less often.
fn on_one_and_on_two(size: u64, run: impl Fn(u64, usize) -> Result<Vec<f64>>) -> Result<Vec<f64>> {
    Ok([run(size, 0)?, run(size / 5, 1)?].concat())
}

/// Starts a thread on a processor, which answers whenever it is asked. This one stays on the first.
fn answering(
    processor: usize,
    answer: impl Fn() + Send + 'static,
) -> Result<(mpsc::Sender<()>, JoinHandle<()>)> {
    let (ask, questions) = mpsc::channel();
    let no_processor = |error| format!("there is no processor {processor}: {error}");
    measure::stay_on(processor).map_err(no_processor)?;
    let thread = thread::spawn(move || questions.iter().for_each(|()| answer()));
    measure::stay_on(0)?;
    Ok((ask, thread))
}
