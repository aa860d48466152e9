//! Shows five tasks that fetch a page at the same time, and their results.

use std::process::ExitCode;

use get::{Page, Response, arguments::Arguments, get};
use glassloop::{ensure_future, get_event_loop, wait};

#[path = "site/get.rs"]
mod get;

const USAGE: &str = "\
usage: many_tasks [HOST[:PORT]]

Fetches the front page of the host five times at once.
Without a host, asks a site that is embedded in this program.";

async fn request(page: Page) -> Response {
    get(&page).await
}

fn main() -> ExitCode {
    let told = Arguments::read(USAGE, &[]).and_then(|mut told| Page::of_arguments(&mut told));
    let page = match told {
        Ok(page) => page,
        Err(code) => return code,
    };
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
    if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
