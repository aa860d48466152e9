//! Futures that wait for time: `sleep`, `timeout`, `interval`; and `yield_now`, which waits for nothing.

use std::{
    cell::Cell,
    error, fmt, io,
    panic::Location,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use crate::{
    runtime::{Timer, running_loop},
    trace::record::{Place, WaitFor},
};

/// Waits for `length`, from the first poll on.
///
/// asyncio: `asyncio.sleep`. The end is rounded up to whole milliseconds of the loop's time. A length of zero
/// lets the other ready tasks go first, once. Dropping it takes its timer back.
///
/// # Panics
/// When polled outside of an event loop.
///
/// ```
/// # use std::time::Duration;
/// glassloop::run(async {
///     glassloop::sleep(Duration::from_millis(2)).await;
/// });
/// ```
#[track_caller]
pub fn sleep(length: Duration) -> Sleep {
    let place = Location::caller();
    Sleep(match length.is_zero() {
        false => Wait::Time { length, timer: None, place },
        true => Wait::Turn(YieldNow { place, yielded: false }),
    })
}

/// The future of [`sleep`].
#[must_use = "futures do nothing unless awaited"]
pub struct Sleep(Wait);

enum Wait {
    Time { length: Duration, timer: Option<Timer>, place: Place },
    Turn(YieldNow),
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let (length, timer, place) = match &mut self.0 {
            Wait::Time { length, timer, place } => (*length, timer, *place),
            Wait::Turn(yield_now) => return Pin::new(yield_now).poll(context),
        };
        if timer.as_ref().is_some_and(Timer::is_due) {
            return Poll::Ready(());
        }
        let core = running_loop("sleep");
        // The length counts from the first poll: a timer that is armed keeps its deadline.
        let deadline = core.timers.now().saturating_add(length);
        let timer = Timer::wait(timer, &core.timers, deadline, context.waker()).id();
        core.waits_for(WaitFor::Sleep { timer, length }, place);
        Poll::Pending
    }
}

/// Lets the other ready tasks go first, once: the task goes to the end of the ready queue.
///
/// asyncio: `asyncio.sleep(0)`.
///
/// # Panics
/// When polled outside of an event loop.
#[track_caller]
pub fn yield_now() -> YieldNow {
    YieldNow { place: Location::caller(), yielded: false }
}

/// The future of [`yield_now`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct YieldNow {
    place: Place,
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        // The loop cleared the flag of this task before it polled us, so this wake queues it again.
        context.waker().wake_by_ref();
        running_loop("yield_now").waits_for(WaitFor::Turn, self.place);
        Poll::Pending
    }
}

/// Waits for a future, but no longer than `limit`, counted from the first poll. If the time is over the
/// future is dropped where it waits, at once.
///
/// asyncio: `asyncio.wait_for`; but unlike there, a task whose handle is given to it is not
/// cancelled: the handle is dropped and the task goes on. Give it the future itself, or cancel the
/// task. A future that is ready wins over a time that is over, even over a limit of zero. Of two
/// nested timeouts that are over at once, the outer one says so.
///
/// # Errors
/// [`TimeoutError`] if the time is over; it becomes an `io::Error` of kind `TimedOut` by `?`.
///
/// # Panics
/// When polled outside of an event loop.
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
pub fn timeout<F: Future>(limit: Duration, future: F) -> Timeout<F> {
    Timeout { future: Some(Box::pin(future)), until: Until::In(limit), timer: None }
}

/// Waits for a future, but not past `deadline`, a time of the running loop ([`EventLoop::time`]).
///
/// asyncio: `asyncio.timeout_at`. In all else like [`timeout`].
///
/// # Errors
/// [`TimeoutError`] if the time is over.
///
/// # Panics
/// When polled outside of an event loop.
///
/// [`EventLoop::time`]: crate::EventLoop::time
pub fn timeout_at<F: Future>(deadline: Duration, future: F) -> Timeout<F> {
    Timeout { future: Some(Box::pin(future)), until: Until::At(deadline), timer: None }
}

/// The future of [`timeout`] and [`timeout_at`].
#[must_use = "futures do nothing unless awaited"]
pub struct Timeout<F> {
    future: Option<Pin<Box<F>>>,
    until: Until,
    timer: Option<Timer>,
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
            Until::At(deadline) => deadline,
            Until::In(limit) => core.timers.now().saturating_add(limit),
        };
        this.until = Until::At(deadline);

        let Some(future) = &mut this.future else { panic!("a finished timeout was polled again") };
        let around = Within::enter(deadline);
        let polled = future.as_mut().poll(context);
        let outer = around.outer;
        drop(around);
        if let Poll::Ready(output) = polled {
            (this.future, this.timer) = (None, None);
            return Poll::Ready(Ok(output));
        }

        let is_due = core.timers.now() >= deadline;
        if is_due && outer > deadline {
            (this.future, this.timer) = (None, None);
            return Poll::Ready(Err(TimeoutError(())));
        }
        if is_due {
            // So is a timeout around this one, and says so in this same poll. Should that one be dropped and
            // this one live on, somebody must poll it once more.
            context.waker().wake_by_ref();
        } else {
            Timer::wait(&mut this.timer, &core.timers, deadline, context.waker());
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

/// Gives a tick in every `period`, as [`Interval::tick`] is awaited: the first at once, the later
/// ones due whole periods after the first. If it is awaited too late the tick comes at once; those
/// that were missed besides are left out, not made up for.
///
/// # Panics
/// If the period is zero.
///
/// ```
/// # use std::time::Duration;
/// glassloop::run(async {
///     let mut interval = glassloop::interval(Duration::from_millis(1));
///     for _ in 0..3 {
///         interval.tick().await;
///     }
/// });
/// ```
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    assert!(!period.is_zero(), "interval: a period of zero has no end of ticks");
    Interval { period, next: None }
}

/// Made by [`interval`].
#[derive(Debug)]
pub struct Interval {
    period: Duration,
    next: Option<Duration>,
}

impl Interval {
    /// Waits for the next tick. Dropping the future loses no tick: it is the next one still.
    #[track_caller]
    pub fn tick(&mut self) -> Tick<'_> {
        Tick { interval: self, timer: None, place: Location::caller() }
    }
}

/// The future of [`Interval::tick`].
#[must_use = "futures do nothing unless awaited"]
pub struct Tick<'a> {
    interval: &'a mut Interval,
    timer: Option<Timer>,
    place: Place,
}

impl Future for Tick<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let core = running_loop("tick");
        let now = core.timers.now();
        let period = self.interval.period;
        let next = *self.interval.next.get_or_insert(now);
        if let Some(late) = now.checked_sub(next) {
            ready!(core.has_budget(context, self.place));
            core.spend_budget();
            let missed = late.as_nanos() % period.as_nanos();
            let to_next = period - Duration::from_nanos(u64::try_from(missed).unwrap_or(0));
            self.interval.next = Some(now.saturating_add(to_next));
            return Poll::Ready(());
        }
        let timer = Timer::wait(&mut self.timer, &core.timers, next, context.waker()).id();
        core.waits_for(WaitFor::Sleep { timer, length: period }, self.place);
        Poll::Pending
    }
}

/// The time was over before the future was ready.
///
/// asyncio: `TimeoutError`.
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
