//! tokio: its runtime for one thread, with a `LocalSet`, so that tasks need not be `Send`.

use std::time::Duration;

use tokio::{runtime::Builder, task, time};

use super::{Peer, Sleeps, YieldsItself};

pub struct Tokio;

impl Peer for Tokio {
    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        task::LocalSet::new().block_on(&runtime, future)
    }

    fn spawn<T: 'static>(
        future: impl Future<Output = T> + 'static,
    ) -> impl Future<Output = T> + 'static {
        let task = task::spawn_local(future);
        async { task.await.expect("a task that ends") }
    }
}

impl Sleeps for Tokio {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        time::sleep(length)
    }
}

impl YieldsItself for Tokio {
    fn yield_now() -> impl Future<Output = ()> + 'static {
        task::yield_now()
    }
}
