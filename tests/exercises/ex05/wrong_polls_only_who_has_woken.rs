//! told: one-after-another

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
};

use crate::harness::BoxFuture;

pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    let children = children.into_iter().map(|future| (Arc::new(AtomicBool::new(true)), future));
    let children: Vec<_> = children.map(Some).collect();
    JoinAll { results: vec![0; children.len()], children }
}

pub struct JoinAll {
    /// Who waits, and whether it has woken.
    children: Vec<Option<(Arc<AtomicBool>, BoxFuture<u32>)>>,
    results: Vec<u32>,
}

struct Bell(Arc<AtomicBool>, Waker);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
        self.1.wake_by_ref();
    }
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        let this = self.get_mut();
        for (child, result) in this.children.iter_mut().zip(&mut this.results) {
            let Some((has_woken, future)) = child else { continue };
            if !has_woken.swap(false, SeqCst) {
                continue;
            }
            let bell = Bell(has_woken.clone(), context.waker().clone());
            let waker = Waker::from(Arc::new(bell));
            if let Poll::Ready(ready) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                *result = ready;
                *child = None;
            }
        }
        match this.children.iter().all(Option::is_none) {
            true => Poll::Ready(this.results.clone()),
            false => Poll::Pending,
        }
    }
}
