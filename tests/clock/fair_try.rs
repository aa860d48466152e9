//! Out of budget is not "not there": a leaf that gives way after 128 successes is not judged by it.

use glassloop::{
    Timeout, TimeoutError,
    net::TcpStream,
    sync::{Event, Lock, Queue, Semaphore},
};

use super::*;

/// Several times what a poll may do at once.
const MANY: usize = 1_000;

/// Two ways to say that there is no time to wait, and one of them within the other.
fn at_once<F: Future>(future: F) -> Timeout<F> {
    timeout(Duration::ZERO, future)
}

fn by_now<F: Future>(future: F) -> Timeout<F> {
    timeout_at(Duration::ZERO, future)
}

async fn nested<F: Future>(future: F) -> Result<F::Output, TimeoutError> {
    at_once(by_now(future)).await?
}

/// How many of a thousand futures that need not wait are ready in no time: of each kind.
async fn ready_in_no_time<F: Future>(future: impl Fn() -> F) -> [usize; 3] {
    let mut ready = [0; 3];
    for _ in 0..MANY {
        ready[0] += usize::from(at_once(future()).await.is_ok());
        ready[1] += usize::from(by_now(future()).await.is_ok());
        ready[2] += usize::from(nested(future()).await.is_ok());
    }
    ready
}

/// Uses up what is left of this poll's budget.
fn spend_budget() {
    let event = Event::new();
    event.set();
    while poll_with(&mut event.wait(), Waker::noop()).is_ready() {}
}

/// Polls a future in each poll of its task, but for those in which the budget is used up first.
async fn behind_a_hog<F: Future + Unpin>(
    mut future: F,
    mut is_hungry: impl FnMut(u32) -> bool,
) -> F::Output {
    let mut poll = 0;
    poll_fn(|context| {
        poll += 1;
        assert!(poll < 1_000, "it is polled for ever");
        if is_hungry(poll) {
            spend_budget();
        }
        Pin::new(&mut future).poll(context)
    })
    .await
}

#[test]
fn a_thousand_queued_items_come_under_a_timeout_of_zero() {
    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let queue = Queue::new(0);
        (0..3 * MANY).for_each(|n| queue.put_nowait(n).unwrap());
        assert_eq!(ready_in_no_time(|| queue.get()).await, [MANY; 3]);
        assert!(queue.empty());
        assert!(at_once(queue.get()).await.is_err());
        assert!(nested(queue.get()).await.is_err());
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn what_is_free_is_had_under_a_timeout_of_zero_however_often() {
    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let (lock, semaphore, event) = (Lock::new(), Semaphore::new(1), Event::new());
        event.set();
        assert_eq!(ready_in_no_time(|| lock.acquire()).await, [MANY; 3]);
        assert_eq!(ready_in_no_time(|| semaphore.acquire()).await, [MANY; 3]);
        assert_eq!(ready_in_no_time(|| event.wait()).await, [MANY; 3]);
    });
    assert_nothing_left(&event_loop);
}

/// One byte of a stream in which there are more.
async fn one_byte(stream: &TcpStream) -> u8 {
    let mut byte = [0];
    assert_eq!(stream.read(&mut byte).await.unwrap(), 1);
    byte[0]
}

#[test]
fn each_byte_that_has_come_is_read_under_a_timeout_of_zero() {
    let (event_loop, _lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let mut peer = StdTcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        peer.write_all(&vec![7; 3 * MANY + 1]).unwrap();
        assert_eq!(one_byte(&stream).await, 7);
        assert_eq!(ready_in_no_time(|| one_byte(&stream)).await, [MANY; 3]);
        assert!(at_once(one_byte(&stream)).await.is_err());
    });
    assert_nothing_left(&event_loop);
}

/// Gets items, that come out of nothing, for ever.
async fn insatiable(got: Rc<Cell<u32>>) {
    let queue = Queue::new(0);
    loop {
        queue.put_nowait(()).unwrap();
        queue.get().await.unwrap();
        got.set(got.get() + 1);
    }
}

#[test]
fn a_timeout_around_what_is_always_ready_fires_after_one_budget() {
    let (event_loop, lines) = virtual_and_recorded();
    let got = Rc::new(Cell::new(0));
    assert!(event_loop.run_until_complete(at_once(insatiable(got.clone()))).is_err());
    assert_eq!(got.take(), 128);
    assert_eq!(lines.take_only(&["poll", "pending", "arm"]), ["poll 0 #1"]);
    // Where its first poll was no try it has one more.
    let hungry_at_first = behind_a_hog(at_once(insatiable(got.clone())), |poll| poll == 1);
    assert!(event_loop.run_until_complete(hungry_at_first).is_err());
    assert_eq!(got.take(), 128);
    let polls = lines.take_only(&["poll", "pending"]);
    assert_eq!(polls, ["poll 1 #1", "pending 1: its next turn", "poll 1 #2"]);
}

/// Under the real clock: what is always ready never lets virtual time go on.
#[test]
fn a_timeout_around_what_is_always_ready_fires_when_its_time_has_come() {
    let (event_loop, _lines) = recorded(EventLoop::builder().unwatched());
    let (start, got) = (Instant::now(), Rc::new(Cell::new(0)));
    assert!(event_loop.run_until_complete(timeout(MS * 3, insatiable(got.clone()))).is_err());
    assert!(start.elapsed() >= MS * 3 && got.get() >= 128);
    assert_nothing_left(&event_loop);
}

#[test]
fn a_task_that_always_uses_up_its_budget_first_waits_for_one_poll_more_and_not_for_ever() {
    let (event_loop, lines) = virtual_and_recorded();
    let never = behind_a_hog(at_once(pending::<()>()), |_| true);
    assert!(event_loop.run_until_complete(never).is_err());
    let expected = ["poll 0 #1", "wake 0 by task 0", "poll 0 #2"];
    assert_eq!(lines.take_only(&["poll", "wake"]), expected);
    // Also where the two tasks of a join are hog and timeout.
    let (never, got) = (nested(pending::<()>()), Rc::new(Cell::new(0)));
    let mut hog = Box::pin(insatiable(got.clone()));
    let mut never = Box::pin(never);
    event_loop.run_until_complete(poll_fn(|context| {
        assert!(hog.as_mut().poll(context).is_pending());
        never.as_mut().poll(context).map(|ended| assert!(ended.is_err()))
    }));
    assert_eq!(got.get(), 2 * 128);
}

/// A timeout that has waited is judged as fairly as a new one.
#[test]
fn an_item_that_came_in_time_is_had_though_the_poll_at_the_deadline_has_no_budget() {
    let (event_loop, lines) = virtual_and_recorded();
    let queue = Queue::new(0);
    let puts = queue.clone();
    let in_time = behind_a_hog(timeout(SECOND, queue.get()), |poll| poll == 2);
    let item = event_loop.run_until_complete(async move {
        drop(create_task(async move {
            sleep(SECOND).await;
            puts.put_nowait("item").unwrap();
        }));
        yield_now().await; // so its timer is the first
        in_time.await
    });
    assert_eq!(item, Ok(Ok("item")));
    let polls = lines.take_only(&["poll 0", "fire"]);
    let expected = ["poll 0 #1", "poll 0 #2", "fire timer 0", "fire timer 1"];
    assert_eq!(polls[..4], expected);
    assert_eq!(polls[4..], ["poll 0 #3", "poll 0 #4"], "the one without budget, and one more");
    assert_nothing_left(&event_loop);
}

#[test]
fn of_nested_timeouts_out_of_budget_the_outer_reports_still() {
    let (event_loop, _lines) = virtual_and_recorded();
    for hungry_polls in 0..3 {
        let both = at_once(at_once(pending::<()>()));
        let ended = behind_a_hog(both, |poll| poll <= hungry_polls);
        assert!(event_loop.run_until_complete(ended).is_err());
        let inner = timeout(MS, at_once(pending::<()>()));
        let ended = behind_a_hog(inner, |poll| poll <= hungry_polls);
        assert!(matches!(event_loop.run_until_complete(ended), Ok(Err(_))));
    }
    assert_nothing_left(&event_loop);
}

#[test]
fn who_asks_again_and_again_with_a_timeout_of_zero_lets_others_answer() {
    let (event_loop, _lines) = virtual_and_recorded();
    let tries = event_loop.run_until_complete(async {
        let queue = Rc::new(Queue::new(0));
        let filled = queue.clone();
        drop(create_task(async move { filled.put_nowait(7).unwrap() }));
        let mut tries = 1;
        while timeout(Duration::ZERO, queue.get()).await.is_err() {
            tries += 1;
        }
        tries
    });
    assert_eq!(tries, 129);
}
