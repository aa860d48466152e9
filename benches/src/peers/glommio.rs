//! glommio, which needs io_uring.

use std::time::Duration;

use glommio::LocalExecutorBuilder;

use super::{Peer, Sleeps, YieldsItself};

pub struct Glommio;

impl Peer for Glommio {
    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
        let executor = LocalExecutorBuilder::default().make().expect("io_uring");
        executor.run(future)
    }

    fn spawn<T: 'static>(
        future: impl Future<Output = T> + 'static,
    ) -> impl Future<Output = T> + 'static {
        glommio::spawn_local(future)
    }
}

impl Sleeps for Glommio {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        glommio::timer::sleep(length)
    }
}

impl YieldsItself for Glommio {
    fn yield_now() -> impl Future<Output = ()> + 'static {
        async { glommio::executor().yield_task_queue_now().await }
    }
}
