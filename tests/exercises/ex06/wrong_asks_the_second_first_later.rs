//! told: second-first

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn race(first: BoxFuture<u32>, second: BoxFuture<u32>) -> Race {
    Race { runners: Some((first, second)), polls: 0 }
}

pub struct Race {
    runners: Option<(BoxFuture<u32>, BoxFuture<u32>)>,
    polls: u32,
}

impl Future for Race {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        self.polls += 1;
        let is_even = self.polls % 2 == 0;
        let Some((first, second)) = &mut self.runners else {
            panic!("a race that is over was polled again");
        };
        let (one, other) = if is_even { (second, first) } else { (first, second) };
        let mut result = one.as_mut().poll(context);
        if result.is_pending() {
            result = other.as_mut().poll(context);
        }
        if result.is_ready() {
            self.runners = None;
        }
        result
    }
}
