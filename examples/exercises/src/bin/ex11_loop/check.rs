//! Runs the loop in a world of virtual time, where each of its calls is looked at.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    mem,
    panic::{self, AssertUnwindSafe},
    pin::{Pin, pin},
    rc::Rc,
    sync::atomic::Ordering::SeqCst,
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

use super::answer::run;
use crate::harness::{BoxFuture, Exercise, Verdict, ensure};
use world::{WAKES_BEGUN, WAKES_ENDED, World};

#[path = "messages.rs"]
mod messages;
#[path = "world.rs"]
mod world;

pub const EXERCISE: Exercise = Exercise { number: 11, messages: messages::MESSAGES, check };

/// After so many looks in vain a wake is taken for stuck: two seconds.
const LOOKS: u32 = 400;

/// Runs the checks on a thread, and looks whether it is stuck in a wake.
fn check() -> Verdict {
    let checking = thread::spawn(checks);
    let (mut before, mut looks) = (0, 0);
    while !checking.is_finished() {
        thread::sleep(Duration::from_millis(5));
        let begun = WAKES_BEGUN.load(SeqCst);
        let is_in_a_wake = begun > WAKES_ENDED.load(SeqCst);
        looks = if is_in_a_wake && begun == before { looks + 1 } else { 0 };
        before = begun;
        ensure(looks < LOOKS, "lock-held", &[])?;
    }
    checking.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked))
}

fn checks() -> Verdict {
    nothing_to_do()?;
    work_comes_first()?;
    sleeps_to_the_next_event()?;
    sockets_alone()?;
    deadline_is_past()?;
    wakes_come_together()?;
    tasks_wake_each_other()?;
    a_task_is_woken_before_its_turn()?;
    nobody_starves()?;
    a_socket_is_always_ready()?;
    a_timer_is_always_due()?;
    a_waker_outlives_the_loop()
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// The loop, and whether it has done all.
fn finishes(world: &World, tasks: Vec<BoxFuture<()>>) -> Verdict {
    run(&mut world.clone(), tasks);
    world.is_finished()
}

fn nothing_to_do() -> Verdict {
    finishes(&World::default(), Vec::new())
}

/// A task that wakes itself stays in the queue, and the timer has to wait for the loop's sleep.
fn work_comes_first() -> Verdict {
    let world = World::default();
    let tasks = vec![
        world.task("worker", yields(world.clone(), 3)),
        world.task("sleeper", world.sleep_until(ms(20))),
        world.task("worker", yields(world.clone(), 2)),
    ];
    finishes(&world, tasks)
}

async fn yields(world: World, times: u32) {
    for _ in 0..times {
        world.yield_now().await;
    }
}

/// Three moments at which something happens, and three sleeps.
fn sleeps_to_the_next_event() -> Verdict {
    let world = World::default();
    world.byte_comes(3, ms(450));
    let sleeper = {
        let world = world.clone();
        async move {
            world.sleep_until(ms(300)).await;
            world.sleep_until(Duration::from_micros(600_300)).await;
        }
    };
    let tasks = vec![world.task("sleeper", sleeper), world.task("reader", world.readable(3))];
    finishes(&world, tasks)?;
    // Who looks once before each sleep looks twice as often; that is no harm.
    let turns = world.turns();
    world.told(ensure(turns <= 9, "busy-waiting", &[&turns, &3]))
}

/// There is no timer to sleep for.
fn sockets_alone() -> Verdict {
    let world = World::default();
    let reader = |socket, at| {
        world.byte_comes(socket, ms(at));
        world.task("reader", world.readable(socket))
    };
    let tasks = vec![reader(1, 250), reader(2, 100), reader(3, 100)];
    finishes(&world, tasks)
}

/// A poll takes longer than another task's timer.
fn deadline_is_past() -> Verdict {
    let world = World::default();
    let worker = {
        let world = world.clone();
        async move { world.work(ms(10)) }
    };
    let tasks = vec![world.task("sleeper", world.sleep_until(ms(5))), world.task("worker", worker)];
    finishes(&world, tasks)
}

/// Two wakes for one task, and one for a task that is done.
fn wakes_come_together() -> Verdict {
    let world = World::default();
    (1..=2).for_each(|socket| world.byte_comes(socket, ms(100)));
    let hasty = {
        let world = world.clone();
        async move { either(world.readable(1), world.sleep_until(ms(200)).forgotten()).await }
    };
    let both = {
        let world = world.clone();
        async move {
            join(world.readable(2), world.sleep_until(ms(100))).await;
            world.sleep_until(ms(300)).await;
        }
    };
    let all_three = {
        let world = world.clone();
        async move {
            let two = join(world.sleep_until(ms(100)), world.sleep_until(ms(100)));
            join(two, world.sleep_until(ms(100))).await;
            world.sleep_until(ms(250)).await;
        }
    };
    let tasks = vec![
        world.task("hasty", hasty),
        world.task("both", both),
        world.task("all three", all_three),
    ];
    finishes(&world, tasks)
}

/// Wakers that tasks have left for others.
type Wakers = Rc<RefCell<Vec<Option<Waker>>>>;

fn wakes(wakers: &Wakers, task: usize) {
    let waker = wakers.borrow()[task].clone();
    waker.expect("it was polled").wake();
}

/// A task that leaves its waker for others in each poll, and is done after so many.
fn waits_for_polls(wakers: &Wakers, task: usize, polls: u32) -> impl Future<Output = ()> + 'static {
    let (wakers, mut left) = (wakers.clone(), polls);
    poll_fn(move |context| {
        wakers.borrow_mut()[task] = Some(context.waker().clone());
        left -= 1;
        if left == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
}

/// Many wait, and one wakes them, in no order of their numbers, each of them twice. No word has a bit for each.
fn tasks_wake_each_other() -> Verdict {
    const TASKS: usize = 300;
    let (world, wakers) = (World::default(), Wakers::new(RefCell::new(vec![None; TASKS])));
    let waits = |task| world.task("waits", waits_for_polls(&wakers, task, 2));
    let mut tasks: Vec<_> = (0..TASKS).map(waits).collect();
    let there = wakers.clone();
    let caller = async move { (0..2 * TASKS).for_each(|n| wakes(&there, n * 37 % TASKS)) };
    tasks.push(world.task("caller", caller));
    finishes(&world, tasks)
}

/// The second task is in the queue, and the first wakes it once more.
fn a_task_is_woken_before_its_turn() -> Verdict {
    let (world, wakers) = (World::default(), Wakers::new(RefCell::new(vec![None; 2])));
    let there = wakers.clone();
    let mut waits = Box::pin(waits_for_polls(&wakers, 1, 3));
    let mut is_first = true;
    let woken = poll_fn(move |context| {
        if mem::take(&mut is_first) {
            context.waker().wake_by_ref();
        }
        waits.as_mut().poll(context)
    });
    let caller = {
        let world = world.clone();
        async move {
            world.yield_now().await;
            wakes(&there, 1);
            yields(world, 2).await;
            wakes(&there, 1);
        }
    };
    let tasks = vec![world.task("caller", caller), world.task("woken", woken)];
    finishes(&world, tasks)
}

/// One task is always ready, until the others have done their work.
fn nobody_starves() -> Verdict {
    let world = World::default();
    world.byte_comes(5, ms(2));
    let to_come = Rc::new(Cell::new(4));
    let then_done = |future: BoxFuture<()>| {
        let to_come = to_come.clone();
        async move {
            future.await;
            to_come.set(to_come.get() - 1);
        }
    };
    let spinner = {
        let (world, to_come) = (world.clone(), to_come.clone());
        async move {
            while to_come.get() > 0 {
                world.work(ms(1));
                world.yield_now().await;
            }
        }
    };
    let walker = || then_done(Box::pin(yields(world.clone(), 3)));
    let tasks = vec![
        world.task("walker", walker()),
        world.task("spinner", spinner),
        world.task("reader", then_done(Box::pin(world.readable(5)))),
        world.task("sleeper", then_done(Box::pin(world.sleep_until(ms(5))))),
        world.task("walker", walker()),
    ];
    finishes(&world, tasks)
}

/// Something is ready in each turn, and the timer has its time.
fn a_socket_is_always_ready() -> Verdict {
    let world = World::default();
    let is_over = Rc::new(Cell::new(false));
    let sleeper = then_says(world.sleep_until(ms(5)), &is_over);
    let writer = {
        let world = world.clone();
        async move {
            while !is_over.get() {
                world.work(ms(1));
                world.at_once(7).await;
            }
        }
    };
    let tasks = vec![world.task("sleeper", sleeper), world.task("writer", writer)];
    finishes(&world, tasks)
}

/// A timer is due in each turn, and there are sockets.
fn a_timer_is_always_due() -> Verdict {
    let world = World::default();
    world.byte_comes(5, ms(3));
    let is_over = Rc::new(Cell::new(false));
    let reader = then_says(world.readable(5), &is_over);
    let ticker = {
        let world = world.clone();
        async move {
            while !is_over.get() {
                world.due_at_once().await;
            }
        }
    };
    let tasks = vec![world.task("reader", reader), world.task("ticker", ticker)];
    finishes(&world, tasks)
}

fn then_says(
    future: impl Future + 'static,
    is_over: &Rc<Cell<bool>>,
) -> impl Future<Output = ()> + 'static {
    let is_over = is_over.clone();
    async move {
        future.await;
        is_over.set(true);
    }
}

/// A timer is left behind.
fn a_waker_outlives_the_loop() -> Verdict {
    let world = World::default();
    let hasty = {
        let world = world.clone();
        async move { either(world.sleep_until(ms(5)), world.sleep_until(ms(900)).forgotten()).await }
    };
    let tasks = vec![world.task("hasty", hasty)];
    finishes(&world, tasks)?;
    let woken = panic::catch_unwind(AssertUnwindSafe(|| world.wake_who_is_left()));
    ensure(woken.is_ok(), "wake-after-the-end", &[])
}

/// Is done when one of them is.
async fn either(one: impl Future, other: impl Future) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|context| match is_ready(&mut one, context) | is_ready(&mut other, context) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

/// Is done when both are.
async fn join(one: impl Future, other: impl Future) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut one_is_done, mut other_is_done) = (false, false);
    poll_fn(|context| {
        one_is_done = one_is_done || is_ready(&mut one, context);
        other_is_done = other_is_done || is_ready(&mut other, context);
        if one_is_done && other_is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn is_ready(future: &mut Pin<&mut impl Future>, context: &mut Context<'_>) -> bool {
    future.as_mut().poll(context).is_ready()
}
