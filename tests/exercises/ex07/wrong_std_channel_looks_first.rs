//! told, where the race is hit: lost-wake

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        mpsc::{self, TryRecvError},
    },
    task::{Context, Poll, Waker},
};

type Waiting = Arc<Mutex<Option<Waker>>>;

pub fn channel() -> (Sender, Receiver) {
    let (values, taken) = mpsc::channel();
    let waiting = Waiting::default();
    (Sender { values: Some(values), waiting: waiting.clone() }, Receiver { values: taken, waiting })
}

#[derive(Clone)]
pub struct Sender {
    values: Option<mpsc::Sender<u32>>,
    waiting: Waiting,
}

impl Sender {
    pub fn send(&self, value: u32) {
        if let Some(values) = &self.values {
            let _ = values.send(value);
        }
        wake(&self.waiting);
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        drop(self.values.take());
        wake(&self.waiting);
    }
}

fn wake(waiting: &Waiting) {
    let waker = waiting.lock().unwrap().take();
    if let Some(waker) = waker {
        waker.wake();
    }
}

pub struct Receiver {
    values: mpsc::Receiver<u32>,
    waiting: Waiting,
}

impl Receiver {
    pub fn recv(&mut self) -> Recv<'_> {
        Recv { receiver: self }
    }
}

pub struct Recv<'a> {
    receiver: &'a mut Receiver,
}

impl Future for Recv<'_> {
    type Output = Option<u32>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<u32>> {
        match self.receiver.values.try_recv() {
            Ok(value) => Poll::Ready(Some(value)),
            Err(TryRecvError::Disconnected) => Poll::Ready(None),
            Err(TryRecvError::Empty) => {
                // Makes the gap wide enough to be met each time, also on a busy machine.
                std::thread::sleep(std::time::Duration::from_micros(100));
                *self.receiver.waiting.lock().unwrap() = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
