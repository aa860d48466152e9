//! Step 7 of 7: the loop itself waits for the sockets. One thread, and a whole runtime.
//!
//! ```text
//! cargo run --example step7_reactor
//! ```
//!
//! In step 6 one thread slept until there was an event, to wake another thread that slept
//! until there was a task. Here it is one thread: when the queue is empty, the loop itself
//! sleeps in mio's `poll`. The same thread hands out events and polls tasks, so no event can
//! come between a try and the line that keeps the waker. The second try of steps 5 and 6 is
//! gone, and every lock on the way from an event to a poll. (`wakes across threads`: none.)
//!
//! A task that waits to read is no longer woken because its socket is writable (`polls in vain`: none).
//!
//! A runtime needs a little more than this job. So here is the rest: a handle to await a
//! task, timers, and a way in for other threads, since a `Waker` may be called on any thread.
//!
//! It has the order and the names of `src/runtime/`, and about 200 lines of it are the
//! runtime. The real one adds a trace of everything that happens, cancelling, panics that
//! stay with their task, places that are used again, a budget for a task whose socket is
//! always ready, a clock that can be virtual, and an end that leaves nothing behind.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap, VecDeque},
    future::poll_fn,
    io, mem,
    net::SocketAddr,
    pin::{Pin, pin},
    process::ExitCode,
    rc::Rc,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::AcqRel},
    },
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

use ladder::{Host, count_wake, slept, socket};
use mio::{Events, Interest, Token};

#[path = "ladder/mod.rs"]
mod ladder;

// ───── task.rs: what is polled ─────

/// The number of a task: all that the ready queue holds of it. None is used twice.
type Entry = u64;

/// The main future is the first task of a loop.
const MAIN: Entry = 1;

/// A task without its type, and its waker.
type Slot = (Pin<Box<dyn Future<Output = ()>>>, Arc<TaskWaker>);

/// All tasks, and the queue of those that are ready.
#[derive(Default)]
struct Tasks {
    slots: RefCell<HashMap<Entry, Slot>>,
    ready: RefCell<VecDeque<Entry>>,
    last: Cell<Entry>,
}

impl Tasks {
    /// A new task is ready: only its first poll can leave its waker anywhere.
    fn add(&self, future: impl Future<Output = ()> + 'static, inbox: &Arc<Inbox>) {
        let entry = self.last.get() + 1;
        self.last.set(entry);
        let waker = TaskWaker { entry, queued: AtomicBool::new(true), inbox: inbox.clone() };
        self.end_poll(entry, (Box::pin(future), Arc::new(waker)));
        self.enqueue(entry);
    }

    fn enqueue(&self, entry: Entry) {
        self.ready.borrow_mut().push_back(entry);
    }

    /// First in, first out.
    fn next(&self) -> Option<Entry> {
        self.ready.borrow_mut().pop_front()
    }

    /// Takes a task out for its poll, in which it may create others: nothing may be borrowed then.
    /// `None`: it is done, and somebody had kept its waker.
    fn start_poll(&self, entry: Entry) -> Option<Slot> {
        self.slots.borrow_mut().remove(&entry)
    }

    fn end_poll(&self, entry: Entry, slot: Slot) {
        self.slots.borrow_mut().insert(entry, slot);
    }

    fn is_there(&self, entry: Entry) -> bool {
        self.slots.borrow().contains_key(&entry)
    }
}

// ───── waker.rs: what asks for a poll ─────

/// An id, and the two ways to the ready queue. It does not know the future: so it can be sent to other
/// threads, while futures need not be.
struct TaskWaker {
    entry: Entry,
    queued: AtomicBool,
    inbox: Arc<Inbox>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if self.queued.swap(true, AcqRel) {
            return; // once is enough
        }
        count_wake();
        match current_loop() {
            Some(core) if Arc::ptr_eq(&core.inbox, &self.inbox) => core.tasks.enqueue(self.entry),
            _ => self.inbox.wake(self.entry),
        }
    }
}

// ───── event_loop.rs: who polls ─────

/// How many tasks are polled before it is the turn of sockets, timers and other threads.
const POLLS_A_TURN: u32 = 64;

/// All parts of a loop.
struct Core {
    tasks: Tasks,
    timers: Rc<Timers>,
    reactor: Rc<Reactor>,
    inbox: Arc<Inbox>,
}

impl Core {
    /// One turn. Nothing is run in steps 3 to 5: a waker fills the queue for the next turn. Returns whether the
    /// main future is done.
    fn turn(&self) -> io::Result<bool> {
        // 1. Poll what is ready. Not for ever: after so many polls it is the turn of the others.
        for _ in 0..POLLS_A_TURN {
            let Some(entry) = self.tasks.next() else { break };
            self.poll(entry);
        }
        if !self.tasks.is_there(MAIN) {
            return Ok(true);
        }

        // 2. Sleep until something happens. Where a task is ready, only look at the sockets.
        let wakers = self.sleep()?;

        // 3. Wake the waiter of each socket that is ready.
        wakers.into_iter().for_each(Waker::wake);

        // 4. Wake the waiter of each time that has come.
        let now = Instant::now();
        while let Some(waker) = self.timers.take_due(now) {
            waker.wake();
        }

        // 5. Take in what other threads have put into the inbox.
        self.inbox.take().into_iter().for_each(|entry| self.tasks.enqueue(entry));
        Ok(false)
    }

    fn poll(&self, entry: Entry) {
        let Some((mut future, shared)) = self.tasks.start_poll(entry) else { return };
        // Before the poll: if it were cleared after the poll, a wake that comes meanwhile would be lost.
        shared.queued.swap(false, AcqRel);
        let waker = Waker::from(shared.clone());
        if ladder::poll(future.as_mut(), &mut Context::from_waker(&waker)).is_pending() {
            self.tasks.end_poll(entry, (future, shared));
        }
    }

    /// Sleeps until an event, a deadline or another thread. If a task is ready, only looks.
    fn sleep(&self) -> io::Result<Vec<Waker>> {
        let until = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
        let timeout = match self.tasks.ready.borrow().is_empty() {
            true => self.timers.next_deadline().map(until),
            false => Some(Duration::ZERO),
        };
        self.reactor.wait(timeout)
    }
}

// ───── run.rs: from the first turn to the last; and which loop runs on this thread ─────

thread_local! {
    static CURRENT: RefCell<Option<Rc<Core>>> = const { RefCell::new(None) };
}

fn current_loop() -> Option<Rc<Core>> {
    CURRENT.with(|current| current.borrow().clone())
}

fn running_loop() -> Rc<Core> {
    current_loop().expect("only inside of `run`")
}

/// Runs a future, and the tasks that it creates, until it is done.
pub fn run<T: 'static>(main: impl Future<Output = T> + 'static) -> io::Result<T> {
    let reactor = Rc::new(Reactor::new()?);
    let inbox = Arc::new(Inbox { woken: Mutex::default(), loop_waker: reactor.loop_waker()? });
    let core = Rc::new(Core { tasks: Tasks::default(), timers: Rc::default(), reactor, inbox });
    CURRENT.set(Some(core.clone()));
    let main = create_task(main);
    let mut turned = Ok(false);
    while let Ok(false) = turned {
        turned = core.turn();
    }
    CURRENT.set(None);
    turned?;
    let output = main.0.borrow_mut().result.take();
    Ok(output.expect("the main future is done"))
}

// ───── inbox.rs: how another thread wakes the loop ─────

/// The second way to the ready queue.
struct Inbox {
    woken: Mutex<Vec<Entry>>,
    loop_waker: mio::Waker,
}

impl Inbox {
    /// Check, then sleep: between the two a thread could come. The operating system keeps its `wake`
    /// until the loop sleeps, and ends that sleep at once.
    fn wake(&self, entry: Entry) {
        self.woken.lock().unwrap().push(entry);
        let _ = self.loop_waker.wake();
    }

    fn take(&self) -> Vec<Entry> {
        mem::take(&mut *self.woken.lock().unwrap())
    }
}

// ───── timers.rs: deadlines, and the wakers that wait for them ─────

/// Two may have the same deadline: the number tells them apart.
type Key = (Instant, u64);

#[derive(Default)]
struct Timers {
    armed: RefCell<BTreeMap<Key, Waker>>,
    next_number: Cell<u64>,
}

impl Timers {
    fn next_deadline(&self) -> Option<Instant> {
        self.armed.borrow().first_key_value().map(|((deadline, _), _)| *deadline)
    }

    fn take_due(&self, now: Instant) -> Option<Waker> {
        let mut armed = self.armed.borrow_mut();
        let first = armed.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }
}

/// One armed timer. Dropping it takes it back.
struct Timer {
    timers: Rc<Timers>,
    key: Key,
}

impl Timer {
    fn new(deadline: Instant) -> Timer {
        let timers = running_loop().timers.clone();
        let number = timers.next_number.replace(timers.next_number.get() + 1);
        Timer { timers, key: (deadline, number) }
    }

    /// Has `waker` woken at the deadline, and none that was given before.
    fn arm(&self, waker: &Waker) {
        let waker = waker.clone();
        let _before = self.timers.armed.borrow_mut().insert(self.key, waker); // dropped after the borrow
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let _waker = self.timers.armed.borrow_mut().remove(&self.key);
    }
}

// ───── reactor.rs: readiness, and the wakers that wait for it ─────

/// The token of `mio::Waker`; sockets have the numbers from 0.
const INBOX: Token = Token(usize::MAX);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Direction {
    Readable,
    Writable,
}

struct Reactor {
    poll: RefCell<mio::Poll>,
    /// By direction, too: one who waits to read is not to be woken since the socket is writable.
    waiting: RefCell<HashMap<(Token, Direction), Waker>>,
    next_token: Cell<usize>,
}

impl Reactor {
    fn new() -> io::Result<Reactor> {
        let poll = RefCell::new(mio::Poll::new()?);
        Ok(Reactor { poll, waiting: RefCell::default(), next_token: Cell::new(0) })
    }

    fn loop_waker(&self) -> io::Result<mio::Waker> {
        mio::Waker::new(self.poll.borrow().registry(), INBOX)
    }

    /// Sleeps until there are events, and takes out the wakers that they are for.
    fn wait(&self, timeout: Option<Duration>) -> io::Result<Vec<Waker>> {
        let mut events = Events::with_capacity(1024);
        slept(self.poll.borrow_mut().poll(&mut events, timeout), &events)?;
        let mut wakers = Vec::new();
        for event in &events {
            // An error is for both: a waiter tries again, and so learns about it.
            if event.is_readable() || event.is_read_closed() || event.is_error() {
                wakers.extend(self.disarm(event.token(), Direction::Readable));
            }
            if event.is_writable() || event.is_write_closed() || event.is_error() {
                wakers.extend(self.disarm(event.token(), Direction::Writable));
            }
        }
        Ok(wakers)
    }

    /// Has the next event wake `waker`, and none that was given before.
    fn arm(&self, token: Token, direction: Direction, waker: Waker) {
        let _before = self.waiting.borrow_mut().insert((token, direction), waker);
    }

    fn disarm(&self, token: Token, direction: Direction) -> Option<Waker> {
        self.waiting.borrow_mut().remove(&(token, direction))
    }
}

// ───── tasks/, waits/, net/: futures that use the parts above ─────

/// What a task and its awaiter share.
struct TaskCell<T> {
    result: Option<T>,
    awaiter: Option<Waker>,
}

/// The handle of a task, by which to await its result.
pub struct Task<T>(Rc<RefCell<TaskCell<T>>>);

impl<T> Future for Task<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut cell = self.0.borrow_mut();
        if let Some(result) = cell.result.take() {
            return Poll::Ready(result);
        }
        cell.awaiter = Some(context.waker().clone());
        Poll::Pending
    }
}

/// Has the running loop poll a future, whether anybody awaits its handle or not.
pub fn create_task<T: 'static>(future: impl Future<Output = T> + 'static) -> Task<T> {
    let ours = Rc::new(RefCell::new(TaskCell { result: None, awaiter: None }));
    let theirs = Task(ours.clone());
    let body = async move {
        let result = future.await;
        let awaiter = {
            let mut cell = ours.borrow_mut();
            cell.result = Some(result);
            cell.awaiter.take()
        };
        awaiter.into_iter().for_each(Waker::wake);
    };
    let core = running_loop();
    core.tasks.add(body, &core.inbox);
    theirs
}

/// Waits for `length`, from the first poll on.
pub async fn sleep(length: Duration) {
    let deadline = Instant::now() + length;
    let timer = Timer::new(deadline);
    poll_fn(|context| match Instant::now() >= deadline {
        true => Poll::Ready(()),
        false => {
            timer.arm(context.waker());
            Poll::Pending
        }
    })
    .await;
}

/// Waits for a future, but no longer than `limit`: then it is dropped, and thereby cancelled.
pub async fn timeout<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    let (mut future, mut limit) = (pin!(future), pin!(sleep(limit)));
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => limit.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// A connection.
pub struct TcpStream {
    io: mio::net::TcpStream,
    token: Token,
    reactor: Rc<Reactor>,
}

impl TcpStream {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
        let reactor = running_loop().reactor.clone();
        let token = Token(reactor.next_token.replace(reactor.next_token.get() + 1));
        let mut io = socket::connect(address)?;
        let both = Interest::READABLE | Interest::WRITABLE;
        reactor.poll.borrow().registry().register(&mut io, token, both)?;
        let stream = TcpStream { io, token, reactor };
        stream.retry(Direction::Writable, socket::connected).await?;
        Ok(stream)
    }

    /// Sends all of this.
    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let sent = self.retry(Direction::Writable, |io| socket::send(io, bytes)).await?;
            bytes = &bytes[sent..];
        }
        Ok(())
    }

    /// Adds what has come to the answer, once something has. Returns how much that was; 0 is the end.
    pub async fn read(&self, answer: &mut Vec<u8>) -> io::Result<usize> {
        self.retry(Direction::Readable, |io| socket::receive(io, answer)).await
    }

    /// Tries an operation; if it would block, has the next event wake this task, and tries again then.
    ///
    /// The try comes first, each time: an event is told once, so whoever waits without having tried may
    /// wait for one that is past. And a second try is not needed: nobody hands out events while this
    /// runs.
    async fn retry<T>(
        &self,
        direction: Direction,
        mut operation: impl FnMut(&mio::net::TcpStream) -> io::Result<T>,
    ) -> io::Result<T> {
        poll_fn(|context| match operation(&self.io) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.reactor.arm(self.token, direction, context.waker().clone());
                Poll::Pending
            }
            result => Poll::Ready(result),
        })
        .await
    }
}

impl Drop for TcpStream {
    fn drop(&mut self) {
        let _ = self.reactor.poll.borrow().registry().deregister(&mut self.io);
        self.reactor.disarm(self.token, Direction::Readable);
        self.reactor.disarm(self.token, Direction::Writable);
    }
}

// ───── The job ─────

async fn fetch(host: Host) -> io::Result<()> {
    let stream = TcpStream::connect(host.address()).await?;
    stream.write_all(host.request.as_bytes()).await?;
    let mut answer = Vec::new();
    while stream.read(&mut answer).await? > 0 {}
    host.show(&answer)
}

async fn fetch_all(hosts: Vec<Host>) -> io::Result<()> {
    let patiently = |host| timeout(Duration::from_secs(60), fetch(host));
    let tasks: Vec<_> = hosts.into_iter().map(|host| create_task(patiently(host))).collect();
    for task in tasks {
        task.await.unwrap_or(Err(io::ErrorKind::TimedOut.into()))?;
    }
    Ok(())
}

fn main() -> ExitCode {
    ladder::run(|hosts| run(fetch_all(hosts))?)
}
