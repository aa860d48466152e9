//! told: late-for-nothing

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    let results = vec![0; children.len()];
    JoinAll { left: children.len(), children: children.into_iter().map(Some).collect(), results }
}

pub struct JoinAll {
    left: usize,
    children: Vec<Option<BoxFuture<u32>>>,
    results: Vec<u32>,
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        let this = self.get_mut();
        for (place, child) in this.children.iter_mut().enumerate() {
            let Some(future) = child else { continue };
            if let Poll::Ready(result) = future.as_mut().poll(context) {
                *child = None;
                this.results[place] = result;
                this.left -= 1;
                if this.left == 0 {
                    return Poll::Ready(std::mem::take(&mut this.results));
                }
            }
        }
        Poll::Pending
    }
}
