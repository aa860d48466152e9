use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn race(first: BoxFuture<u32>, second: BoxFuture<u32>) -> Race {
    Race::Runs { first, second }
}

pub enum Race {
    Runs { first: BoxFuture<u32>, second: BoxFuture<u32> },
    Over,
}

impl Future for Race {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let Race::Runs { mut first, mut second } = std::mem::replace(&mut *self, Race::Over) else {
            return Poll::Pending;
        };
        if let Poll::Ready(result) = first.as_mut().poll(context) {
            return Poll::Ready(result);
        }
        if let Poll::Ready(result) = second.as_mut().poll(context) {
            return Poll::Ready(result);
        }
        *self = Race::Runs { first, second };
        Poll::Pending
    }
}
