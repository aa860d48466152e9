//! The floor: a queue of boxed futures, and nothing that makes a runtime of it.
//!
//! Each is polled in turn, whether it has been woken or not. There is no waker, no sleep, no timer, no socket, no
//! other thread, no care for panics: what is left is the price of a box and of a poll.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::poll_fn,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, Waker},
};

use super::Peer;

pub struct Floor;

type Boxed = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    static QUEUE: RefCell<VecDeque<Boxed>> = RefCell::default();
}

impl Peer for Floor {
    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
        let mut main = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(result) = main.as_mut().poll(&mut context) {
                return result;
            }
            for _ in 0..QUEUE.with_borrow(VecDeque::len) {
                let Some(mut task) = QUEUE.with_borrow_mut(VecDeque::pop_front) else { break };
                if task.as_mut().poll(&mut context).is_pending() {
                    QUEUE.with_borrow_mut(|queue| queue.push_back(task));
                }
            }
        }
    }

    fn spawn<T: 'static>(
        future: impl Future<Output = T> + 'static,
    ) -> impl Future<Output = T> + 'static {
        let result = Rc::new(Cell::new(None));
        let of_task = result.clone();
        let task = Box::pin(async move { of_task.set(Some(future.await)) });
        QUEUE.with_borrow_mut(|queue| queue.push_back(task));
        poll_fn(move |_| result.take().map_or(Poll::Pending, Poll::Ready))
    }
}
