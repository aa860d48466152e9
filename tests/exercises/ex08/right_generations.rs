use std::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, Weak},
    task::{Context, Poll, Wake, Waker},
};

use crate::harness::BoxFuture;

/// A slot is used again, under another generation.
struct Slot {
    generation: u32,
    task: Option<(BoxFuture<u32>, Weak<Mutex<Shared>>)>,
}

type Ready = Mutex<Vec<(usize, u32)>>;

pub struct Executor {
    slots: RefCell<Vec<Slot>>,
    ready: Arc<Ready>,
}

struct Name {
    slot: usize,
    generation: u32,
    ready: Weak<Ready>,
}

impl Wake for Name {
    fn wake(self: Arc<Self>) {
        let Some(ready) = self.ready.upgrade() else { return };
        let (me, mut ready) = ((self.slot, self.generation), ready.lock().unwrap());
        if !ready.contains(&me) {
            ready.push(me);
        }
    }
}

impl Executor {
    pub fn new() -> Executor {
        Executor { slots: RefCell::default(), ready: Arc::default() }
    }

    pub fn spawn(&self, future: BoxFuture<u32>) -> Handle {
        let shared = Arc::new(Mutex::new(Shared::default()));
        let task = Some((future, Arc::downgrade(&shared)));
        let mut slots = self.slots.borrow_mut();
        let free = slots.iter().position(|slot| slot.task.is_none() && slot.generation % 2 == 1);
        let slot = free.unwrap_or_else(|| {
            slots.push(Slot { generation: 1, task: None });
            slots.len() - 1
        });
        slots[slot].generation += 1;
        slots[slot].task = task;
        self.ready.lock().unwrap().push((slot, slots[slot].generation));
        Handle(shared)
    }

    fn next(&self) -> Option<(usize, u32)> {
        let mut ready = self.ready.lock().unwrap();
        if ready.is_empty() { None } else { Some(ready.remove(0)) }
    }

    pub fn run_until_idle(&self) {
        while let Some((slot, generation)) = self.next() {
            let task = {
                let place = &mut self.slots.borrow_mut()[slot];
                if place.generation == generation { place.task.take() } else { None }
            };
            let Some((mut future, shared)) = task else { continue };
            let name = Name { slot, generation, ready: Arc::downgrade(&self.ready) };
            let waker = Waker::from(Arc::new(name));
            let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
            let Poll::Ready(value) = polled else {
                self.slots.borrow_mut()[slot].task = Some((future, shared));
                continue;
            };
            self.slots.borrow_mut()[slot].generation += 1;
            drop(future);
            if let Some(shared) = shared.upgrade() {
                let waker = shared.lock().unwrap().is_done_with(value);
                waker.into_iter().for_each(Waker::wake);
            }
        }
    }
}

#[derive(Default)]
struct Shared {
    value: Option<u32>,
    waker: Option<Waker>,
}

impl Shared {
    fn is_done_with(&mut self, value: u32) -> Option<Waker> {
        self.value = Some(value);
        self.waker.take()
    }
}

pub struct Handle(Arc<Mutex<Shared>>);

impl Future for Handle {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let mut shared = self.0.lock().unwrap();
        let shared = &mut *shared;
        match (shared.value, &mut shared.waker) {
            (Some(value), _) => return Poll::Ready(value),
            (None, Some(waker)) => waker.clone_from(context.waker()),
            (None, none) => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}
