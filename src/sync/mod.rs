//! Waiting for each other: [`Lock`], [`Event`], [`Condition`], [`Semaphore`], [`Queue`], and [`oneshot`], a
//! future that a callback can complete.
//!
//! asyncio: its synchronization primitives and queues. Each of them is a handle, and clones are handles of the same
//! thing: every task gets its own. All of them belong to one
//! thread, so none has a lock inside.
//!
//! First come, first served: what is released goes at once to the task that has waited longest, and nobody who comes
//! later can take it. If a future is dropped after it was given something, it passes it on. So exactly one has it, and
//! no task hangs.
//!
//! ```
//! use glassloop::{create_task, run, sync::Queue};
//!
//! run(async {
//!     let queue = Queue::new(2);
//!     let sender = queue.clone();
//!     let producer = create_task(async move {
//!         for n in 0..5 {
//!             sender.put(n).await.unwrap(); // waits while there are two in the queue
//!         }
//!     });
//!     for n in 0..5 {
//!         assert_eq!(queue.get().await, Ok(n));
//!     }
//!     producer.await.unwrap();
//! });
//! ```

mod condition;
mod error;
mod event;
mod known_waker;
mod lock;
mod oneshot;
mod queue;
mod semaphore;
mod waiters;

pub use condition::{Condition, ConditionWait, ConditionWaitFor};
pub use error::{GetNowaitError, PutNowaitError, QueueShutDown, SenderDropped};
pub use event::{Event, EventWait};
pub use lock::{AcquireLock, Lock, LockGuard};
pub use oneshot::{Receiver, Sender, oneshot};
pub use queue::{Get, Join, Put, Queue};
pub use semaphore::{AcquirePermit, Permit, Semaphore};

pub(crate) use known_waker::KnownWaker;
pub(crate) use waiters::{Waiter, Waiters, drop_each, guarded};
