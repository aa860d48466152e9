//! monoio, on epoll.

use std::time::Duration;

use monoio::{LegacyDriver, RuntimeBuilder};

use super::{Peer, Sleeps, YieldsItself};

pub struct Monoio;

impl Peer for Monoio {
    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
        let mut runtime =
            RuntimeBuilder::<LegacyDriver>::new().enable_timer().build().expect("a runtime");
        runtime.block_on(future)
    }

    fn spawn<T: 'static>(
        future: impl Future<Output = T> + 'static,
    ) -> impl Future<Output = T> + 'static {
        monoio::spawn(future)
    }
}

impl Sleeps for Monoio {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        monoio::time::sleep(length)
    }
}

impl YieldsItself for Monoio {
    fn yield_now() -> impl Future<Output = ()> + 'static {
        // It has none that the outside can see; this is what its documentation does.
        let mut yielded = false;
        std::future::poll_fn(move |context| {
            if std::mem::replace(&mut yielded, true) {
                return std::task::Poll::Ready(());
            }
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        })
    }
}
