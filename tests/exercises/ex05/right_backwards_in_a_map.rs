use std::{
    collections::BTreeMap,
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    JoinAll { waiting: children.into_iter().enumerate().collect(), done: BTreeMap::new() }
}

pub struct JoinAll {
    waiting: BTreeMap<usize, BoxFuture<u32>>,
    done: BTreeMap<usize, u32>,
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        let this = self.get_mut();
        for (place, mut child) in std::mem::take(&mut this.waiting).into_iter().rev() {
            match child.as_mut().poll(context) {
                Poll::Ready(result) => drop(this.done.insert(place, result)),
                Poll::Pending => drop(this.waiting.insert(place, child)),
            }
        }
        match this.waiting.is_empty() {
            true => Poll::Ready(std::mem::take(&mut this.done).into_values().collect()),
            false => Poll::Pending,
        }
    }
}
