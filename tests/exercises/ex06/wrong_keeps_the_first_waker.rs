//! told: old-waker

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use crate::harness::BoxFuture;

pub fn race(first: BoxFuture<u32>, second: BoxFuture<u32>) -> Race {
    Race { runners: Some((first, second)), waker: None }
}

pub struct Race {
    runners: Option<(BoxFuture<u32>, BoxFuture<u32>)>,
    waker: Option<Waker>,
}

impl Future for Race {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let waker = self.waker.get_or_insert_with(|| context.waker().clone()).clone();
        let context = &mut Context::from_waker(&waker);
        let Some((first, second)) = &mut self.runners else {
            panic!("a race that is over was polled again");
        };
        let mut result = first.as_mut().poll(context);
        if result.is_pending() {
            result = second.as_mut().poll(context);
        }
        if result.is_ready() {
            self.runners = None;
        }
        result
    }
}
