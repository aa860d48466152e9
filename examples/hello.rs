//! Greets, waits for a second, greets again; then shows what a closed loop says.
//!
//! The three steps of every asyncio program: make a loop, run it, close it.

use std::{panic, time::Duration};

use common::{give_up, println};
use glassloop::{EventLoop, sleep};

mod common;

async fn hello() {
    println!("Hello world!");
    // The task sleeps, the thread does not: the loop would run other tasks meanwhile.
    sleep(Duration::from_secs(1)).await;
    println!("Hello again!");
}

fn main() {
    let event_loop = EventLoop::new().unwrap_or_else(give_up);
    event_loop.run_until_complete(hello());
    event_loop.close();
    use_closed(&event_loop);
}

/// Using a closed loop is a programming error, so it is a panic, not an `Err`. Here it is wanted.
fn use_closed(event_loop: &EventLoop) {
    panic::set_hook(Box::new(|panic| {
        println!("{}", panic.payload().downcast_ref::<&str>().unwrap_or(&"a panic without words"));
    }));
    let used =
        panic::catch_unwind(panic::AssertUnwindSafe(|| event_loop.run_until_complete(hello())));
    assert!(used.is_err());
}
