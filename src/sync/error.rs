//! What can go wrong between tasks: a queue is full, empty or shut down; a sender is gone.

use std::{error, fmt};

/// The queue was shut down. Of a `put` it has the item, which was not put.
///
/// asyncio: `asyncio.QueueShutDown`.
///
/// ```
/// use glassloop::{run, sync::{Queue, QueueShutDown}};
///
/// run(async {
///     let queue = Queue::new(0);
///     queue.shutdown(false);
///     let QueueShutDown(item) = queue.put("wash").await.unwrap_err();
///     assert_eq!(item, "wash");
///     assert_eq!(queue.get().await, Err(QueueShutDown(())));
/// });
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct QueueShutDown<T = ()>(pub T);

/// Why `put_nowait` did not put the item, which is in it.
///
/// ```
/// use glassloop::sync::{PutNowaitError, Queue};
///
/// let queue = Queue::new(1);
/// assert_eq!(queue.put_nowait("wash"), Ok(()));
/// assert!(queue.full());
/// assert_eq!(queue.put_nowait("dry"), Err(PutNowaitError::QueueFull("dry")));
/// queue.shutdown(false);
/// let error = queue.put_nowait("dry").unwrap_err();
/// assert_eq!(error, PutNowaitError::QueueShutDown("dry"));
/// assert_eq!(error.into_inner(), "dry");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[doc(alias = "TrySendError")]
pub enum PutNowaitError<T> {
    /// The queue is full. asyncio: `asyncio.QueueFull`.
    QueueFull(T),
    /// The queue was shut down. asyncio: `asyncio.QueueShutDown`.
    QueueShutDown(T),
}

/// Why `get_nowait` did not get an item.
///
/// ```
/// use glassloop::sync::{GetNowaitError, Queue};
///
/// let queue = Queue::new(0);
/// assert_eq!(queue.get_nowait(), Err(GetNowaitError::QueueEmpty));
/// queue.put_nowait("wash")?;
/// queue.shutdown(false);
/// assert_eq!(queue.get_nowait(), Ok("wash")); // it was still there
/// assert_eq!(queue.get_nowait(), Err(GetNowaitError::QueueShutDown));
/// # Ok::<(), glassloop::sync::PutNowaitError<&str>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TryRecvError")]
pub enum GetNowaitError {
    /// The queue is empty. asyncio: `asyncio.QueueEmpty`.
    QueueEmpty,
    /// The queue was shut down, and nothing is left in it. asyncio: `asyncio.QueueShutDown`.
    QueueShutDown,
}

/// The sender of a [`oneshot`](super::oneshot()) was dropped and has sent nothing.
///
/// asyncio: a future that was cancelled, `asyncio.CancelledError`.
///
/// ```
/// use glassloop::{run, sync::{SenderDropped, oneshot}};
///
/// run(async {
///     let (sender, receiver) = oneshot::<u32>();
///     drop(sender);
///     assert_eq!(receiver.await, Err(SenderDropped));
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "RecvError")]
pub struct SenderDropped;

const FULL: &str = "the queue is full";
const EMPTY: &str = "the queue is empty";
const SHUT_DOWN: &str = "the queue was shut down";

impl<T> PutNowaitError<T> {
    /// The item that was not put.
    pub fn into_inner(self) -> T {
        match self {
            PutNowaitError::QueueFull(item) | PutNowaitError::QueueShutDown(item) => item,
        }
    }
}

impl<T> fmt::Display for QueueShutDown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SHUT_DOWN}")
    }
}

impl<T> fmt::Display for PutNowaitError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PutNowaitError::QueueFull(_) => write!(f, "{FULL}"),
            PutNowaitError::QueueShutDown(_) => write!(f, "{SHUT_DOWN}"),
        }
    }
}

impl fmt::Display for GetNowaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GetNowaitError::QueueEmpty => write!(f, "{EMPTY}"),
            GetNowaitError::QueueShutDown => write!(f, "{SHUT_DOWN}"),
        }
    }
}

impl fmt::Display for SenderDropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the sender was dropped and has sent nothing")
    }
}

/// Without the item: it need not have a `Debug` for the error to be unwrapped.
impl<T> fmt::Debug for QueueShutDown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QueueShutDown(..)")
    }
}

impl<T> fmt::Debug for PutNowaitError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PutNowaitError::QueueFull(_) => write!(f, "QueueFull(..)"),
            PutNowaitError::QueueShutDown(_) => write!(f, "QueueShutDown(..)"),
        }
    }
}

impl<T> error::Error for QueueShutDown<T> {}
impl<T> error::Error for PutNowaitError<T> {}
impl error::Error for GetNowaitError {}
impl error::Error for SenderDropped {}
