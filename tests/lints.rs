//! The lints: each names its mistake in a real run, in exact words, and stays silent in the run that comes
//! closest to it without the mistake. What depends on time is tested with records made by hand (`made.rs`).

mod common;
#[path = "lints/made.rs"]
mod made;

use std::{
    cell::Cell,
    future::poll_fn,
    net::{Ipv4Addr, TcpListener},
    rc::Rc,
    sync::mpsc,
    task::{Poll, Waker},
    thread,
    time::Duration,
};

use common::kept;
use glassloop::{
    EventLoop, create_task, ensure_future, open_connection, sleep, start_server, to_thread,
    views::lint, yield_now,
};

const HOUR: Duration = Duration::from_secs(3600);

/// What the lints find in a run of this program, until its loop is closed. Under virtual time, so that a slow
/// machine is not found to be one.
fn findings_of<F: Future>(main: impl FnOnce() -> F) -> Vec<String> {
    let (event_loop, records) = kept(EventLoop::builder().unwatched().virtual_time());
    event_loop.run_until_complete(main());
    event_loop.close();
    without_lines(lint(&records.borrow()))
}

/// A line of these tests is `HERE`.
fn without_lines(findings: Vec<String>) -> Vec<String> {
    let tests = concat!(" at ", file!()).trim_end_matches(".rs");
    let without_line = |finding: String| match finding.split_once(tests) {
        Some((text, _)) => format!("{text} at HERE)"),
        None => finding,
    };
    findings.into_iter().map(without_line).collect()
}

async fn forgets_its_waker() {
    poll_fn(|_| Poll::Pending).await
}

#[test]
fn a_task_that_leaves_its_waker_with_nobody_is_named() {
    let findings = findings_of(async || {
        let task = create_task(forgets_its_waker());
        yield_now().await;
        task.cancel();
    });
    let lost = "lost waker: task 1 returned Pending but nobody holds its waker: it can never run again. \
                (task \"forgets_its_waker\", made at HERE)";
    assert_eq!(findings, [lost]);
}

/// Waits until `leave_with` has given the waker away and somebody has called it.
async fn woken_by(leave_with: impl Fn(Waker)) {
    let is_first = Cell::new(true);
    poll_fn(|context| match is_first.replace(false) {
        true => {
            leave_with(context.waker().clone());
            Poll::Pending
        }
        false => Poll::Ready(()),
    })
    .await
}

#[test]
fn a_waker_that_a_thread_keeps_is_not_lost() {
    let (wakers, from_loop) = mpsc::channel::<Waker>();
    let thread = thread::spawn(move || from_loop.recv().unwrap().wake());
    assert_eq!(findings_of(async || woken_by(|waker| wakers.send(waker).unwrap()).await), [""; 0]);
    thread.join().unwrap();
}

#[test]
fn a_waker_that_was_called_in_the_same_poll_is_not_lost() {
    assert_eq!(findings_of(async || woken_by(|waker| waker.wake()).await), [""; 0]);
}

async fn spins(times: u32) {
    for _ in 0..times {
        woken_by(|waker| waker.wake()).await;
    }
}

#[test]
fn a_task_that_wakes_itself_64_times_is_a_busy_wait() {
    let spinning = "spinning: task 1 woke itself 64 times without progress: that is a busy-wait. \
                    (task \"spins\", made at HERE)";
    assert_eq!(findings_of(async || create_task(spins(64)).await), [spinning]);
    assert_eq!(findings_of(async || create_task(spins(1000)).await), [spinning], "once");
    assert_eq!(findings_of(async || create_task(spins(63)).await), [""; 0]);
}

#[test]
fn something_done_in_between_makes_it_no_busy_wait() {
    let findings = findings_of(async || {
        spins(63).await;
        drop(glassloop::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap());
        spins(63).await;
    });
    assert_eq!(findings, [""; 0]);
}

#[test]
fn whoever_says_that_it_lets_the_others_go_first_does_not_spin() {
    let yields = async || {
        for _ in 0..1000 {
            yield_now().await;
        }
    };
    assert_eq!(findings_of(yields), [""; 0]);
}

#[test]
fn who_is_dropped_with_the_loop_is_named_and_what_it_waited_for() {
    async fn sleeper() {
        sleep(HOUR).await;
    }
    let abandoned = findings_of(async || {
        drop(create_task(sleeper()));
        yield_now().await;
        drop(create_task(async {}));
    });
    let says = [
        "abandoned: task 1 was dropped while it slept for 3600s. (task \"sleeper\", made at HERE)",
        "abandoned: task 2 was dropped before it was first polled. (task \"who_is_dropped_with_the_loop_is_\
         named_and_what_it_waited_for\", made at HERE)",
    ];
    assert_eq!(abandoned, says);
}

#[test]
fn who_is_dropped_in_the_ready_queue_is_said_to_be_there() {
    let findings = findings_of(async || {
        drop(create_task(spins(9)));
        yield_now().await;
    });
    let queued = "abandoned: task 1 was dropped while it was in the ready queue. (task \"spins\", made at HERE)";
    assert_eq!(findings, [queued]);
}

#[test]
fn who_is_cancelled_is_not_abandoned_nor_who_is_left_by_a_panic() {
    let cancelled = findings_of(async || {
        let task = create_task(sleep(HOUR));
        yield_now().await;
        task.cancel();
    });
    assert_eq!(cancelled, [""; 0]);

    let (event_loop, records) = kept(EventLoop::builder().unwatched());
    let main = async {
        drop(create_task(sleep(HOUR)));
        yield_now().await;
        panic!("for a test");
    };
    let run = std::panic::AssertUnwindSafe(|| event_loop.run_until_complete(main));
    assert!(std::panic::catch_unwind(run).is_err());
    event_loop.close();
    assert_eq!(lint(&records.borrow()), [""; 0]);
}

#[test]
fn a_server_may_be_left_open() {
    let findings = findings_of(async || {
        let server = start_server(("127.0.0.1", 0), async |_, _| {}).await.unwrap();
        yield_now().await;
        Box::leak(Box::new(server));
    });
    assert_eq!(findings, [""; 0]);
}

#[test]
fn tasks_that_were_made_at_one_line_are_one_cause() {
    let findings = findings_of(async || {
        for _ in 0..2 {
            drop(create_task(sleep(HOUR)));
            drop(create_task(async { Err::<(), _>("no") }));
        }
        yield_now().await;
    });
    let lints: Vec<_> =
        findings.iter().filter_map(|it| it.split_once(':')).map(|it| it.0).collect();
    assert_eq!(lints, ["never retrieved", "abandoned"]);
}

async fn fails() -> Result<(), &'static str> {
    Err("no")
}

async fn panics() {
    panic!("for a test");
}

#[test]
fn a_failure_that_nobody_looked_at_is_told() {
    let findings = findings_of(async || {
        drop(create_task(fails()));
        drop(create_task(panics()));
        yield_now().await;
    });
    let says = [
        "never retrieved: task 1 returned an error and nobody looked at its result (task \"fails\", made at HERE)",
        "never retrieved: task 2 panicked and nobody looked at its result (task \"panics\", made at HERE)",
    ];
    assert_eq!(findings, says);
}

#[test]
fn a_failure_that_somebody_looked_at_is_not_told_nor_is_a_cancel() {
    let findings = findings_of(async || {
        let (looked_at, cancelled) = (create_task(fails()), create_task(fails()));
        cancelled.cancel();
        let _ = (create_task(fails()).await, create_task(panics()).await);
        assert!(looked_at.result().is_some());
        drop(create_task(async { Ok::<(), &str>(()) }));
        yield_now().await;
    });
    assert_eq!(findings, [""; 0]);
}

/// More than any socket takes at once.
const TOO_MUCH: usize = 32 * 1024 * 1024;

#[test]
fn bytes_that_were_never_sent_are_told_and_not_the_task_that_had_to_send_them() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let peer = Rc::new(Cell::new(None));
    let findings = findings_of(async || {
        let (_reader, writer) = open_connection(address).await.unwrap();
        peer.set(Some(listener.accept().unwrap()));
        writer.write(&vec![0; TOO_MUCH]).unwrap();
        yield_now().await;
    });
    let [finding] = &findings[..] else { panic!("one finding: {findings:?}") };
    let end = " bytes unsent: `close` the writer and await `wait_closed`. (task \"flusher\", made at HERE)";
    let text = finding.strip_prefix("unsent data: socket 0 was closed with ");
    let bytes = text.and_then(|text| text.strip_suffix(end)).expect(finding);
    assert!((1..TOO_MUCH).contains(&bytes.parse().unwrap()), "{finding}");
}

#[test]
fn bytes_that_the_peer_did_not_want_are_not_the_writers_fault() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let findings = findings_of(async || {
        let (_reader, writer) = open_connection(address).await.unwrap();
        let (peer, _) = listener.accept().unwrap();
        writer.write(&vec![0; TOO_MUCH]).unwrap();
        drop(peer); // with bytes unread: a reset
        writer.drain().await.unwrap_err();
    });
    assert_eq!(findings, [""; 0]);
}

#[test]
fn bytes_that_were_waited_for_as_the_lint_says_are_not_unsent() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let findings = findings_of(async || {
        let (_reader, writer) = open_connection(address).await.unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        writer.write(&vec![0; TOO_MUCH]).unwrap();
        let read = ensure_future(to_thread(move || std::io::copy(&mut peer, &mut std::io::sink())));
        writer.close();
        writer.wait_closed().await.unwrap();
        assert_eq!(read.await.unwrap().unwrap(), TOO_MUCH as u64);
    });
    assert_eq!(findings, [""; 0]);
}
