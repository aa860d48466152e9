//! told: loser-alive

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn race(first: BoxFuture<u32>, second: BoxFuture<u32>) -> Race {
    Race { first: Some(first), second: Some(second) }
}

pub struct Race {
    first: Option<BoxFuture<u32>>,
    second: Option<BoxFuture<u32>>,
}

impl Future for Race {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let this = self.get_mut();
        for runner in [&mut this.first, &mut this.second] {
            let Some(future) = runner else { continue };
            if let Poll::Ready(result) = future.as_mut().poll(context) {
                *runner = None;
                return Poll::Ready(result);
            }
        }
        Poll::Pending
    }
}
