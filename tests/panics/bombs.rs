//! What is the user's may panic when it is dropped: results, payloads, items, futures that are refused. Each is
//! dropped by itself, whoever holds it then: nobody is taken down, and of two nobody has to abort.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::SeqCst},
};

use common::assert_nothing_left;
use glassloop::{
    GroupError, TaskGroup, all_tasks, as_completed, gather,
    sync::{Queue, oneshot},
    task_group, wait,
};

use super::*;

/// Gives out bombs, and counts those that have gone off.
#[derive(Clone, Default)]
pub struct Bombs(Arc<AtomicU32>);

/// Panics when it is dropped.
pub struct Bomb(Bombs);

impl Bomb {
    /// Another of the same.
    pub fn other(&self) -> Bomb {
        self.0.one()
    }
}

impl Bombs {
    pub fn one(&self) -> Bomb {
        Bomb(self.clone())
    }

    pub fn gone_off(&self) -> u32 {
        self.0.load(SeqCst)
    }

    /// A future that holds one, and gives another after so many milliseconds.
    pub fn after(&self, milliseconds: u32) -> impl Future<Output = Bomb> + use<> {
        let bombs = self.clone();
        async move {
            sleep(MS * milliseconds).await;
            bombs.one()
        }
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, SeqCst);
        panic!("a bomb");
    }
}

/// Runs a program in a loop of its own, which must be as good as new after it. Says how many bombs have gone off, and
/// of how many a record tells.
#[track_caller]
pub fn going_off<F: Future<Output = ()>>(program: impl FnOnce(Bombs) -> F) -> (u32, usize) {
    let ((event_loop, lines), bombs) = (virtual_and_recorded(), Bombs::default());
    event_loop.run_until_complete(program(bombs.clone()));
    event_loop.run_until_complete(sleep(MS));
    assert_nothing_left(&event_loop);
    let told = lines.take_only(&["panic in"]);
    assert!(told.iter().all(|line| line == "panic in a destructor"), "{told:?}");
    event_loop.close();
    assert_eq!(lines.take_only(&["panic in"]), [""; 0], "none was left for the end");
    (bombs.gone_off(), told.len())
}

/// A task that panics, and whose panic is about a bomb.
fn panics_with_a_bomb(bombs: &Bombs) -> Task<u32> {
    let bomb = bombs.one();
    create_task(async { panic_any(bomb) })
}

#[test]
fn a_result_may_panic_when_the_last_who_holds_its_task_lets_go() {
    let gone_off = going_off(|bombs| async move {
        let tasks: Vec<Task<_>> = (0..3).map(|_| create_task(bombs.after(0))).collect();
        let mut references = all_tasks();
        sleep(MS).await;
        drop(tasks);
        assert_eq!(bombs.gone_off(), 0, "there are other handles, without the type");
        drop(references.pop());
        assert_eq!(bombs.gone_off(), 1);
        drop(references);
        assert_eq!(bombs.gone_off(), 3);
        drop(create_task(bombs.after(0)));
        sleep(MS).await;
    });
    assert_eq!(gone_off, (4, 4));
}

#[test]
fn a_result_may_panic_after_its_loop_was_closed_or_in_another_loop() {
    let ((event_loop, lines), bombs) = (virtual_and_recorded(), Bombs::default());
    let mut tasks: Vec<Task<_>> = (0..3).map(|_| event_loop.create_task(bombs.after(0))).collect();
    event_loop.run_until_complete(sleep(MS));
    let one = tasks.pop();
    virtual_loop().run(async { drop(one) });
    assert_eq!(bombs.gone_off(), 1);
    event_loop.close();
    drop(tasks);
    assert_eq!(bombs.gone_off(), 3);
    assert_eq!(lines.take_only(&["panic in"]), ["panic in a destructor"; 3]);
}

/// A payload is as much the user's as a result is.
#[test]
fn what_a_panic_was_about_may_panic_whoever_drops_the_error() {
    let gone_off = going_off(|bombs| async move {
        drop(panics_with_a_bomb(&bombs)); // nobody
        drop(panics_with_a_bomb(&bombs).await.unwrap_err()); // whoever awaits it
        let (done, _) = wait([panics_with_a_bomb(&bombs), panics_with_a_bomb(&bombs)]).await;
        drop(done); // whoever waits for many
        drop(gather([panics_with_a_bomb(&bombs)]).await.unwrap_err());
        let error = panics_with_a_bomb(&bombs).await.unwrap_err();
        drop(std::io::Error::from(error));
        let group = TaskGroup::<(), ()>::new();
        let bomb = bombs.one();
        group.create_task(async { panic_any(bomb) });
        drop(group.wait().await.unwrap_err());
        assert_eq!(bombs.gone_off(), 7);
        let error = panics_with_a_bomb(&bombs).await.unwrap_err();
        let TaskError::Panicked(payload) = error else { panic!("{error}") };
        mem::forget(payload.into_inner()); // who takes it out has it, and all that comes of it
    });
    assert_eq!(gone_off, (7, 0));
}

async fn fails_after(milliseconds: u32) -> Result<Bomb, &'static str> {
    sleep(MS * milliseconds).await;
    Err("oh")
}

/// After so many milliseconds, a bomb.
async fn succeeds_after(bombs: Bombs, milliseconds: u32) -> Result<Bomb, &'static str> {
    Ok(bombs.after(milliseconds).await)
}

/// One of two futures, by whether there are bombs for it.
async fn ends_after(bombs: Option<Bombs>, milliseconds: u32) -> Result<Bomb, &'static str> {
    match bombs {
        Some(bombs) => succeeds_after(bombs, milliseconds).await,
        None => fails_after(milliseconds).await,
    }
}

#[test]
fn outputs_of_a_gather_that_nobody_gets_may_panic_and_the_error_comes_all_the_same() {
    let gone_off = going_off(|bombs| async move {
        let children =
            || [Some(bombs.clone()), Some(bombs.clone()), None].map(|it| ends_after(it, 1));
        assert_eq!(gather(children()).await.err(), Some("oh"));
        sleep(MS).await;
        assert_eq!(bombs.gone_off(), 2);
        assert!(
            timeout(MS * 2, gather([1, 1, 9].map(|ms| bombs.after(ms))).return_exceptions())
                .await
                .is_err()
        );
        assert_eq!(bombs.gone_off(), 4, "dropped before the end");
    });
    assert_eq!(gone_off, (4, 4));
}

#[test]
fn the_outputs_of_a_gather_may_panic_beside_the_panic_of_a_child() {
    let gone_off = going_off(|bombs| async move {
        let child = |panics: bool| {
            let bombs = bombs.clone();
            async move {
                sleep(MS * if panics { 2 } else { 1 }).await;
                if panics { panic!("of a child") } else { bombs.one() }
            }
        };
        let gathering = create_task(gather([false, true, false].map(child)).return_exceptions());
        let error = gathering.await.err().expect("it panics");
        assert_eq!(error.panic_message(), Some("of a child"));
    });
    assert_eq!(gone_off, (2, 2));
}

#[test]
fn futures_that_were_never_begun_may_panic_in_whatever_they_were_given_to() {
    let gone_off = going_off(|bombs| async move {
        let two = || [bombs.one(), bombs.one()].map(|bomb| async { drop(bomb) });
        drop(gather(two()));
        drop(as_completed(two()));
        assert_eq!(bombs.gone_off(), 4);
        let bomb = bombs.one();
        let body = async |_: TaskGroup<(), ()>| {
            drop(bomb);
            Ok(())
        };
        drop(task_group(body));
    });
    assert_eq!(gone_off, (5, 5));
}

#[test]
fn the_lists_of_wait_and_what_as_completed_has_not_given_yet_may_panic() {
    let gone_off = going_off(|bombs| async move {
        let tasks = || [1, 1, 2].map(|milliseconds| create_task(bombs.after(milliseconds)));
        drop(wait(tasks()).await);
        assert_eq!(bombs.gone_off(), 3);
        let waiting = wait(tasks());
        sleep(MS * 3).await;
        drop(waiting);
        assert_eq!(bombs.gone_off(), 6);
        let mut completed = as_completed([1, 1, 1].map(|milliseconds| bombs.after(milliseconds)));
        mem::forget(completed.next().await);
        drop(completed);
    });
    assert_eq!(gone_off, (8, 8));
}

#[test]
fn what_the_tasks_of_a_group_returned_may_panic_beside_the_error() {
    let gone_off = going_off(|bombs| async move {
        let group = TaskGroup::new();
        for milliseconds in [1, 1, 9] {
            group.create_task(succeeds_after(bombs.clone(), milliseconds));
        }
        group.create_task(fails_after(2));
        assert_eq!(told(group.wait().await), "a task of the group failed: oh");
        assert_eq!(bombs.gone_off(), 2);
        (0..2).for_each(|_| drop(group.create_task(succeeds_after(bombs.clone(), 1))));
        sleep(MS * 2).await;
        drop(group);
    });
    assert_eq!(gone_off, (4, 4));
}

fn told<T>(ended: Result<T, GroupError<&'static str>>) -> String {
    ended.err().expect("it fails").to_string()
}

#[test]
fn what_a_scope_has_no_use_for_may_panic() {
    let gone_off = going_off(|bombs| async move {
        let scope = |failure: u32, last: u32| {
            let bombs = bombs.clone();
            task_group(async move |group| {
                (0..2).for_each(|_| drop(group.create_task(succeeds_after(bombs.clone(), 1))));
                if failure > 0 {
                    group.create_task(fails_after(failure));
                }
                succeeds_after(bombs, last).await
            })
        };
        mem::forget(scope(0, 1).await); // the values of its tasks are dropped, the body's is given
        assert_eq!(bombs.gone_off(), 2);
        assert_eq!(told(scope(2, 1).await), "a task of the group failed: oh"); // and the body's
        assert_eq!(bombs.gone_off(), 5);
        assert!(timeout(MS * 2, scope(9, 1)).await.is_err()); // dropped while it waits for a task
    });
    assert_eq!(gone_off, (8, 8));
}

#[test]
fn what_was_sent_and_put_and_never_got_may_panic() {
    let gone_off = going_off(|bombs| async move {
        let (sender, receiver) = oneshot();
        assert!(sender.send(bombs.one()).is_ok());
        drop(receiver);
        assert_eq!(bombs.gone_off(), 1);
        let queue = Queue::new(2);
        for _ in 0..2 {
            queue.put(bombs.one()).await.unwrap();
        }
        drop(queue.put(bombs.one())); // never begun
        assert!(timeout(MS, queue.put(bombs.one())).await.is_err()); // given up
        assert_eq!(bombs.gone_off(), 3);
        drop(queue);
    });
    assert_eq!(gone_off, (5, 5));
}

/// Its output, too, when it is the destructor of the future whose panic leaves the run.
#[test]
fn what_a_main_future_returned_may_panic_beside_its_own_destructor() {
    for panics in [false, true] {
        let (event_loop, bombs) = (virtual_loop(), Bombs::default());
        let (held, other) = (bombs.one(), bombs.clone());
        let main = poll_fn(move |_| {
            let _held = &held;
            if panics { panic_any(other.one()) } else { Poll::Ready(other.one()) }
        });
        let run =
            catch_unwind(AssertUnwindSafe(|| mem::forget(event_loop.run_until_complete(main))));
        assert_eq!(run.unwrap_err().downcast_ref(), Some(&"a bomb"));
        assert_eq!(bombs.gone_off(), 2);
        event_loop.run_until_complete(sleep(MS));
        assert_nothing_left(&event_loop);
    }
}
