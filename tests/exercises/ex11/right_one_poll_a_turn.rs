use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::{Arc, Mutex, Weak},
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use crate::harness::{BoxFuture, Driver};

/// Tickets are drawn in the order of the wakes.
#[derive(Default)]
struct Line {
    tickets: BTreeMap<u64, usize>,
    drawn: u64,
}

struct Ticket {
    task: usize,
    line: Weak<Mutex<Line>>,
}

impl Wake for Ticket {
    fn wake(self: Arc<Self>) {
        let Some(line) = self.line.upgrade() else { return };
        let mut line = line.lock().unwrap();
        if line.tickets.values().all(|task| *task != self.task) {
            line.drawn += 1;
            let number = line.drawn;
            line.tickets.insert(number, self.task);
        }
    }
}

/// Fires first, then looks for sockets, then polls one task.
pub fn run<D: Driver>(driver: &mut D, futures: Vec<BoxFuture<()>>) {
    let line = Arc::new(Mutex::new(Line::default()));
    let mut left = Cell::new(futures.len());
    let mut tasks: Vec<_> = futures.into_iter().map(Some).collect();
    let wakers: Vec<_> = (0..tasks.len())
        .map(|task| Waker::from(Arc::new(Ticket { task, line: Arc::downgrade(&line) })))
        .collect();
    wakers.iter().for_each(Waker::wake_by_ref);
    while *left.get_mut() > 0 {
        let fired = driver.fire();
        fired.iter().for_each(Waker::wake_by_ref);
        let is_idle = line.lock().unwrap().tickets.is_empty();
        let timeout = match driver.next_deadline() {
            _ if !is_idle => Some(Duration::ZERO),
            Some(at) => Some(at.checked_sub(driver.now()).unwrap_or(Duration::ZERO)),
            None => None,
        };
        for waker in driver.poll_io(timeout) {
            waker.wake_by_ref();
        }
        let first = line.lock().unwrap().tickets.pop_first();
        let Some((_, number)) = first else { continue };
        let Some(mut task) = tasks[number].take() else { continue };
        match task.as_mut().poll(&mut Context::from_waker(&wakers[number])) {
            Poll::Ready(()) => left.set(left.get() - 1),
            Poll::Pending => tasks[number] = Some(task),
        }
    }
}
