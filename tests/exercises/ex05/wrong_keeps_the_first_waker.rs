//! told: old-waker

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use crate::harness::BoxFuture;

pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    JoinAll { children: children.into_iter().map(Child::Waits).collect(), waker: None }
}

pub struct JoinAll {
    children: Vec<Child>,
    waker: Option<Waker>,
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

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        let this = self.get_mut();
        let waker = this.waker.get_or_insert_with(|| context.waker().clone());
        let context = &mut Context::from_waker(waker);
        for child in &mut this.children {
            if let Child::Waits(future) = child {
                if let Poll::Ready(result) = future.as_mut().poll(context) {
                    *child = Child::Done(result);
                }
            }
        }
        let results: Option<Vec<u32>> = this.children.iter().map(Child::result).collect();
        results.map_or(Poll::Pending, Poll::Ready)
    }
}
