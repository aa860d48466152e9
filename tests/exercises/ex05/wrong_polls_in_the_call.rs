//! told: too-soon

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use crate::harness::BoxFuture;

pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    let mut children: Vec<Child> = children.into_iter().map(Child::Waits).collect();
    // Those that are ready at once need no loop.
    poll_all(&mut children, &mut Context::from_waker(Waker::noop()));
    JoinAll { children }
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

fn poll_all(children: &mut [Child], context: &mut Context<'_>) {
    for child in children {
        if let Child::Waits(future) = child {
            if let Poll::Ready(result) = future.as_mut().poll(context) {
                *child = Child::Done(result);
            }
        }
    }
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        poll_all(&mut self.children, context);
        let results: Option<Vec<u32>> = self.children.iter().map(Child::result).collect();
        results.map_or(Poll::Pending, Poll::Ready)
    }
}
