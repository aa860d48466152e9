//! `oneshot`: a future that anybody on this thread can complete, also a callback.

use std::{
    cell::Cell,
    fmt,
    panic::Location,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use super::{error::SenderDropped, waiters::guarded};
use crate::{
    runtime::current_loop,
    sync::KnownWaker,
    trace::record::{Foreign, Place, WaitFor},
};

/// Makes a future and the handle that completes it: what is sent is what the future gives.
///
/// asyncio: `loop.create_future`, with `set_result` at one end. Here the two ends are two values, so that
/// setting a result twice can't be written.
///
/// ```
/// use glassloop::{create_task, run, sync::oneshot};
///
/// run(async {
///     let (sender, receiver) = oneshot();
///     let task = create_task(async { 6 * 7 });
///     task.add_done_callback(move |task| {
///         let _ = sender.send(task.cancelled());
///     });
///     assert_eq!(receiver.await, Ok(false));
/// });
/// ```
#[track_caller]
#[doc(alias = "create_future")]
pub fn oneshot<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Channel { stage: Cell::new(Delivery::Open), waker: Cell::new(None) };
    let shared = Rc::new(shared);
    (Sender { shared: shared.clone() }, Receiver { shared, place: Location::caller() })
}

struct Channel<T> {
    stage: Cell<Delivery<T>>,
    /// The waker of the latest poll of the receiver.
    waker: Cell<Option<KnownWaker>>,
}

enum Delivery<T> {
    Open,
    Sent(T),
    SenderDropped,
    /// It was dropped, or has given its value away.
    ReceiverGone,
}

impl<T> Channel<T> {
    fn is_open(&self) -> bool {
        let stage = self.stage.replace(Delivery::ReceiverGone);
        let is_open = matches!(stage, Delivery::Open);
        self.stage.set(stage);
        is_open
    }

    /// The sender has come to an end, this one.
    fn end(&self, stage: Delivery<T>) {
        self.stage.set(stage);
        if let Some(waker) = self.waker.take() {
            guarded(Foreign::Waker, || waker.wake());
        }
    }

    fn forget_waker(&self) {
        let waker = self.waker.take();
        guarded(Foreign::Waker, || drop(waker));
    }
}

/// The end of a [`oneshot`](oneshot()) that completes it. Dropping it without sending is an error
/// at the other end.
///
/// ```
/// use glassloop::sync::oneshot;
///
/// let (sender, receiver) = oneshot();
/// assert!(!sender.is_closed());
/// drop(receiver);
/// assert!(sender.is_closed());
/// assert_eq!(sender.send("too late"), Err("too late"));
/// ```
pub struct Sender<T> {
    shared: Rc<Channel<T>>,
}

impl<T> Sender<T> {
    /// Completes the future with this value.
    ///
    /// asyncio: `Future.set_result`.
    ///
    /// # Errors
    /// With the value, if the receiver was dropped.
    #[doc(alias = "set_result")]
    pub fn send(self, value: T) -> Result<(), T> {
        if self.is_closed() {
            return Err(value);
        }
        self.shared.end(Delivery::Sent(value));
        Ok(())
    }

    /// Was the receiver dropped? Then nobody wants the value any more.
    ///
    /// asyncio: `Future.cancelled`.
    pub fn is_closed(&self) -> bool {
        !self.shared.is_open()
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if self.shared.is_open() {
            self.shared.end(Delivery::SenderDropped);
        }
    }
}

/// The end of a [`oneshot`](oneshot()) that is awaited.
///
/// asyncio: `asyncio.Future`. Dropping it drops a value that it has not given yet.
///
/// ```
/// use std::time::Duration;
/// use glassloop::{run, sync::oneshot, timeout};
///
/// run(async {
///     let (sender, mut receiver) = oneshot();
///     assert!(timeout(Duration::ZERO, &mut receiver).await.is_err());
///     assert_eq!(sender.send(7), Ok(()));
///     assert_eq!(receiver.await, Ok(7)); // the timeout has only borrowed it
/// });
/// ```
///
/// # Errors
/// [`SenderDropped`], if the sender was dropped and has sent nothing.
///
/// # Panics
/// If it is awaited again after it was ready.
#[must_use = "futures do nothing unless awaited"]
pub struct Receiver<T> {
    shared: Rc<Channel<T>>,
    place: Place,
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, SenderDropped>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (shared, core) = (&self.shared, current_loop());
        if shared.is_open() {
            let older = shared.waker.replace(Some(KnownWaker::new(context.waker())));
            guarded(Foreign::Waker, || drop(older));
            // The clone and the drop of a waker are foreign code, which may have sent just now.
            if shared.is_open() {
                if let Some(core) = core {
                    core.waits_for(WaitFor::Other("a oneshot"), self.place);
                }
                return Poll::Pending;
            }
        }
        if let Some(core) = core {
            ready!(core.take_turn(context, self.place));
        }
        let stage = shared.stage.replace(Delivery::ReceiverGone);
        shared.forget_waker();
        match stage {
            Delivery::Sent(value) => Poll::Ready(Ok(value)),
            Delivery::SenderDropped => Poll::Ready(Err(SenderDropped)),
            _ => panic!("a finished oneshot was polled again"),
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let stage = self.shared.stage.replace(Delivery::ReceiverGone);
        self.shared.forget_waker();
        guarded(Foreign::Destructor, || drop(stage));
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Sender {}>", if self.is_closed() { "closed" } else { "open" })
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Receiver {}>", if self.shared.is_open() { "pending" } else { "over" })
    }
}
