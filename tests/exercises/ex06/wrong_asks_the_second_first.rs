//! told: second-first

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn race(first: BoxFuture<u32>, second: BoxFuture<u32>) -> Race {
    Race { runners: Some((first, second)) }
}

pub struct Race {
    runners: Option<(BoxFuture<u32>, BoxFuture<u32>)>,
}

impl Future for Race {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let Some((first, second)) = &mut self.runners else {
            panic!("a race that is over was polled again");
        };
        let mut result = second.as_mut().poll(context);
        if result.is_pending() {
            result = first.as_mut().poll(context);
        }
        if result.is_ready() {
            self.runners = None;
        }
        result
    }
}
