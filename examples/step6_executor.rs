//! Step 6 of 7: one thread for many futures. A wake puts a task into a queue, and an executor polls what
//! is in it.
//!
//! ```text
//! cargo run --example step6_executor
//! ```
//!
//! `block_on` of step 5 held its thread for one future, so the times added up. Here each future
//! is a task with a number. Its waker puts that number into the ready queue. The executor polls
//! the task whose number is first in it, and sleeps when there is none. All hosts work for us again,
//! and a task is polled only after something has happened to its socket. (`polls in vain`: it
//! may be something that the task does not wait for. A wake says "try again".)
//!
//! **What is wrong with it.** There are two threads, and one of them does nothing but
//! wait for events, and wake the other. Each wake crosses from one to the other (`wakes across
//! threads`). This costs locks, and threads that fall asleep and wake up (`sleeps`). And
//! there is a race: an event can come between a try and the line that keeps the waker.
//! So `retry` tries a second time, and some reads are in vain. Next: `step7_reactor.rs`.

use std::{
    collections::{HashMap, VecDeque},
    future::poll_fn,
    io,
    pin::Pin,
    process::ExitCode,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::AcqRel},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use ladder::{Host, count_wake, give_up, slept, socket};
use mio::{Events, Interest, Registry, Token};

#[path = "ladder/mod.rs"]
mod ladder;

type BoxFuture = Pin<Box<dyn Future<Output = io::Result<()>>>>;

/// The number of a task: all that the ready queue holds of it.
type Entry = usize;

/// The tasks that are worth a poll, and the thread that polls them.
struct ReadyQueue {
    entries: Mutex<VecDeque<Entry>>,
    executor: Thread,
}

impl ReadyQueue {
    fn push(&self, entry: Entry) {
        self.entries.lock().unwrap().push_back(entry);
        self.executor.unpark();
    }

    /// Takes the next one out: first in, first out. Sleeps while there is none.
    fn next(&self) -> Entry {
        loop {
            let next = self.entries.lock().unwrap().pop_front();
            match next {
                Some(entry) => return entry,
                // One that is pushed just now is not lost: after an `unpark`, `park` returns at once.
                None => thread::park(),
            }
        }
    }
}

/// Wakes by putting its task into the queue, unless it is there.
struct TaskWaker {
    entry: Entry,
    queued: AtomicBool,
    ready: Arc<ReadyQueue>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, AcqRel) {
            count_wake();
            self.ready.push(self.entry);
        }
    }
}

struct Task {
    future: BoxFuture,
    waker: Arc<TaskWaker>,
}

/// Polls the tasks that are in the queue, each when its turn comes.
struct Executor {
    tasks: HashMap<Entry, Task>,
    ready: Arc<ReadyQueue>,
}

impl Executor {
    fn new() -> Executor {
        let ready = ReadyQueue { entries: Mutex::default(), executor: thread::current() };
        Executor { tasks: HashMap::new(), ready: Arc::new(ready) }
    }

    /// A new task is worth a poll: without the first, nobody would ever hear of its waker.
    fn spawn(&mut self, future: impl Future<Output = io::Result<()>> + 'static) {
        let (entry, ready) = (self.tasks.len(), self.ready.clone());
        let waker = Arc::new(TaskWaker { entry, queued: AtomicBool::new(true), ready });
        self.tasks.insert(entry, Task { future: Box::pin(future), waker });
        self.ready.push(entry);
    }

    /// Runs until all tasks are done, or one has failed.
    fn run(mut self) -> io::Result<()> {
        while !self.tasks.is_empty() {
            let entry = self.ready.next();
            let Some(task) = self.tasks.get_mut(&entry) else { continue }; // woken when it was done
            // Before the poll: if it were cleared after the poll, a wake that comes meanwhile would be lost.
            task.waker.queued.swap(false, AcqRel);
            let waker = Waker::from(task.waker.clone());
            let mut context = Context::from_waker(&waker);
            if let Poll::Ready(done) = ladder::poll(task.future.as_mut(), &mut context) {
                self.tasks.remove(&entry);
                done?;
            }
        }
        Ok(())
    }
}

/// Events on one side, the wakers that wait for them on the other: that of step 5, unchanged.
struct Reactor {
    registry: Registry,
    wakers: Mutex<HashMap<Token, Waker>>,
}

impl Reactor {
    /// Starts the thread that waits for events.
    fn start() -> io::Result<Arc<Reactor>> {
        let poll = mio::Poll::new()?;
        let (registry, wakers) = (poll.registry().try_clone()?, Mutex::default());
        let reactor = Arc::new(Reactor { registry, wakers });
        let here = reactor.clone();
        let wait = move || here.wait(poll).unwrap_or_else(give_up);
        thread::Builder::new().name("reactor".into()).spawn(wait)?;
        Ok(reactor)
    }

    fn wait(&self, mut poll: mio::Poll) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        loop {
            slept(poll.poll(&mut events, None), &events)?;
            for event in &events {
                let waker = self.wakers.lock().unwrap().remove(&event.token());
                if let Some(waker) = waker {
                    waker.wake(); // not under the lock: what a waker does is not our business
                }
            }
        }
    }

    /// An operation that would block, as a future.
    async fn retry<T>(
        &self,
        token: Token,
        mut operation: impl FnMut() -> io::Result<T>,
    ) -> io::Result<T> {
        poll_fn(|context| {
            let mut result = operation();
            if socket::would_block(&result) {
                self.keep(token, context.waker().clone());
                // The event may have come since the first try, and found no waker: so try once more.
                result = operation();
            }
            match result {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
                result => Poll::Ready(result),
            }
        })
        .await
    }

    /// Stores a waker, which replaces the one before: only the waker of the latest poll counts.
    fn keep(&self, token: Token, waker: Waker) {
        let _before = self.wakers.lock().unwrap().insert(token, waker); // dropped when the lock is free
    }
}

async fn fetch(host: Host, reactor: Arc<Reactor>) -> io::Result<()> {
    let mut stream = socket::connect(host.address())?;
    let token = Token(host.number);
    let both = Interest::READABLE | Interest::WRITABLE;
    reactor.registry.register(&mut stream, token, both)?;

    reactor.retry(token, || socket::connected(&stream)).await?;
    let mut request = host.request.as_bytes();
    while !request.is_empty() {
        let sent = reactor.retry(token, || socket::send(&stream, request)).await?;
        request = &request[sent..];
    }
    let mut answer = Vec::new();
    while reactor.retry(token, || socket::receive(&stream, &mut answer)).await? > 0 {}
    host.show(&answer)
}

fn main() -> ExitCode {
    ladder::run(|hosts| {
        let reactor = Reactor::start()?;
        let mut executor = Executor::new();
        for host in hosts {
            executor.spawn(fetch(host, reactor.clone()));
        }
        executor.run()
    })
}
