//! told: old-waker

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use crate::harness::BoxFuture;

pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    JoinAll { children: children.into_iter().map(Child::Waits).collect(), relay: None }
}

pub struct JoinAll {
    children: Vec<Child>,
    relay: Option<Waker>,
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

struct Relay(Waker);

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.0.wake_by_ref();
    }
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        let this = self.get_mut();
        let relay = this.relay.get_or_insert_with(|| Arc::new(Relay(context.waker().clone())).into());
        let context = &mut Context::from_waker(relay);
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
