//! Shows that calling an `async fn` runs nothing: it makes a future, and a loop must run that.

use std::any::type_name_of_val;

use common::println;
use glassloop::get_event_loop;

mod common;

async fn execute(x: i32) {
    println!("Number: {x}");
}

fn main() {
    let coroutine = execute(1); // not a line of `execute` has run
    // A future is a plain value. It has a type, which the compiler made of `execute`, and a size.
    let (name, size) = (type_name_of_val(&coroutine), size_of_val(&coroutine));
    println!("Coroutine: <{name}, {size} bytes>");
    println!("After calling execute");

    let event_loop = get_event_loop();
    event_loop.run_until_complete(coroutine);
    println!("After calling loop");
}
