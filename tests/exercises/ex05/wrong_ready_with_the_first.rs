//! told: early

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    JoinAll { children: children.into_iter().map(Child::Waits).collect() }
}

pub struct JoinAll {
    children: Vec<Child>,
}

enum Child {
    Waits(BoxFuture<u32>),
    Done(u32),
}

impl Child {
    fn result(&self) -> Option<u32> {
        match self {
            Child::Waits(_) => None,
            Child::Done(result) => Some(*result),
        }
    }
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        for child in &mut self.children {
            if let Child::Waits(future) = child {
                if let Poll::Ready(result) = future.as_mut().poll(context) {
                    *child = Child::Done(result);
                }
            }
        }
        let results: Vec<u32> = self.children.iter().filter_map(Child::result).collect();
        match results.is_empty() && !self.children.is_empty() {
            true => Poll::Pending,
            false => Poll::Ready(results),
        }
    }
}
