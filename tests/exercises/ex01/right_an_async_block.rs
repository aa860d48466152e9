use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

pub struct Countdown {
    inner: Pin<Box<dyn Future<Output = ()>>>,
}

impl Countdown {
    pub fn new(n: u32) -> Countdown {
        let inner = Box::pin(async move {
            for _ in 0..n {
                Once(false).await;
            }
        });
        Countdown { inner }
    }
}

impl Future for Countdown {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.inner.as_mut().poll(context)
    }
}

/// Pending once.
struct Once(bool);

impl Future for Once {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        self.0 = true;
        Poll::Pending
    }
}
