//! Greets, waits for a second, greets again; then shows what a closed loop says.
//!
//! The three steps of every asyncio program: make a loop, run it, close it.

use std::{panic, process::ExitCode, time::Duration};

use glassloop::{EventLoop, sleep};

async fn hello() {
    println!("Hello world!");
    // The task sleeps, the thread does not: the loop would run other tasks meanwhile.
    sleep(Duration::from_secs(1)).await;
    println!("Hello again!");
}

fn main() -> ExitCode {
    let event_loop = match EventLoop::new() {
        Ok(event_loop) => event_loop,
        Err(error) => {
            eprintln!("hello: {error}");
            return ExitCode::FAILURE;
        }
    };
    event_loop.run_until_complete(hello());
    event_loop.close();

    // Using a closed loop is a programming error, so it is a panic, not an `Err`. Here it is wanted.
    panic::set_hook(Box::new(|panic| {
        println!("{}", panic.payload().downcast_ref::<&str>().unwrap_or(&"a panic without words"));
    }));
    let used =
        panic::catch_unwind(panic::AssertUnwindSafe(|| event_loop.run_until_complete(hello())));
    assert!(used.is_err());
    ExitCode::SUCCESS
}
