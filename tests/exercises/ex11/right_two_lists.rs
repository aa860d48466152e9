use std::{
    collections::HashMap,
    mem,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering::SeqCst},
    },
    task::{Context, Wake, Waker},
    time::Duration,
};

use crate::harness::{BoxFuture, Driver};

const WAITS: u8 = 0;
const QUEUED: u8 = 1;
const DONE: u8 = 2;

struct Name {
    number: usize,
    state: AtomicU8,
    next: Arc<Mutex<Vec<Arc<Name>>>>,
}

impl Wake for Name {
    fn wake(self: Arc<Self>) {
        if self.state.compare_exchange(WAITS, QUEUED, SeqCst, SeqCst).is_ok() {
            let next = self.next.clone();
            next.lock().unwrap().push(self);
        }
    }
}

/// One list is polled, the other is filled meanwhile. Looks once more before each sleep.
pub fn run<D: Driver>(driver: &mut D, futures: Vec<BoxFuture<()>>) {
    let next: Arc<Mutex<Vec<Arc<Name>>>> = Arc::default();
    let mut tasks: HashMap<usize, BoxFuture<()>> = HashMap::new();
    for (number, future) in futures.into_iter().enumerate() {
        let name = Name { number, state: AtomicU8::new(QUEUED), next: next.clone() };
        next.lock().unwrap().push(Arc::new(name));
        tasks.insert(number, future);
    }
    loop {
        let turn = mem::take(&mut *next.lock().unwrap());
        for name in turn {
            name.state.store(WAITS, SeqCst);
            let waker = Waker::from(name.clone());
            let task = tasks.get_mut(&name.number).expect("who is done is not queued");
            if task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                name.state.store(DONE, SeqCst);
                next.lock().unwrap().retain(|other| other.number != name.number);
                tasks.remove(&name.number);
            }
        }
        if tasks.is_empty() {
            return;
        }
        let mut woken = driver.poll_io(Some(Duration::ZERO));
        woken.append(&mut driver.fire());
        if woken.is_empty() && next.lock().unwrap().is_empty() {
            let now = driver.now();
            let until = driver.next_deadline();
            woken = driver.poll_io(until.map(|until| until.max(now) - now));
            woken.extend(driver.fire());
        }
        woken.into_iter().for_each(|waker| waker.wake());
    }
}
