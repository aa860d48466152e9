//! `interval`: a tick in every period.

use std::{
    panic::Location,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use crate::{
    runtime::{LATEST, Timer, running_loop},
    trace::record::{Place, WaitFor},
};

/// Gives one tick in every `period`, when you await [`Interval::tick`]. The first tick comes at once, and the later
/// ones whole periods after the first. If you await too late, one tick comes at once, and the other missed ticks
/// are left out.
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
    assert!(!period.is_zero(), "interval: with a period of zero it would tick without a pause");
    Interval { period, next: None }
}

/// Made by [`interval`].
///
/// ```
/// use std::time::Duration;
/// use glassloop::{EventLoop, interval, sleep};
///
/// let event_loop = EventLoop::builder().virtual_time().build()?;
/// event_loop.run_until_complete(async {
///     let mut interval = interval(Duration::from_secs(10));
///     interval.tick().await; // at once
///     sleep(Duration::from_secs(25)).await;
///     interval.tick().await; // at once, too; the tick of 20 s is left out
///     interval.tick().await;
///     assert_eq!(event_loop.time(), Duration::from_secs(30));
/// });
/// # std::io::Result::Ok(())
/// ```
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
            ready!(core.take_turn(context, self.place));
            self.interval.next = Some(now.saturating_add(period - rest(late, period)).min(LATEST));
            return Poll::Ready(());
        }
        let timer = Timer::wait(&mut self.timer, &core.timers, next, context.waker());
        core.waits_for(WaitFor::Sleep { timer, length: period }, self.place);
        Poll::Pending
    }
}

/// What is left of `late` when whole periods are taken off.
fn rest(late: Duration, period: Duration) -> Duration {
    let nanos = late.as_nanos() % period.as_nanos();
    // In two parts: together, from 584 years on, they are more than 64 bits hold.
    Duration::new((nanos / 1_000_000_000) as u64, (nanos % 1_000_000_000) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Under the real clock: virtual time stands still between two looks at it.
    #[test]
    fn ticks_are_whole_periods_apart_however_late_each_of_them_comes() {
        crate::run(async {
            let mut interval = interval(Duration::from_millis(1));
            interval.tick().await;
            let first = interval.next.unwrap();
            for _ in 0..20 {
                interval.tick().await;
                assert_eq!(rest(interval.next.unwrap() - first, interval.period), Duration::ZERO);
            }
        });
    }
}
