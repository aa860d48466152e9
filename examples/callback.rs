//! Shows a function that the loop calls once a task is done; then the same without one.

use std::process::ExitCode;

use common::{Arguments, Page, Response, exit_code, get, println};
use glassloop::{Task, ensure_future, get_event_loop, wait};

mod common;

async fn request(page: Page) -> Response {
    get(&page).await
}

fn callback(task: &Task<Response>) {
    if let Some(Ok(response)) = task.result().as_deref() {
        println!("Status: {response:?}");
    }
}

/// The loop calls `callback`, with the task. It does so before the waiter for the task goes on.
fn with_callback(page: Page) {
    let task = ensure_future(request(page));
    task.add_done_callback(callback);
    println!("Task: {task:?}");

    let (done, _pending) = get_event_loop().run_until_complete(wait([task]));
    println!("Task: {:?}", done[0]);
}

/// Nobody is called: the result is in the task, and anybody may look.
fn without_callback(page: Page) -> bool {
    let task = ensure_future(request(page));
    println!("Task: {task:?}");

    let (done, _pending) = get_event_loop().run_until_complete(wait([task]));
    let task = &done[0];
    println!("Task: {task:?}");
    match task.result().as_deref() {
        Some(Ok(response)) => {
            println!("Task Result: {response:?}");
            response.is_ok()
        }
        _ => false,
    }
}

fn main() -> ExitCode {
    let page = Arguments::read(USAGE).front_page();
    with_callback(page.clone());
    exit_code(without_callback(page))
}

const USAGE: &str = "\
usage: callback [HOST[:PORT]]

Fetches the front page of the host, and shows the task that does it.
Without a host, asks a site that is embedded in this program.";
