//! told: wrong-results

use std::{
    collections::BTreeMap,
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    JoinAll { children: children.into_iter().enumerate().collect(), places: BTreeMap::new() }
}

pub struct JoinAll {
    children: Vec<(usize, BoxFuture<u32>)>,
    /// Where each result belongs.
    places: BTreeMap<u32, usize>,
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        let this = self.get_mut();
        let places = &mut this.places;
        this.children.retain_mut(|(place, child)| match child.as_mut().poll(context) {
            Poll::Ready(result) => {
                places.insert(result, *place);
                false
            }
            Poll::Pending => true,
        });
        if !this.children.is_empty() {
            return Poll::Pending;
        }
        let mut results: Vec<u32> = this.places.keys().copied().collect();
        results.sort_by_key(|result| this.places[result]);
        Poll::Ready(results)
    }
}
