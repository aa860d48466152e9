//! Deadlines at the end of time: whatever is later than any timer can be set for comes as the latest that can be.

use glassloop::wait;

use super::*;

/// The latest time that there is, as timers count.
const LATEST: Duration = Duration::from_millis(u64::MAX);

/// Lengths about the end of time, and when they are over.
fn far() -> impl Iterator<Item = (Duration, Duration)> {
    let within = [LATEST - SECOND, LATEST - MS, LATEST - Duration::from_nanos(1), LATEST];
    let beyond = [1, 1_000_000, u64::MAX].map(|n| LATEST + Duration::from_nanos(n));
    let lengths = [&within[..], &beyond, &[Duration::from_secs(u64::MAX), Duration::MAX]].concat();
    let end = |length: Duration| {
        let millis = length.as_nanos().div_ceil(1_000_000);
        Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    };
    lengths.into_iter().map(move |length| (length, end(length)))
}

/// Waits for each of these lengths, in a loop of its own, from its first moment on and from one that is later; the end
/// must come when it is due, and at once from then on.
#[track_caller]
fn comes_at_its_time<F: Future<Output = ()>>(waits: impl Fn(Duration) -> F) {
    for (length, end) in far() {
        let (event_loop, _lines) = virtual_and_recorded();
        event_loop.run_until_complete(waits(length));
        assert_eq!(event_loop.time(), end, "{length:?}");
        event_loop.run_until_complete(waits(length));
        assert_eq!(event_loop.time(), LATEST, "{length:?}, twice");
        event_loop.run_until_complete(waits(length));
        assert_eq!(event_loop.time(), LATEST, "{length:?}, at the end of time");
        assert_nothing_left(&event_loop);
    }
}

#[test]
fn a_sleep_to_the_end_of_time_ends() {
    comes_at_its_time(sleep);
}

#[test]
fn a_timeout_at_the_end_of_time_fires_and_so_does_one_around_it() {
    comes_at_its_time(async |length| assert!(timeout(length, pending::<()>()).await.is_err()));
    comes_at_its_time(async |length| {
        let inner = timeout(length, pending::<()>());
        assert!(timeout(length, inner).await.is_err(), "the outer one says so");
    });
}

#[test]
fn a_wait_with_a_limit_at_the_end_of_time_ends() {
    comes_at_its_time(async |length| {
        let (done, pending) = wait([create_task(pending::<()>())]).timeout(length).await;
        assert_eq!((done.len(), pending.len()), (0, 1));
        pending[0].cancel();
    });
}

#[test]
fn a_tick_at_the_end_of_time_comes() {
    comes_at_its_time(async |length| {
        let mut interval = interval(length);
        interval.tick().await;
        interval.tick().await;
    });
}

#[test]
fn a_time_past_the_end_of_time_comes() {
    for (time, end) in far() {
        let (event_loop, _lines) = virtual_and_recorded();
        for _ in 0..2 {
            let ended = timeout_at(time, pending::<()>());
            assert!(event_loop.run_until_complete(ended).is_err());
            assert_eq!(event_loop.time(), end, "{time:?}");
        }
        assert_nothing_left(&event_loop);
    }
}

#[test]
fn what_is_far_keeps_nothing_near_waiting() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        for (length, _) in far() {
            assert_eq!(timeout(length, sleep(MS)).await, Ok(()));
            assert_eq!(timeout_at(length, sleep(MS)).await, Ok(()));
        }
    });
    assert_eq!(event_loop.time(), MS * 2 * far().count() as u32);
    assert_eq!(lines.take_only(&["fire"]).len(), 2 * far().count());
    assert_nothing_left(&event_loop);
}

/// Longer than 64 bits of nanoseconds, which are 584 years.
#[test]
fn an_interval_of_a_thousand_years_keeps_to_its_periods() {
    const YEARS: Duration = Duration::from_secs(60 * 60 * 24 * 365);
    let (event_loop, _lines) = virtual_and_recorded();
    let ticks = RefCell::new(Vec::new());
    event_loop.run_until_complete(async {
        let mut interval = interval(YEARS * 1_000);
        for pause in [1_900, 1_700, 0] {
            interval.tick().await;
            ticks.borrow_mut().push(event_loop.time().as_secs() / YEARS.as_secs());
            sleep(YEARS * pause).await;
        }
        interval.tick().await;
        ticks.borrow_mut().push(event_loop.time().as_secs() / YEARS.as_secs());
    });
    assert_eq!(ticks.take(), [0, 1_900, 3_600, 4_000]);
}
