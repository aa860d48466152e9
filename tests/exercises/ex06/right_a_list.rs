use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

pub fn race(first: BoxFuture<u32>, second: BoxFuture<u32>) -> Race {
    Race { runners: vec![first, second] }
}

pub struct Race {
    runners: Vec<BoxFuture<u32>>,
}

impl Future for Race {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let mut polls = self.runners.iter_mut().map(|runner| runner.as_mut().poll(context));
        let Some(result) = polls.find(Poll::is_ready) else { return Poll::Pending };
        self.runners.clear();
        result
    }
}
