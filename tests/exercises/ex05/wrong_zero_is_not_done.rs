//! told: late

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    JoinAll { results: vec![0; children.len()], children }
}

pub struct JoinAll {
    children: Vec<BoxFuture<u32>>,
    /// 0: not done yet.
    results: Vec<u32>,
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        let this = self.get_mut();
        for (child, result) in this.children.iter_mut().zip(&mut this.results) {
            if *result == 0 {
                if let Poll::Ready(ready) = child.as_mut().poll(context) {
                    *result = ready;
                }
            }
        }
        match this.results.contains(&0) {
            true => Poll::Pending,
            false => Poll::Ready(this.results.clone()),
        }
    }
}
