//! `Queue`: items from some tasks to others, in order, with a limit.
//!
//! An item that comes while tasks wait is promised to the first in line. It stays in the queue until that task
//! takes it, at the moment when its `get` is ready. So a `get` that is dropped has taken nothing. In the same way,
//! room is promised to tasks that wait to put something in.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    fmt, mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use super::{
    error::{GetNowaitError, PutNowaitError, QueueShutDown},
    waiters::{InLine, Waiters, drop_each},
};

/// Brings items from some tasks to others: first in, first out.
///
/// asyncio: `asyncio.Queue`. Clones are handles of the same queue. What was promised to a waiting `get` or `put` is
/// gone for everybody else, also for [`qsize`](Queue::qsize), [`empty`](Queue::empty) and [`full`](Queue::full). So
/// if the queue is not empty, you can get an item without waiting.
///
/// ```
/// use glassloop::{create_task, run, sync::Queue};
///
/// run(async {
///     let queue = Queue::new(0);
///     let jobs = queue.clone();
///     let worker = create_task(async move {
///         while let Ok(job) = jobs.get().await {
///             println!("{job}");
///             jobs.task_done();
///         }
///     });
///     queue.put_nowait("wash").unwrap();
///     queue.put_nowait("dry").unwrap();
///     assert_eq!(queue.qsize(), 2);
///     queue.join().await; // all done
///     assert!(queue.empty());
///     queue.shutdown(false);
///     worker.await.unwrap();
/// });
/// ```
#[doc(alias = "channel")]
#[doc(alias = "mpsc")]
pub struct Queue<T> {
    shared: Rc<QueueState<T>>,
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Queue<T> {
        Queue { shared: self.shared.clone() }
    }
}

struct QueueState<T> {
    items: RefCell<VecDeque<T>>,
    /// 0: no bound.
    maxsize: usize,
    /// Items that were put and not declared done.
    unfinished: Cell<usize>,
    is_shut_down: Cell<bool>,
    getters: Waiters,
    putters: Waiters,
    joiners: Waiters,
}

impl<T> Queue<T> {
    /// Makes an empty queue that holds so many items at most; with 0, as many as come.
    pub fn new(maxsize: usize) -> Queue<T> {
        let shared = QueueState {
            items: RefCell::default(),
            maxsize,
            unfinished: Cell::new(0),
            is_shut_down: Cell::new(false),
            getters: Waiters::default(),
            putters: Waiters::default(),
            joiners: Waiters::default(),
        };
        Queue { shared: Rc::new(shared) }
    }

    /// Puts an item into the queue; waits for room, if it is full.
    ///
    /// asyncio: `Queue.put`. Dropping the future before it is ready drops the item, which was not put.
    ///
    /// # Errors
    /// [`QueueShutDown`], with the item, if the queue is shut down before there is room.
    #[track_caller]
    #[doc(alias = "send")]
    pub fn put(&self, item: T) -> Put<T> {
        let line = InLine::new(&self.shared.putters, "Queue.put");
        Put { queue: self.clone(), item: Some(item), line }
    }

    /// Puts an item into the queue, if there is room.
    ///
    /// asyncio: `Queue.put_nowait`.
    ///
    /// # Errors
    /// With the item, if the queue is full or was shut down.
    #[doc(alias = "try_put")]
    #[doc(alias = "try_send")]
    pub fn put_nowait(&self, item: T) -> Result<(), PutNowaitError<T>> {
        if self.shared.is_shut_down.get() {
            Err(PutNowaitError::QueueShutDown(item))
        } else if self.full() {
            Err(PutNowaitError::QueueFull(item))
        } else {
            self.shared.push(item);
            Ok(())
        }
    }

    /// Takes the first item out of the queue; waits for one, if it is empty.
    ///
    /// asyncio: `Queue.get`. The item is taken at the moment at which the future is ready: dropping it before
    /// takes none.
    ///
    /// # Errors
    /// [`QueueShutDown`], if the queue is shut down and nothing is left in it.
    #[track_caller]
    #[doc(alias = "recv")]
    pub fn get(&self) -> Get<T> {
        Get { queue: Some(self.clone()), line: InLine::new(&self.shared.getters, "Queue.get") }
    }

    /// Takes the first item out of the queue, if there is one.
    ///
    /// asyncio: `Queue.get_nowait`.
    ///
    /// # Errors
    /// If the queue is empty, or was shut down and nothing is left in it.
    #[doc(alias = "try_get")]
    #[doc(alias = "try_recv")]
    pub fn get_nowait(&self) -> Result<T, GetNowaitError> {
        let item = if self.empty() { None } else { self.shared.pop() };
        item.ok_or(match self.shared.is_shut_down.get() {
            true => GetNowaitError::QueueShutDown,
            false => GetNowaitError::QueueEmpty,
        })
    }

    /// How many items can be got without waiting.
    #[doc(alias = "len")]
    pub fn qsize(&self) -> usize {
        self.shared.available()
    }

    /// The bound of the queue; 0 if it has none.
    #[doc(alias = "capacity")]
    pub fn maxsize(&self) -> usize {
        self.shared.maxsize
    }

    /// Would `get` have to wait?
    #[doc(alias = "is_empty")]
    pub fn empty(&self) -> bool {
        self.shared.available() == 0
    }

    /// Would `put` have to wait? Never, if the queue has no bound.
    #[doc(alias = "is_full")]
    pub fn full(&self) -> bool {
        self.shared.room() == 0
    }

    /// Says that the work is done for which an item was got.
    ///
    /// asyncio: `Queue.task_done`.
    ///
    /// # Panics
    /// If it is called more often than items were put.
    #[track_caller]
    pub fn task_done(&self) {
        let unfinished = self.shared.unfinished.get();
        assert!(unfinished > 0, "task_done() called too many times");
        self.shared.finish(1);
    }

    /// Waits until all items that were put were also got and declared done by
    /// [`task_done`](Queue::task_done). If there is none, does not wait. Dropping the future leaves the line.
    ///
    /// asyncio: `Queue.join`.
    #[track_caller]
    pub fn join(&self) -> Join<T> {
        Join { queue: Some(self.clone()), line: InLine::new(&self.shared.joiners, "Queue.join") }
    }

    /// Shuts the queue down: nothing more can be put, and who waits to put gets the item back. What is in the
    /// queue can still be got; unless `immediate`: then it is dropped, and counts as done. An item that was promised
    /// to a `get` which is cancelled after this stays in the queue: [`get_nowait`](Queue::get_nowait) takes it out.
    ///
    /// asyncio: `Queue.shutdown`, of Python 3.13.
    #[doc(alias = "close")]
    pub fn shutdown(&self, immediate: bool) {
        let shared = &self.shared;
        shared.is_shut_down.set(true);
        let items = if immediate { shared.items.take() } else { VecDeque::new() };
        shared.getters.wake_all();
        shared.putters.wake_all();
        shared.finish(items.len());
        drop_each(items);
    }
}

impl<T> QueueState<T> {
    /// The items that are promised to nobody.
    fn available(&self) -> usize {
        // After `shutdown(true)` promises are left, and nothing to keep them with.
        self.items.borrow().len().saturating_sub(self.getters.granted())
    }

    /// The room that is promised to nobody.
    fn room(&self) -> usize {
        let taken = self.items.borrow().len() + self.putters.granted();
        let bound = if self.maxsize == 0 { usize::MAX } else { self.maxsize };
        bound.saturating_sub(taken)
    }

    fn push(&self, item: T) {
        self.items.borrow_mut().push_back(item);
        self.unfinished.set(self.unfinished.get() + 1);
        self.getters.grant(self.available());
    }

    fn pop(&self) -> Option<T> {
        let item = self.items.borrow_mut().pop_front();
        self.putters.grant(self.room());
        item
    }

    fn finish(&self, count: usize) {
        let unfinished = self.unfinished.get().saturating_sub(count);
        self.unfinished.set(unfinished);
        if unfinished == 0 {
            self.joiners.grant(usize::MAX);
        }
    }
}

impl<T> Drop for QueueState<T> {
    fn drop(&mut self) {
        drop_each(mem::take(self.items.get_mut()));
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let QueueState { maxsize, getters, putters, .. } = &*self.shared;
        let (qsize, tasks) = (self.qsize(), self.shared.unfinished.get());
        write!(f, "<Queue maxsize={maxsize} qsize={qsize} getters={} ", getters.len())?;
        write!(f, "putters={} tasks={tasks}", putters.len())?;
        write!(f, "{}>", if self.shared.is_shut_down.get() { " shutdown" } else { "" })
    }
}

/// The future of [`Queue::put`].
#[must_use = "futures do nothing unless awaited"]
pub struct Put<T> {
    queue: Queue<T>,
    /// `None`, once it is ready.
    item: Option<T>,
    line: InLine,
}

/// The item is moved, never pinned.
impl<T> Unpin for Put<T> {}

impl<T> Future for Put<T> {
    type Output = Result<(), QueueShutDown<T>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Put { queue, item, line } = &mut *self;
        let shared = &queue.shared;
        assert!(item.is_some(), "a finished put was polled again");
        ready!(line.poll(context, || shared.is_shut_down.get() || shared.room() > 0));
        let item = item.take().expect("it was there above");
        // Also with room promised: nothing is put any more.
        if shared.is_shut_down.get() {
            return Poll::Ready(Err(QueueShutDown(item)));
        }
        shared.push(item);
        Poll::Ready(Ok(()))
    }
}

impl<T> Drop for Put<T> {
    fn drop(&mut self) {
        drop_each(self.item.take());
        if self.line.leave() {
            let shared = &self.queue.shared;
            shared.putters.grant(shared.room());
        }
    }
}

/// The future of [`Queue::get`].
#[must_use = "futures do nothing unless awaited"]
pub struct Get<T> {
    /// `None`, once it is ready.
    queue: Option<Queue<T>>,
    line: InLine,
}

impl<T> Future for Get<T> {
    type Output = Result<T, QueueShutDown>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Get { queue, line } = &mut *self;
        let Some(ours) = queue else { panic!("a finished get was polled again") };
        let mut taken = Err(GetNowaitError::QueueEmpty);
        ready!(line.poll(context, || {
            taken = ours.get_nowait();
            !matches!(taken, Err(GetNowaitError::QueueEmpty))
        }));
        let item = match taken {
            Ok(item) => Some(item),
            Err(GetNowaitError::QueueShutDown) => None,
            // Nothing was free: something was promised, and this is the moment at which it is taken.
            Err(GetNowaitError::QueueEmpty) => ours.shared.pop(),
        };
        *queue = None;
        Poll::Ready(item.ok_or(QueueShutDown(())))
    }
}

impl<T> Drop for Get<T> {
    fn drop(&mut self) {
        if let Some(queue) = &self.queue
            && self.line.leave()
        {
            queue.shared.getters.grant(queue.shared.available());
        }
    }
}

/// The future of [`Queue::join`].
#[must_use = "futures do nothing unless awaited"]
pub struct Join<T> {
    /// `None`, once it is ready.
    queue: Option<Queue<T>>,
    line: InLine,
}

impl<T> Future for Join<T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Join { queue, line } = &mut *self;
        let Some(ours) = queue else { panic!("a finished join was polled again") };
        ready!(line.poll(context, || ours.shared.unfinished.get() == 0));
        *queue = None;
        Poll::Ready(())
    }
}
