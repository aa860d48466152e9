//! Shows three functions that sleep for 1, 2 and 3 seconds, all at once in 3; and three ways of
//! getting what they return.

use std::time::Duration;

use common::{give_up, println};
use glassloop::{EventLoop, TaskError, create_task, gather, sleep, wait};

mod common;

async fn func(n: u64) -> u64 {
    println!("我是函数{n}");
    sleep(Duration::from_secs(n)).await;
    println!("函数{n}结束");
    n
}

/// `wait` gives the tasks back, those that are done apart from the others. Their results are in
/// them.
pub async fn with_wait() {
    let tasks = [1, 2, 3].map(|n| create_task(func(n)));
    let (done, pending) = wait(tasks).await;
    for task in done {
        if let Some(Ok(result)) = task.result().as_deref() {
            println!("done: {result}");
        }
    }
    println!("pending: {pending:?}");
}

/// `gather` gives the results, in the order in which it got the tasks, whichever is done first.
pub async fn with_gather() -> Result<(), TaskError> {
    let results = gather([3, 1, 2].map(|n| create_task(func(n)))).await?;
    println!("gather: {results:?}");
    Ok(())
}

/// What Python raises is an `Err` here. `gather` alone would return the first one, at once.
async fn func_that_may_fail(n: u64) -> Result<u64, String> {
    match func(n).await {
        2 => Err("函数2出错".to_string()),
        n => Ok(n),
    }
}

/// With `return_exceptions` an error is a result among the others, and is waited for with them.
pub async fn with_return_exceptions() {
    let results = gather([1, 2, 3].map(func_that_may_fail)).return_exceptions().await;
    println!("return_exceptions: {results:?}");
}

fn main() {
    let event_loop = EventLoop::new().unwrap_or_else(give_up);
    let all = async {
        with_wait().await;
        with_gather().await?;
        with_return_exceptions().await;
        Ok::<(), TaskError>(())
    };
    event_loop.run(all).unwrap_or_else(give_up)
}
