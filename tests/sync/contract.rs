//! What all futures of `sync` and the queue have in common: wakers, ends, fairness.

use super::*;

/// Polls a future with one waker, then with another, makes it ready, and says how often each was woken.
fn wakes<F: Future + Unpin>(mut future: F, make_ready: impl FnOnce()) -> (usize, usize) {
    let ((first, first_waker), (second, second_waker)) =
        (CountingWaker::new(), CountingWaker::new());
    assert!(poll_with(&mut future, &first_waker).is_pending());
    assert!(poll_with(&mut future, &second_waker).is_pending());
    make_ready();
    assert!(poll_with(&mut future, &second_waker).is_ready());
    (first.wakes(), second.wakes())
}

#[test]
fn the_latest_waker_counts_also_without_a_loop() {
    let noop = Waker::noop();
    let lock = Lock::new();
    let Poll::Ready(guard) = poll_with(&mut lock.acquire(), noop) else { panic!() };
    assert_eq!(wakes(lock.acquire(), || drop(guard)), (0, 1));
    let event = Event::new();
    assert_eq!(wakes(event.wait(), || event.set()), (0, 1));
    let semaphore = Semaphore::new(0);
    assert_eq!(wakes(semaphore.acquire(), || semaphore.release()), (0, 1));
    let (sender, receiver) = oneshot();
    assert_eq!(wakes(receiver, || sender.send(1).unwrap()), (0, 1));
    let queue = Queue::new(1);
    assert_eq!(wakes(queue.get(), || queue.put_nowait(1).unwrap()), (0, 1));
    queue.put_nowait(1).unwrap();
    assert_eq!(wakes(queue.put(2), || assert_eq!(queue.get_nowait(), Ok(1))), (0, 1));
    queue.task_done();
    queue.task_done();
    assert_eq!(wakes(queue.join(), || queue.task_done()), (0, 1));
    let condition = Condition::new();
    let Poll::Ready(guard) = poll_with(&mut condition.acquire(), noop) else { panic!() };
    let mut wait = condition.wait(guard);
    let (count, waker) = CountingWaker::new();
    assert!(poll_with(&mut wait, &waker).is_pending());
    let Poll::Ready(guard) = poll_with(&mut condition.acquire(), noop) else { panic!() };
    assert_eq!(
        wakes(wait, || {
            condition.notify(&guard, 1);
            drop(guard)
        }),
        (0, 1)
    );
    assert_eq!(count.wakes(), 0);
}

/// A waker that runs code of the test's own.
struct Hook(fn());

impl Wake for Hook {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

#[test]
fn a_waker_that_panics_takes_nothing_from_those_behind_it() {
    let event = Event::new();
    let (mut first, mut second) = (event.wait(), event.wait());
    let (count, waker) = CountingWaker::new();
    assert!(poll_with(&mut first, &Arc::new(Hook(|| panic!("a waker"))).into()).is_pending());
    assert!(poll_with(&mut second, &waker).is_pending());
    event.set();
    assert_eq!(count.wakes(), 1);
    assert!(poll_with(&mut first, &waker).is_ready());
}

#[test]
fn a_waker_may_use_what_wakes_it() {
    thread_local!(static LOCK: Lock = Lock::new());
    LOCK.with(|lock| {
        let Poll::Ready(guard) = poll_with(&mut lock.acquire(), Waker::noop()) else { panic!() };
        let mut waiting = lock.acquire();
        let reenter = Hook(|| {
            LOCK.with(|lock| {
                assert!(lock.locked());
                assert!(poll_with(&mut lock.acquire(), Waker::noop()).is_pending(), "it barged in");
            });
        });
        assert!(poll_with(&mut waiting, &Arc::new(reenter).into()).is_pending());
        drop(guard);
        assert!(poll_with(&mut waiting, Waker::noop()).is_ready());
        assert!(!lock.locked());
    });
}

#[test]
fn a_condition_is_in_line_before_it_releases_the_lock() {
    thread_local! {
        static CONDITION: Condition = Condition::new();
        static NEXT: RefCell<Option<AcquireLock>> = const { RefCell::new(None) };
    }
    let condition = CONDITION.with(Condition::clone);
    let Poll::Ready(guard) = poll_with(&mut condition.acquire(), Waker::noop()) else { panic!() };
    let mut next = condition.acquire();
    // Whoever gets the lock next notifies at once, from within the wake that tells it so.
    let notifier = Hook(|| {
        let mut next = NEXT.take().unwrap();
        let Poll::Ready(guard) = poll_with(&mut next, Waker::noop()) else { panic!() };
        CONDITION.with(|condition| condition.notify(&guard, 1));
    });
    assert!(poll_with(&mut next, &Arc::new(notifier).into()).is_pending());
    NEXT.set(Some(next));
    let mut wait = condition.wait(guard);
    assert!(poll_with(&mut wait, Waker::noop()).is_pending());
    assert!(poll_with(&mut wait, Waker::noop()).is_ready(), "the notification was missed");
}

#[test]
fn a_finished_future_that_is_polled_again_says_so() {
    fn twice<F: Future + Unpin>(mut future: F) -> &'static str {
        assert!(poll_with(&mut future, Waker::noop()).is_ready());
        let again = || poll_with(&mut future, Waker::noop()).is_ready();
        *catch_unwind(AssertUnwindSafe(again)).unwrap_err().downcast::<&str>().unwrap()
    }
    let (event, queue) = (Event::new(), Queue::new(0));
    event.set();
    assert_eq!(twice(Lock::new().acquire()), "a finished acquire was polled again");
    assert_eq!(twice(Semaphore::new(1).acquire()), "a finished acquire was polled again");
    assert_eq!(twice(event.wait()), "a finished wait was polled again");
    assert_eq!(twice(queue.join()), "a finished join was polled again");
    assert_eq!(twice(queue.put(1)), "a finished put was polled again");
    assert_eq!(twice(queue.get()), "a finished get was polled again");
    let (sender, receiver) = oneshot();
    sender.send(1).unwrap();
    assert_eq!(twice(receiver), "a finished oneshot was polled again");
}

#[test]
fn a_task_that_need_never_wait_lets_the_others_go_all_the_same() {
    run(async {
        let (lock, event) = (Lock::new(), Event::new());
        let quit = event.clone();
        drop(create_task(async move { quit.set() }));
        for _ in 0..1000 {
            drop(lock.acquire().await);
        }
        assert!(event.is_set());
    });
}

#[test]
fn the_trace_says_what_is_waited_for() {
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let lock = Lock::new();
        let guard = lock.acquire().await;
        let task = create_task(lock.acquire());
        yield_now().await;
        drop(guard);
        drop(task.await.unwrap());
    });
    let said = lines.take_only(&["pending 1", "wake 1"]);
    assert_eq!(said, ["pending 1: Lock.acquire", "wake 1 by task 0"]);
}

/// Two of these apply to what is `Send`, so that naming the method is ambiguous there.
trait NotSend<Which> {
    fn is_not_send() {}
}
impl<T: ?Sized> NotSend<()> for T {}
impl<T: ?Sized + Send> NotSend<u8> for T {}

#[test]
fn none_of_them_can_be_sent_to_another_thread() {
    <Lock as NotSend<_>>::is_not_send();
    <Event as NotSend<_>>::is_not_send();
    <Condition as NotSend<_>>::is_not_send();
    <Semaphore as NotSend<_>>::is_not_send();
    <Queue<u8> as NotSend<_>>::is_not_send();
    <LockGuard as NotSend<_>>::is_not_send();
    <Permit as NotSend<_>>::is_not_send();
    <Sender<u8> as NotSend<_>>::is_not_send();
    <Pin<Box<Receiver<u8>>> as NotSend<_>>::is_not_send();
}

#[test]
fn oneshots_that_are_answered_at_once_leave_others_their_turn() {
    let event_loop = EventLoop::builder().virtual_time().build().unwrap();
    event_loop.run_until_complete(async {
        for n in 0..129 {
            let (sender, receiver) = oneshot();
            sender.send(n).unwrap();
            assert_eq!(receiver.await, Ok(n));
        }
    });
    assert_eq!(event_loop.counters().polls, 2);
}
