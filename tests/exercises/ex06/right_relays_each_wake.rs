use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Wake, Waker},
};

use crate::harness::BoxFuture;

pub fn race(first: BoxFuture<u32>, second: BoxFuture<u32>) -> Race {
    Race { first: Some(first), second: Some(second), relay: Arc::default() }
}

pub struct Race {
    first: Option<BoxFuture<u32>>,
    second: Option<BoxFuture<u32>>,
    relay: Arc<Relay>,
}

/// Both keep one waker, and it leads to wherever the last poll came from.
#[derive(Default)]
struct Relay(Mutex<Option<Waker>>);

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        // The second wake of a poll has nothing left to do.
        let waker = self.0.lock().unwrap().take();
        waker.map(Waker::wake);
    }
}

impl Future for Race {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let this = self.get_mut();
        *this.relay.0.lock().unwrap() = Some(context.waker().clone());
        let waker = Waker::from(this.relay.clone());
        let context = &mut Context::from_waker(&waker);
        let result = [&mut this.first, &mut this.second]
            .into_iter()
            .flatten()
            .map(|runner| runner.as_mut().poll(context))
            .find(Poll::is_ready);
        if result.is_some() {
            (this.first, this.second) = (None, None);
        }
        result.unwrap_or(Poll::Pending)
    }
}
