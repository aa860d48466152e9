//! told: panicked

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    JoinAll { results: vec![0; children.len()], children, done: 0 }
}

pub struct JoinAll {
    children: Vec<BoxFuture<u32>>,
    results: Vec<u32>,
    /// A bit for each child.
    done: u128,
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        let this = self.get_mut();
        for (place, child) in this.children.iter_mut().enumerate() {
            if this.done & (1 << place) != 0 {
                continue;
            }
            if let Poll::Ready(result) = child.as_mut().poll(context) {
                this.results[place] = result;
                this.done |= 1 << place;
            }
        }
        match this.done.count_ones() as usize == this.children.len() {
            true => Poll::Ready(this.results.clone()),
            false => Poll::Pending,
        }
    }
}
