//! told: no-wake

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
};

use crate::harness::BoxFuture;

pub fn race(first: BoxFuture<u32>, second: BoxFuture<u32>) -> Race {
    Race { runners: Some((first, second)) }
}

pub struct Race {
    runners: Option<(BoxFuture<u32>, BoxFuture<u32>)>,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

impl Future for Race {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let Some((first, second)) = &mut self.runners else {
            panic!("a race that is over was polled again");
        };
        let flag = Arc::new(Flag(AtomicBool::new(false)));
        let waker = Waker::from(flag.clone());
        let inner = &mut Context::from_waker(&waker);
        let mut result = first.as_mut().poll(inner);
        if result.is_pending() {
            result = second.as_mut().poll(inner);
        }
        if result.is_ready() {
            self.runners = None;
        } else if flag.0.load(SeqCst) {
            context.waker().wake_by_ref();
        }
        result
    }
}
