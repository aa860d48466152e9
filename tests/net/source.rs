//! A source that goes while somebody waits for it: dropped by another task, or by foreign code in the middle of the
//! waiting.

use std::{cell::Cell, future::poll_fn, panic::Location, task::Poll};

use glassloop::{
    net::{Interest, Source},
    trace::record::Operation,
};

use super::{
    common::{CountingWaker, Hook},
    *,
};

type Listener = Source<mio::net::TcpListener>;

thread_local! {
    /// Where foreign code finds the source that it is to drop.
    static SOURCE: Cell<Option<Listener>> = const { Cell::new(None) };
}

/// A source of one's own, and two wishes to be woken when there is something to accept, or room to write.
fn source() -> (Listener, [Interest; 2]) {
    let listener = mio::net::TcpListener::bind(SocketAddr::new(local(1), 0)).unwrap();
    let source = Source::new(listener, None).unwrap();
    let wish = |operation| source.interest(operation, Location::caller());
    let wishes = [wish(Operation::Accept), wish(Operation::Write)];
    (source, wishes)
}

/// Tries what never succeeds.
fn try_in_vain(interest: &mut Interest, waker: &Waker) -> Poll<io::Result<()>> {
    interest
        .poll_io(&mut std::task::Context::from_waker(waker), || Err(ErrorKind::WouldBlock.into()))
}

async fn in_vain(mut interest: Interest) -> io::Error {
    let failed = poll_fn(|context| try_in_vain(&mut interest, context.waker())).await;
    failed.expect_err("it never succeeds")
}

fn assert_closed(error: &io::Error) {
    assert_eq!(
        (error.kind(), error.to_string()),
        (ErrorKind::NotConnected, "this socket is closed".into())
    );
}

#[test]
fn a_source_that_is_dropped_wakes_who_waits_for_it_in_each_direction_and_they_get_an_error() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let (source, wishes) = source();
        let waiting = wishes.map(|interest| create_task(in_vain(interest)));
        yield_now().await;
        assert_eq!(event_loop.counters().waiting, 2);
        lines.take();
        drop(source);
        assert_eq!((event_loop.counters().waiting, event_loop.counters().sockets), (0, 0));
        for task in waiting {
            assert_closed(&task.await.unwrap());
        }
    });
    let woken = ["wake 1 by task 0", "wake 2 by task 0", "deregister socket 0"];
    let told = lines.take_only(&["wake 1", "wake 2", "deregister", "disarm"]);
    assert_eq!(told, woken);
    assert_nothing_left(&event_loop);
}

/// Whoever waits may be dropped first, or be told first: the other finds nothing of it.
#[test]
fn a_wish_that_outlives_its_source_takes_nothing_back() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let (source, [mut interest, other]) = source();
        let (count, waker) = CountingWaker::new();
        assert!(try_in_vain(&mut interest, &waker).is_pending());
        drop(other); // it has never waited
        drop(source);
        assert_eq!(count.wakes(), 1);
        let (next, _wishes) = self::source(); // it may have the place that the first had
        let Poll::Ready(Err(error)) = try_in_vain(&mut interest, &waker) else {
            panic!("it waits")
        };
        assert_closed(&error);
        drop(interest);
        assert_eq!((count.wakes(), event_loop.counters().waiting), (1, 0));
        drop(next);
    });
    assert_eq!(lines.take_only(&["disarm"]), [""; 0]);
    assert_nothing_left(&event_loop);
}

#[test]
fn a_waker_that_panics_when_the_source_goes_does_not_keep_the_other_direction_asleep() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let (source, [mut rude, mut other]) = source();
        let (count, waker) = CountingWaker::new();
        assert!(try_in_vain(&mut rude, &Hook::on_wake(|| panic!("on purpose"))).is_pending());
        assert!(try_in_vain(&mut other, &waker).is_pending());
        drop(source);
        assert_eq!((count.wakes(), event_loop.counters().waiting), (1, 0));
    });
    assert_eq!(lines.take_only(&["panic in"]), ["panic in a waker"]);
    assert_nothing_left(&event_loop);
}

/// The drop of a waker that is replaced is foreign code: it may drop the source that is waited for.
#[test]
fn a_waker_that_drops_the_source_while_it_is_replaced_leaves_nobody_waiting() {
    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let (source, [mut interest, _]) = source();
        SOURCE.set(Some(source));
        let drops_it = Hook::on_drop(|| drop(SOURCE.take()));
        assert!(try_in_vain(&mut interest, &drops_it).is_pending());
        drop(drops_it);
        let (count, waker) = CountingWaker::new();
        assert!(try_in_vain(&mut interest, &waker).is_pending());
        assert_eq!(
            (count.wakes(), event_loop.counters().waiting),
            (1, 0),
            "woken, to find it gone"
        );
        let Poll::Ready(Err(error)) = try_in_vain(&mut interest, &waker) else {
            panic!("it waits")
        };
        assert_closed(&error);
        assert_eq!(event_loop.counters().waiting, 0);
    });
    assert_nothing_left(&event_loop);
}

/// So may the try itself.
#[test]
fn a_try_that_drops_the_source_is_told_that_it_is_closed() {
    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let (source, [mut interest, _]) = source();
        SOURCE.set(Some(source));
        let failed = poll_fn(|context| {
            interest.poll_io(context, || {
                drop(SOURCE.take());
                Err::<(), _>(ErrorKind::WouldBlock.into())
            })
        });
        assert_closed(&failed.await.unwrap_err());
        assert_eq!(event_loop.counters().waiting, 0);
    });
    assert_nothing_left(&event_loop);
}
