use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    let mut futures: Vec<Option<BoxFuture<u32>>> = children.into_iter().map(Some).collect();
    let mut results = vec![0; futures.len()];
    let step = move |context: &mut Context<'_>| {
        for (future, result) in futures.iter_mut().zip(&mut results) {
            let polled = future.as_mut().map(|future| future.as_mut().poll(context));
            if let Some(Poll::Ready(ready)) = polled {
                (*future, *result) = (None, ready);
            }
        }
        match futures.iter().any(Option::is_some) {
            true => Poll::Pending,
            false => Poll::Ready(results.clone()),
        }
    };
    JoinAll { inner: Box::pin(async move { poll_fn(step).await }) }
}

pub struct JoinAll {
    inner: Pin<Box<dyn Future<Output = Vec<u32>>>>,
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        self.inner.as_mut().poll(context)
    }
}
