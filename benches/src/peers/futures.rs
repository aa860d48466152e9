//! futures' `LocalPool`: an executor alone, without timers and sockets.

use std::cell::RefCell;

use futures::{
    executor::{LocalPool, LocalSpawner},
    task::LocalSpawnExt,
};

use super::Peer;

pub struct Futures;

thread_local! {
    static SPAWNER: RefCell<Option<LocalSpawner>> = const { RefCell::new(None) };
}

impl Peer for Futures {
    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
        let mut pool = LocalPool::new();
        SPAWNER.set(Some(pool.spawner()));
        pool.run_until(future)
    }

    fn spawn<T: 'static>(
        future: impl Future<Output = T> + 'static,
    ) -> impl Future<Output = T> + 'static {
        SPAWNER.with_borrow(|spawner| {
            let spawner = spawner.as_ref().expect("inside of `run`");
            spawner.spawn_local_with_handle(future).expect("a pool that runs")
        })
    }
}
