use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn race(mut first: BoxFuture<u32>, mut second: BoxFuture<u32>) -> Race {
    Race(Box::pin(async move {
        // What the block owns is dropped when it is done.
        poll_fn(|context| match first.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(result),
            Poll::Pending => second.as_mut().poll(context),
        })
        .await
    }))
}

pub struct Race(BoxFuture<u32>);

impl Future for Race {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        self.0.as_mut().poll(context)
    }
}
