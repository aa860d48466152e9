//! Shows five tasks that fetch a page at the same time, and their results.

use std::process::ExitCode;

use common::{Arguments, Page, Response, exit_code, get, println};
use glassloop::{ensure_future, get_event_loop, wait};

mod common;

async fn request(page: Page) -> Response {
    get(&page).await
}

fn main() -> ExitCode {
    let page = Arguments::read(USAGE).front_page();
    let tasks = [(); 5].map(|()| ensure_future(request(page.clone())));
    println!("Tasks: {tasks:?}");

    // `wait` takes the tasks and gives them back, in the order in which it was given them.
    let (tasks, _pending) = get_event_loop().run_until_complete(wait(tasks));

    let mut all_well = true;
    for task in &tasks {
        if let Some(Ok(response)) = task.result().as_deref() {
            println!("Task Result: {response:?}");
            all_well &= response.is_ok();
        }
    }
    exit_code(all_well)
}

const USAGE: &str = "\
usage: many_tasks [HOST[:PORT]]

Fetches the front page of the host five times at once.
Without a host, asks a site that is embedded in this program.";
