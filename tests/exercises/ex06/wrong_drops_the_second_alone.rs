//! told: loser-alive

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn race(first: BoxFuture<u32>, second: BoxFuture<u32>) -> Race {
    Race { first, second: Some(second) }
}

pub struct Race {
    first: BoxFuture<u32>,
    second: Option<BoxFuture<u32>>,
}

impl Future for Race {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        if let Poll::Ready(result) = self.first.as_mut().poll(context) {
            self.second = None;
            return Poll::Ready(result);
        }
        match &mut self.second {
            Some(second) => second.as_mut().poll(context),
            None => Poll::Pending,
        }
    }
}
