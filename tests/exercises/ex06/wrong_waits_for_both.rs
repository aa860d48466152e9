//! told: late

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn race(first: BoxFuture<u32>, second: BoxFuture<u32>) -> Race {
    Race { runners: [Some(first), Some(second)], winner: None }
}

pub struct Race {
    runners: [Option<BoxFuture<u32>>; 2],
    winner: Option<u32>,
}

impl Future for Race {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let this = self.get_mut();
        for runner in &mut this.runners {
            let Some(future) = runner else { continue };
            match future.as_mut().poll(context) {
                Poll::Ready(result) => {
                    this.winner.get_or_insert(result);
                    *runner = None;
                }
                Poll::Pending => {}
            }
        }
        match this.runners.iter().all(Option::is_none) {
            true => Poll::Ready(this.winner.unwrap()),
            false => Poll::Pending,
        }
    }
}
