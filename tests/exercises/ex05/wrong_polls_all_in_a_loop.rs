//! told: twice-in-a-poll

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    JoinAll { children }
}

pub struct JoinAll {
    children: Vec<BoxFuture<u32>>,
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        loop {
            let polls: Vec<_> = self.children.iter_mut().map(|it| it.as_mut().poll(context)).collect();
            if polls.iter().all(Poll::is_ready) {
                let ready = polls.into_iter().filter_map(|poll| match poll {
                    Poll::Ready(result) => Some(result),
                    Poll::Pending => None,
                });
                return Poll::Ready(ready.collect());
            }
        }
    }
}
