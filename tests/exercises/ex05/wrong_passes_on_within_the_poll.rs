//! told: no-wake

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
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

/// Notes that a child wants to be polled.
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        let flag = Arc::new(Flag(AtomicBool::new(false)));
        let waker = Waker::from(flag.clone());
        for child in &mut self.children {
            if let Child::Waits(future) = child {
                if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    *child = Child::Done(result);
                }
            }
        }
        // A child that wakes later sets a flag at which nobody looks any more.
        if flag.0.load(SeqCst) {
            context.waker().wake_by_ref();
        }
        let results: Option<Vec<u32>> = self.children.iter().map(Child::result).collect();
        results.map_or(Poll::Pending, Poll::Ready)
    }
}
