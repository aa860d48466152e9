//! told: wrong-results

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    JoinAll { children, results: Vec::new() }
}

pub struct JoinAll {
    children: Vec<BoxFuture<u32>>,
    results: Vec<u32>,
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        let this = self.get_mut();
        let results = &mut this.results;
        this.children.retain_mut(|child| match child.as_mut().poll(context) {
            Poll::Ready(result) => {
                results.push(result);
                false
            }
            Poll::Pending => true,
        });
        if !this.children.is_empty() {
            return Poll::Pending;
        }
        this.results.sort();
        Poll::Ready(std::mem::take(&mut this.results))
    }
}
