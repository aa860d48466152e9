//! glassloop, as a user has it.

use std::time::Duration;

use super::{Peer, Sleeps, YieldsItself};

pub struct Glassloop;

impl Peer for Glassloop {
    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
        glassloop::run(future)
    }

    fn spawn<T: 'static>(
        future: impl Future<Output = T> + 'static,
    ) -> impl Future<Output = T> + 'static {
        let task = glassloop::create_task(future);
        async { task.await.expect("a task that ends") }
    }
}

impl Sleeps for Glassloop {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        glassloop::sleep(length)
    }
}

impl YieldsItself for Glassloop {
    fn yield_now() -> impl Future<Output = ()> + 'static {
        glassloop::yield_now()
    }
}
