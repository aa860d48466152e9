//! Shutting a queue down: who is sent away, and what is still to be had.

use super::*;

/// Everything is refused: both ways of both.
async fn assert_shut_down(queue: &Queue<&'static str>) {
    assert_eq!(queue.put("x").await, Err(QueueShutDown("x")));
    assert_eq!(queue.put_nowait("x"), Err(PutNowaitError::QueueShutDown("x")));
    assert_eq!(queue.get().await, Err(QueueShutDown(())));
    assert_eq!(queue.get_nowait(), Err(GetNowaitError::QueueShutDown));
}

#[test]
fn shutting_an_empty_queue_down_ends_those_who_wait_to_get() {
    run(async {
        let queue = Queue::new(0);
        let getters = [(); 2].map(|()| create_task(queue.get()));
        yield_now().await;
        queue.shutdown(false);
        queue.join().await;
        for getter in getters {
            assert_eq!(getter.await.unwrap(), Err(QueueShutDown(())));
        }
        assert_shut_down(&queue).await;
        let left = "<Queue maxsize=0 qsize=0 getters=0 putters=0 tasks=0 shutdown>";
        assert_eq!(format!("{queue:?}"), left);
    });
}

#[test]
fn what_is_in_a_queue_that_is_shut_down_can_still_be_got_and_who_waits_to_put_gets_the_item_back() {
    run(async {
        let queue = Queue::new(1);
        queue.put_nowait("a").unwrap();
        let (joiner, putter) = (create_task(queue.join()), create_task(queue.put("b")));
        yield_now().await;
        queue.shutdown(false);
        assert_eq!(queue.qsize(), 1);
        assert_eq!(putter.await.unwrap(), Err(QueueShutDown("b")));
        assert_eq!(queue.get().await, Ok("a"));
        turns(2).await;
        assert!(!joiner.done());
        assert_shut_down(&queue).await;
        queue.task_done();
        joiner.await.unwrap();
        assert_nothing_is_unfinished(&queue);
    });
}

#[test]
fn shutting_down_immediately_drops_what_is_left_and_counts_it_as_done() {
    run(async {
        let queue = Queue::new(0);
        for item in ["a", "b", "c"] {
            queue.put_nowait(item).unwrap();
        }
        let joiner = create_task(queue.join());
        assert_eq!(queue.get().await, Ok("a"));
        yield_now().await;
        queue.shutdown(true);
        assert_eq!(queue.qsize(), 0);
        turns(2).await;
        assert!(!joiner.done(), "one was got and is not done");
        assert_shut_down(&queue).await;
        queue.task_done();
        joiner.await.unwrap();
        assert_nothing_is_unfinished(&queue);
    });
}

#[test]
fn a_promise_is_kept_when_a_queue_is_shut_down_and_broken_when_immediately() {
    run(async {
        for (immediate, expected) in [(false, Ok(1)), (true, Err(QueueShutDown(())))] {
            let queue = Queue::new(1);
            let [promised, waiting] = [(); 2].map(|()| create_task(queue.get()));
            yield_now().await;
            queue.put_nowait(1).unwrap();
            queue.shutdown(immediate);
            // It looks for itself before the other one is polled, and must not take what is the other's.
            assert_eq!(queue.get_nowait(), Err(GetNowaitError::QueueShutDown));
            assert_eq!(waiting.await.unwrap(), Err(QueueShutDown(())));
            assert_eq!(promised.await.unwrap(), expected);
        }
    });
}

#[test]
fn who_is_sent_away_by_a_shutdown_does_not_take_what_was_promised_to_another() {
    let queue = Queue::new(0);
    let (mut promised, mut waiting) = (queue.get(), queue.get());
    assert!(poll_with(&mut promised, Waker::noop()).is_pending());
    assert!(poll_with(&mut waiting, Waker::noop()).is_pending());
    queue.put_nowait(1).unwrap();
    queue.shutdown(false);
    assert_eq!(poll_with(&mut waiting, Waker::noop()), Poll::Ready(Err(QueueShutDown(()))));
    assert_eq!(poll_with(&mut promised, Waker::noop()), Poll::Ready(Ok(1)));
}

#[test]
fn room_that_was_promised_is_not_used_after_a_shutdown() {
    run(async {
        let queue = Queue::new(1);
        queue.put_nowait("a").unwrap();
        let putter = create_task(queue.put("b"));
        yield_now().await;
        assert_eq!(queue.get_nowait(), Ok("a"));
        queue.shutdown(false);
        assert_eq!(putter.await.unwrap(), Err(QueueShutDown("b")));
        assert!(queue.empty());
    });
}

#[test]
fn items_whose_destructors_panic_do_not_abort() {
    struct Bomb(Rc<Cell<u32>>);
    impl Drop for Bomb {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
            panic!("a destructor");
        }
    }
    let (dropped, queue) = (Rc::new(Cell::new(0)), Queue::new(0));
    for _ in 0..2 {
        queue.put_nowait(Bomb(dropped.clone())).unwrap();
    }
    queue.shutdown(true);
    let queue = Queue::new(0);
    for _ in 0..2 {
        queue.put_nowait(Bomb(dropped.clone())).unwrap();
    }
    drop(queue);
    assert_eq!(dropped.get(), 4);
}
