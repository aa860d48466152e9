//! `timeout`: waits for another future, but not for ever.

use std::{
    cell::Cell,
    error, fmt, io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use super::fair_try::FairTry;
use crate::runtime::{LATEST, Timer, running_loop};

/// Waits for a future, but no longer than `limit`, counted from the first poll. When the time is over, the future is
/// dropped at once, where it waits.
///
/// asyncio: `asyncio.wait_for`. But if you pass the handle of a task, the task is not cancelled here: the handle is
/// dropped, and the task goes on. Pass the future itself, or cancel the task. If the future is ready when the time is
/// over, its result wins, even with a limit of zero. If two nested timeouts are over at the same time, the outer one
/// reports it.
///
/// # Errors
/// [`TimeoutError`] if the time is over; it becomes an `io::Error` of kind `TimedOut` by `?`.
///
/// # Panics
/// If polled outside an event loop.
///
/// ```
/// # use std::time::Duration;
/// use glassloop::{sleep, timeout};
/// glassloop::run(async {
///     assert!(timeout(Duration::from_millis(1), sleep(Duration::from_secs(60))).await.is_err());
///     assert_eq!(timeout(Duration::ZERO, async { 1 }).await, Ok(1));
/// });
/// ```
#[doc(alias = "wait_for")]
#[doc(alias = "select")]
pub fn timeout<F: Future>(limit: Duration, future: F) -> Timeout<F> {
    Timeout::new(Until::In(limit), future)
}

/// Waits for a future, but not past `deadline`, a time of the running loop ([`EventLoop::time`]).
///
/// asyncio: `asyncio.timeout_at`. Otherwise it is like [`timeout`].
///
/// ```
/// use std::time::Duration;
/// use glassloop::{EventLoop, sleep, timeout_at};
///
/// let event_loop = EventLoop::builder().virtual_time().build()?;
/// event_loop.run_until_complete(async {
///     let deadline = event_loop.time() + Duration::from_secs(10); // for both sleeps together
///     assert!(timeout_at(deadline, sleep(Duration::from_secs(8))).await.is_ok());
///     assert!(timeout_at(deadline, sleep(Duration::from_secs(8))).await.is_err());
///     assert_eq!(event_loop.time(), deadline);
/// });
/// # std::io::Result::Ok(())
/// ```
///
/// # Errors
/// [`TimeoutError`] if the time is over.
///
/// # Panics
/// If polled outside an event loop.
///
/// [`EventLoop::time`]: crate::EventLoop::time
pub fn timeout_at<F: Future>(deadline: Duration, future: F) -> Timeout<F> {
    Timeout::new(Until::At(deadline), future)
}

/// The future of [`timeout`] and [`timeout_at`].
#[must_use = "futures do nothing unless awaited"]
pub struct Timeout<F> {
    future: Option<Pin<Box<F>>>,
    until: Until,
    timer: Option<Timer>,
    fair_try: FairTry,
}

impl<F> Timeout<F> {
    fn new(until: Until, future: F) -> Timeout<F> {
        let (future, fair_try) = (Some(Box::pin(future)), FairTry::default());
        Timeout { future, until, timer: None, fair_try }
    }
}

#[derive(Clone, Copy)]
enum Until {
    In(Duration),
    At(Duration),
}

thread_local! {
    /// The earliest deadline of the timeouts around the one that is being polled.
    static AROUND: Cell<Duration> = const { Cell::new(Duration::MAX) };
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, TimeoutError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let core = running_loop("timeout");
        let deadline = match this.until {
            Until::At(deadline) => deadline.min(LATEST),
            Until::In(limit) => core.timers.after(limit),
        };
        this.until = Until::At(deadline);

        this.fair_try.begin(&core);
        let Some(future) = &mut this.future else { panic!("a finished timeout was polled again") };
        let around = Within::enter(deadline);
        let polled = future.as_mut().poll(context);
        let outer = around.outer;
        drop(around);
        if let Poll::Ready(output) = polled {
            (this.future, this.timer) = (None, None);
            return Poll::Ready(Ok(output));
        }

        if core.timers.now() < deadline {
            Timer::wait(&mut this.timer, &core.timers, deadline, context.waker());
        } else if outer <= deadline {
            // A timeout around this one is due, too, and says so in this same poll. Should that one be dropped
            // and this one live on, somebody must poll it once more.
            context.waker().wake_by_ref();
        } else if this.fair_try.counts(context) {
            (this.future, this.timer) = (None, None);
            // Who asks again and again with a timeout of zero lets others make what it asks for.
            core.spend_budget();
            return Poll::Ready(Err(TimeoutError(())));
        }
        Poll::Pending
    }
}

/// While this lives, a timeout with this deadline is around whatever is polled.
struct Within {
    outer: Duration,
}

impl Within {
    fn enter(deadline: Duration) -> Within {
        let outer = AROUND.get();
        AROUND.set(outer.min(deadline));
        Within { outer }
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        AROUND.set(self.outer);
    }
}

/// The time was over before the future was ready.
///
/// asyncio: `TimeoutError`.
///
/// ```
/// use std::{future::pending, io, time::Duration};
/// use glassloop::{run, timeout};
///
/// let error = run(async {
///     timeout(Duration::from_millis(1), pending::<()>()).await?;
///     io::Result::Ok(())
/// })
/// .unwrap_err();
/// assert_eq!((error.kind(), error.to_string().as_str()), (io::ErrorKind::TimedOut, "timed out"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeoutError(());

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "timed out")
    }
}

impl error::Error for TimeoutError {}

impl From<TimeoutError> for io::Error {
    fn from(error: TimeoutError) -> io::Error {
        io::Error::new(io::ErrorKind::TimedOut, error)
    }
}
