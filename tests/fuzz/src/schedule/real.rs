//! A program as tasks of the real loop, and the trace of its run.

use std::{
    cell::RefCell,
    future::poll_fn,
    mem,
    panic::resume_unwind,
    rc::Rc,
    task::{Poll, Waker},
    thread,
    time::Duration,
};

use glassloop::{
    Counters, EventLoop, Task, TaskRef, all_tasks, create_task, sleep,
    trace::{Record, What},
    yield_now,
};

use super::program::{LAST, Program, Step};

/// What the tasks of a program know of each other.
struct World {
    program: Program,
    handles: Vec<Option<Task<()>>>,
    tasks: Vec<Option<TaskRef>>,
    wakers: Vec<Option<Waker>>,
}

type Shared = Rc<RefCell<World>>;

/// The lines of the trace that the reference has, too, to the end of the main future. An error says what was left.
pub fn schedule(program: &Program) -> Result<Vec<String>, String> {
    let lines = Rc::new(RefCell::new(Vec::new()));
    let list = lines.clone();
    let observer = move |record: &Record| list.borrow_mut().extend(line(&record.what));
    let mut builder = EventLoop::builder().unwatched().virtual_time().observer(observer);
    if let Some(seed) = program.shuffle {
        builder = builder.shuffle(seed);
    }
    let event_loop = builder.build().map_err(|error| error.to_string())?;
    let count = program.tasks.len();
    let world = World {
        program: program.clone(),
        handles: (0..count).map(|_| None).collect(),
        tasks: vec![None; count],
        wakers: vec![None; count],
    };
    let shared = Rc::new(RefCell::new(world));
    event_loop.run_until_complete(async {
        run(&shared, 0).await;
        sleep(Duration::from_millis(LAST)).await;
    });
    let lines = lines.take();
    event_loop.close();
    let Counters { tasks, timers, .. } = event_loop.counters();
    match (tasks, timers) {
        (0, 0) => Ok(lines),
        _ => Err(format!("the loop is closed, and {tasks} tasks and {timers} timers are left")),
    }
}

/// The records of which the reference knows. What a pending task waits for it does not say.
fn line(what: &What) -> Option<String> {
    let is_known = matches!(
        what,
        What::TaskCreated { .. }
            | What::PollStarted { .. }
            | What::PollEnded { .. }
            | What::Woken { .. }
            | What::DeadWake { .. }
            | What::Cancelled { .. }
            | What::CallbacksRun { .. }
            | What::TimerArmed { .. }
            | What::TimerFired { .. }
            | What::TimerCancelled { .. }
            | What::TurnEnded { .. }
            | What::Parked { .. }
    );
    let line = what.to_string();
    is_known.then(|| match line.split_once(": ") {
        Some((pending, _)) => pending.to_string(),
        None => line,
    })
}

async fn run(shared: &Shared, task: usize) {
    let steps = shared.borrow().program.tasks[task].clone();
    for step in steps {
        match step {
            Step::Yield => yield_now().await,
            Step::Sleep(length) => sleep(Duration::from_millis(length)).await,
            Step::Park => park(shared, task).await,
            Step::Join(other) => {
                let handle = shared.borrow_mut().handles[other].take();
                if let Some(handle) = handle {
                    let _ = handle.await; // how it has ended is in the trace
                }
            }
            // This way no hook is called.
            Step::Panic => resume_unwind(Box::new("planned")),
            at_once => act(shared, at_once),
        }
    }
}

/// The steps that wait for nothing.
fn act(shared: &Shared, step: Step) {
    match step {
        Step::Spawn(new) => {
            if new == 0 || shared.borrow().tasks[new].is_some() {
                return;
            }
            let world = shared.clone();
            let handle = create_task(async move { run(&world, new).await });
            let mut world = shared.borrow_mut();
            world.handles[new] = Some(handle);
            world.tasks[new] = all_tasks().pop(); // they stand in the order in which they were made
        }
        Step::Wake(other) => wake(shared, other),
        Step::WakeFromThread(other) => {
            if let Some(waker) = waker_of(shared, other) {
                thread::spawn(move || waker.wake()).join().expect("a wake does not panic");
            }
        }
        Step::Cancel(other) => {
            let task = shared.borrow().tasks[other].clone();
            task.map(|task| task.cancel());
        }
        Step::Callback(other, woken) => {
            let world = Rc::downgrade(shared);
            if let Some(handle) = &shared.borrow().handles[other] {
                handle.add_done_callback(move |_| {
                    world.upgrade().iter().for_each(|world| wake(world, woken));
                });
            }
        }
        _ => {}
    }
}

fn wake(shared: &Shared, task: usize) {
    waker_of(shared, task).into_iter().for_each(Waker::wake);
}

fn waker_of(shared: &Shared, task: usize) -> Option<Waker> {
    shared.borrow().wakers[task].clone()
}

async fn park(shared: &Shared, task: usize) {
    let mut was_polled = false;
    poll_fn(|context| {
        if mem::replace(&mut was_polled, true) {
            return Poll::Ready(());
        }
        let older = shared.borrow_mut().wakers[task].replace(context.waker().clone());
        drop(older);
        Poll::Pending
    })
    .await;
}
