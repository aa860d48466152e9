//! What the tests of cancelling share: a future that is dropped after a certain number of polls.

use std::{
    future::{Future, poll_fn},
    task::Poll,
};

/// Polls `future` so many times, as its task is polled, then drops it. Says whether it was ready by then.
pub async fn drop_after<F: Future>(polls: usize, future: F) -> bool {
    let mut future = Box::pin(future);
    let mut left = polls;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
