//! smol: its `LocalExecutor`, with the timers and sockets of async-io.

use std::{rc::Rc, time::Duration};

use smol::{LocalExecutor, Timer, future};

use super::{Peer, Sleeps, YieldsItself};

pub struct Smol;

thread_local! {
    static EXECUTOR: Rc<LocalExecutor<'static>> = Rc::default();
}

impl Peer for Smol {
    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
        let executor = EXECUTOR.with(Rc::clone);
        smol::block_on(executor.run(future))
    }

    fn spawn<T: 'static>(
        future: impl Future<Output = T> + 'static,
    ) -> impl Future<Output = T> + 'static {
        EXECUTOR.with(|executor| executor.spawn(future))
    }
}

impl Sleeps for Smol {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        let timer = Timer::after(length);
        async {
            timer.await;
        }
    }
}

impl YieldsItself for Smol {
    fn yield_now() -> impl Future<Output = ()> + 'static {
        future::yield_now()
    }
}
