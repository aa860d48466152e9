//! Queues: order, bounds, joining, shutting down; and that a cancelled get or put loses nothing.

mod common;
#[path = "queue/shutdown.rs"]
mod shutdown;

use std::{
    cell::{Cell, RefCell},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    task::{Poll, Waker},
    time::Duration,
};

use common::{poll_with, run, run_on};
use glassloop::{
    EventLoop, create_task, sleep,
    sync::{GetNowaitError, PutNowaitError, Queue, QueueShutDown},
    timeout, yield_now,
};

const MS: Duration = Duration::from_millis(1);

async fn turns(count: usize) {
    for _ in 0..count {
        yield_now().await;
    }
}

#[test]
fn items_come_out_in_the_order_in_which_they_went_in() {
    run(async {
        let queue = Queue::new(0);
        assert!(queue.empty() && !queue.full());
        for n in [1, 3, 2] {
            queue.put(n).await.unwrap();
        }
        assert_eq!((queue.qsize(), queue.maxsize(), queue.full()), (3, 0, false));
        for n in [1, 3, 2] {
            assert_eq!(queue.get().await, Ok(n));
        }
        assert!(queue.empty());
    });
}

#[test]
fn put_waits_at_the_bound_and_goes_on_when_an_item_was_got() {
    run(async {
        let (queue, put) = (Queue::new(2), Rc::new(Cell::new(0)));
        let (theirs, count) = (queue.clone(), put.clone());
        let putter = create_task(async move {
            for n in 0..4 {
                theirs.put(n).await.unwrap();
                count.set(n + 1);
            }
        });
        turns(4).await;
        assert_eq!((put.get(), queue.full()), (2, true));
        assert_eq!(queue.get().await, Ok(0));
        turns(2).await;
        assert_eq!(put.get(), 3);
        for n in 1..4 {
            assert_eq!(queue.get().await, Ok(n));
        }
        putter.await.unwrap();
    });
}

#[test]
fn put_nowait_and_get_nowait_say_full_and_empty() {
    let queue = Queue::new(1);
    assert_eq!(queue.get_nowait(), Err(GetNowaitError::QueueEmpty));
    queue.put_nowait("a").unwrap();
    let refused = queue.put_nowait("b").unwrap_err();
    assert_eq!(refused, PutNowaitError::QueueFull("b"));
    assert_eq!((refused.to_string(), refused.into_inner()), ("the queue is full".into(), "b"));
    assert_eq!(queue.get_nowait(), Ok("a"));
    assert_eq!(GetNowaitError::QueueEmpty.to_string(), "the queue is empty");
}

#[test]
fn getters_are_served_in_the_order_in_which_they_came() {
    run(async {
        let queue = Queue::new(0);
        let getters = [(); 3].map(|()| create_task(queue.get()));
        yield_now().await;
        assert_eq!(format!("{queue:?}"), "<Queue maxsize=0 qsize=0 getters=3 putters=0 tasks=0>");
        for n in 0..3 {
            queue.put(n).await.unwrap();
        }
        for (n, getter) in getters.into_iter().enumerate() {
            assert_eq!(getter.await.unwrap(), Ok(n));
        }
    });
}

#[test]
fn nobody_barges_in_on_an_item_that_a_getter_was_promised() {
    run(async {
        let queue = Queue::new(0);
        let getter = create_task(queue.get());
        yield_now().await;
        queue.put_nowait("theirs").unwrap();
        assert!(queue.empty());
        assert_eq!(queue.get_nowait(), Err(GetNowaitError::QueueEmpty));
        assert!(timeout(MS, queue.get()).await.is_err());
        assert_eq!(getter.await.unwrap(), Ok("theirs"));
    });
}

#[test]
fn nobody_barges_in_on_the_room_that_a_putter_was_promised() {
    run(async {
        let queue = Queue::new(1);
        queue.put_nowait("first").unwrap();
        let putter = create_task(queue.put("second"));
        yield_now().await;
        assert_eq!(queue.get_nowait(), Ok("first"));
        assert!(queue.full());
        assert_eq!(queue.put_nowait("barger"), Err(PutNowaitError::QueueFull("barger")));
        let barger = create_task(queue.put("barger"));
        assert_eq!(queue.get().await, Ok("second"));
        assert_eq!(queue.get().await, Ok("barger"));
        putter.await.unwrap().unwrap();
        barger.await.unwrap().unwrap();
    });
}

#[test]
fn a_getter_cancelled_just_as_it_is_promised_an_item_leaves_it_to_the_next() {
    run(async {
        let queue = Queue::new(0);
        let [first, second] = [(); 2].map(|()| create_task(queue.get()));
        yield_now().await;
        queue.put_nowait(1).unwrap();
        first.cancel();
        assert_eq!(second.await.unwrap(), Ok(1));
    });
}

#[test]
fn a_cancelled_getter_takes_nothing_and_the_order_stays() {
    run(async {
        let queue = Queue::new(0);
        let getter = create_task(queue.get());
        yield_now().await;
        queue.put_nowait(1).unwrap();
        queue.put_nowait(2).unwrap();
        getter.cancel();
        assert_eq!(queue.qsize(), 2);
        assert_eq!((queue.get().await, queue.get().await), (Ok(1), Ok(2)));
        assert!(timeout(MS, queue.get()).await.is_err());
        let left = "<Queue maxsize=0 qsize=0 getters=0 putters=0 tasks=2>";
        assert_eq!(format!("{queue:?}"), left);
    });
}

#[test]
fn a_putter_cancelled_just_as_it_is_promised_room_puts_nothing_and_leaves_it_to_the_next() {
    run(async {
        let queue = Queue::new(1);
        queue.put_nowait("a").unwrap();
        let [first, second] = ["b", "c"].map(|item| create_task(queue.put(item)));
        yield_now().await;
        assert_eq!(queue.get_nowait(), Ok("a"));
        first.cancel();
        second.await.unwrap().unwrap();
        assert_eq!((queue.get_nowait(), queue.qsize()), (Ok("c"), 0));
    });
}

#[test]
fn the_item_of_a_cancelled_put_is_dropped_and_its_place_given_back() {
    run(async {
        let (queue, item) = (Queue::new(1), Rc::new(()));
        queue.put_nowait(item.clone()).unwrap();
        let putter = create_task(queue.put(item.clone()));
        yield_now().await;
        assert_eq!(Rc::strong_count(&item), 3);
        putter.cancel();
        assert_eq!(Rc::strong_count(&item), 2);
        let left = "<Queue maxsize=1 qsize=1 getters=0 putters=0 tasks=1>";
        assert_eq!(format!("{queue:?}"), left);
    });
}

#[test]
fn join_returns_at_once_on_an_empty_queue() {
    run(async {
        let queue = Queue::<u8>::new(0);
        assert_eq!(timeout(Duration::ZERO, queue.join()).await, Ok(()));
        assert_eq!(timeout(Duration::ZERO, queue.join()).await, Ok(()));
    });
}

#[test]
fn join_returns_when_all_that_was_put_is_done() {
    run(async {
        let (queue, sum) = (Queue::new(0), Rc::new(Cell::new(0)));
        (0..100).for_each(|n| queue.put_nowait(n).unwrap());
        let workers = [(); 2].map(|()| {
            let (queue, sum) = (queue.clone(), sum.clone());
            create_task(async move {
                while let Ok(n) = queue.get().await {
                    sleep(MS).await;
                    sum.set(sum.get() + n);
                    queue.task_done();
                }
            })
        });
        queue.join().await;
        assert_eq!(sum.get(), (0..100).sum::<i32>());
        queue.shutdown(false);
        for worker in workers {
            worker.await.unwrap();
        }
    });
}

#[test]
fn a_joiner_goes_on_even_if_an_item_is_put_before_it_is_polled() {
    run(async {
        let queue = Queue::new(0);
        queue.put_nowait(1).unwrap();
        let joiner = create_task({
            let queue = queue.clone();
            async move { queue.join().await }
        });
        yield_now().await;
        queue.task_done();
        queue.put_nowait(2).unwrap();
        joiner.await.unwrap();
    });
}

#[track_caller]
fn assert_nothing_is_unfinished(queue: &Queue<&'static str>) {
    let panicked = catch_unwind(AssertUnwindSafe(|| queue.task_done())).unwrap_err();
    assert_eq!(*panicked.downcast::<&str>().unwrap(), "task_done() called too many times");
}

#[test]
fn task_done_once_too_often_is_a_panic() {
    let queue = Queue::new(0);
    assert_nothing_is_unfinished(&queue);
    queue.put_nowait("a").unwrap();
    queue.task_done();
    assert_nothing_is_unfinished(&queue);
}

type Items = Rc<RefCell<Vec<(u32, u32)>>>;

/// Puts ten items, waiting for each no longer than it has patience; notes those that were put.
async fn produce(queue: Queue<(u32, u32)>, put: Items, producer: u32, seed: u32) {
    for n in 0..10 {
        let item = (producer, n);
        if timeout(MS * (n % 3), queue.put(item)).await.is_ok() {
            put.borrow_mut().push(item);
        }
        sleep(MS * ((seed + n + producer) % 2)).await;
    }
}

/// Gets items until the queue is shut down, again with little patience; notes those that were got.
async fn consume(queue: Queue<(u32, u32)>, got: Items, consumer: u32) {
    for n in 0.. {
        match timeout(MS * ((n + consumer) % 3), queue.get()).await {
            Ok(Ok(item)) => {
                got.borrow_mut().push(item);
                queue.task_done();
            }
            Ok(Err(QueueShutDown(()))) => break,
            Err(_) => yield_now().await,
        }
    }
}

/// Gets and puts are cancelled all the time: what was put is got, once.
#[test]
fn under_100_schedules_with_cancellations_nothing_is_lost_and_nothing_comes_twice() {
    for seed in 0..100 {
        let builder = EventLoop::builder().unwatched().virtual_time().shuffle(seed.into());
        run_on(&builder.build().unwrap(), async {
            let queue = Queue::new(1 + seed as usize % 3);
            let (put, got) = (Items::default(), Items::default());
            let producers =
                [0, 1, 2, 3].map(|n| create_task(produce(queue.clone(), put.clone(), n, seed)));
            let consumers = [0, 1, 2].map(|n| create_task(consume(queue.clone(), got.clone(), n)));
            for producer in producers {
                producer.await.unwrap();
            }
            queue.join().await;
            queue.shutdown(false);
            for consumer in consumers {
                consumer.await.unwrap();
            }
            let (mut put, mut got) = (put.take(), got.take());
            put.sort_unstable();
            got.sort_unstable();
            assert_eq!(put, got);
        });
    }
}
