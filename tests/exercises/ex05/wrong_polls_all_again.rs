//! told: polled-after-ready

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    JoinAll { results: vec![None; children.len()], children }
}

pub struct JoinAll {
    children: Vec<BoxFuture<u32>>,
    results: Vec<Option<u32>>,
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        let this = self.get_mut();
        for (child, result) in this.children.iter_mut().zip(&mut this.results) {
            if let Poll::Ready(ready) = child.as_mut().poll(context) {
                *result = Some(ready);
            }
        }
        let results: Option<Vec<u32>> = this.results.iter().copied().collect();
        results.map_or(Poll::Pending, Poll::Ready)
    }
}
