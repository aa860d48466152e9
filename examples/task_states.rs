//! Shows a task before and after the loop has run it, and two ways of making one before that.
//!
//! No state is called "running": while a task runs nobody else does, so there is nobody to see it.

use glassloop::{Task, ensure_future, get_event_loop, wait};

async fn execute(x: i32) -> i32 {
    println!("Number: {x}");
    x
}

fn main() {
    with_create_task();
    with_ensure_future();
}

/// A loop makes the task.
fn with_create_task() {
    let coroutine = called();
    let event_loop = get_event_loop();
    let task = event_loop.create_task(coroutine);
    show(task);
}

/// Nobody has spoken of a loop yet. The task belongs to the loop of this thread.
fn with_ensure_future() {
    let coroutine = called();
    let task = ensure_future(coroutine);
    show(task);
}

fn called() -> impl Future<Output = i32> {
    let coroutine = execute(1);
    println!("Coroutine: <{}>", std::any::type_name_of_val(&coroutine));
    println!("After calling execute");
    coroutine
}

/// Runs the loop until the task is done, and prints the task before and after.
fn show(task: Task<i32>) {
    println!("Task: {task:?}");
    // To await the task would take its result out. `wait` leaves it in, and gives the task back.
    let (done, _pending) = get_event_loop().run_until_complete(wait([task]));
    println!("Task: {:?}", done[0]);
    println!("After calling loop");
}
