use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Wake, Waker},
};

use crate::harness::BoxFuture;

pub fn join_all(children: Vec<BoxFuture<u32>>) -> JoinAll {
    let relay = Arc::new(Relay(Mutex::new(Waker::noop().clone())));
    JoinAll { results: vec![0; children.len()], children: children.into_iter().enumerate().collect(), relay }
}

pub struct JoinAll {
    children: VecDeque<(usize, BoxFuture<u32>)>,
    results: Vec<u32>,
    relay: Arc<Relay>,
}

/// The children keep one waker, and it leads to wherever the last poll came from.
struct Relay(Mutex<Waker>);

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        let waker = self.0.lock().unwrap().clone();
        waker.wake();
    }
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        let this = self.get_mut();
        this.relay.0.lock().unwrap().clone_from(context.waker());
        let waker = Waker::from(this.relay.clone());
        for _ in 0..this.children.len() {
            let Some((place, mut child)) = this.children.pop_front() else { break };
            match child.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(result) => this.results[place] = result,
                Poll::Pending => this.children.push_back((place, child)),
            }
        }
        match this.children.is_empty() {
            true => Poll::Ready(std::mem::take(&mut this.results)),
            false => Poll::Pending,
        }
    }
}
