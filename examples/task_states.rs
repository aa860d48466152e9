//! Shows a task before and after the loop has run it, and two ways of making one before that.
//!
//! No state is called "running": while a task runs nobody else does, so there is nobody to see it.

use std::any::type_name_of_val;

use common::println;
use glassloop::{ensure_future, get_event_loop, wait};

mod common;

async fn execute(x: i32) -> i32 {
    println!("Number: {x}");
    x
}

/// A loop makes the task.
fn with_create_task() {
    let coroutine = execute(1);
    println!("Coroutine: <{}>", type_name_of_val(&coroutine));
    println!("After calling execute");

    let event_loop = get_event_loop();
    let task = event_loop.create_task(coroutine);
    println!("Task: {task:?}");
    // To await the task would take its result out. `wait` leaves it in, and gives the task back.
    let (done, _pending) = event_loop.run_until_complete(wait([task]));
    println!("Task: {:?}", done[0]);
    println!("After calling loop");
}

/// Nobody has spoken of a loop yet. The task belongs to the loop of this thread.
fn with_ensure_future() {
    let coroutine = execute(1);
    println!("Coroutine: <{}>", type_name_of_val(&coroutine));
    println!("After calling execute");

    let task = ensure_future(coroutine);
    println!("Task: {task:?}");
    let (done, _pending) = get_event_loop().run_until_complete(wait([task]));
    println!("Task: {:?}", done[0]);
    println!("After calling loop");
}

fn main() {
    with_create_task();
    with_ensure_future();
}
