//! `sleep`, which waits for time; and `yield_now`, which waits for nothing.

use std::{
    panic::Location,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use crate::{
    runtime::{Timer, running_loop},
    trace::record::{Place, WaitFor},
};

/// Waits for `length`, counted from the first poll.
///
/// asyncio: `asyncio.sleep`. The end is rounded up to whole milliseconds of the loop's time. A length of zero
/// lets the other ready tasks go first, once. Dropping it cancels its timer.
///
/// # Panics
/// If polled outside an event loop.
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
        let deadline = core.timers.after(length);
        let timer = Timer::wait(timer, &core.timers, deadline, context.waker());
        core.waits_for(WaitFor::Sleep { timer, length }, place);
        Poll::Pending
    }
}

/// Lets the other ready tasks go first, once: the task goes to the end of the ready queue.
///
/// asyncio: `asyncio.sleep(0)`.
///
/// ```
/// use glassloop::{create_task, run, yield_now};
///
/// run(async {
///     let task = create_task(async {});
///     assert!(!task.done());
///     yield_now().await; // the task goes first
///     assert!(task.done());
/// });
/// ```
///
/// # Panics
/// If polled outside an event loop.
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
