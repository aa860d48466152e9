//! Shows the classic mistakes, each followed by its fix, with the time that each took.
//!
//! ```text
//! cargo run --example mistakes -- --delay 5
//! ```
//!
//! Where the lines `Waiting` and `Get response` alternate, one page is fetched after the other.

use std::time::Instant;

use common::{Arguments, Page, Response, get, get_blocking, give_up, println};
use glassloop::{EventLoop, TaskError, create_task, to_thread, wait};

mod common;

const PAGES: usize = 3;

/// The mistake: `get_blocking` holds the thread, so the loop stands still. No other task can begin.
async fn request_blocking(page: Page) {
    println!("Waiting for {page}");
    let response = get_blocking(&page);
    println!("Get response from {page} response {response:?}");
}

/// The fix for a call that can only block: another thread makes it.
async fn request_on_a_thread(page: Page) {
    println!("Waiting for {page}");
    let asked = page.clone();
    let response = to_thread(move || get_blocking(&asked)).await;
    println!("Get response from {page} response {response:?}");
}

/// The mistake: `async` makes a future from the call, and the call blocks when the future is polled.
async fn get_wrapped(page: &Page) -> Response {
    get_blocking(page)
}

/// An `.await` does not suspend by itself. Only what it waits for can, and this never does.
async fn request_wrapped(page: Page) {
    println!("Waiting for {page}");
    let response = get_wrapped(&page).await;
    println!("Get response from {page} response {response:?}");
}

/// The fix: everything is a future, down to the socket, and gives the
/// thread back while it waits.
async fn request(page: Page) {
    println!("Waiting for {page}");
    let response = get(&page).await;
    println!("Get response from {page} response {response:?}");
}

/// Runs three of these as tasks: first all are made, then all are waited for.
async fn all_at_once<F: Future<Output = ()> + 'static>(page: &Page, request: fn(Page) -> F) {
    wait([(); PAGES].map(|()| create_task(request(page.clone())))).await;
}

/// The mistake: nothing is wrong with the task, but the next one is made only after its end.
async fn each_awaited_at_once(page: &Page) -> Result<(), TaskError> {
    for _ in 0..PAGES {
        create_task(request(page.clone())).await?;
    }
    Ok(())
}

/// The fix: two loops. The tasks run from the first loop on, while the second one waits.
async fn made_first_awaited_then(page: &Page) -> Result<(), TaskError> {
    let mut tasks = Vec::new();
    for _ in 0..PAGES {
        tasks.push(create_task(request(page.clone())));
    }
    for task in tasks {
        task.await?;
    }
    Ok(())
}

/// Fails if the page is not there.
async fn request_or_fail(page: Page) -> Result<Response, String> {
    println!("Waiting for {page}");
    let response = get(&page).await;
    if !response.is_ok() {
        return Err(format!("{page} {response:?}"));
    }
    println!("Get response from {page} response {response:?}");
    Ok(response)
}

/// The second of these is not there.
fn pages(page: &Page) -> [Page; PAGES] {
    [page.clone(), page.sibling("/nowhere"), page.clone()]
}

/// The mistake: the tasks are waited for, and their results are not looked at. The failure is an
/// `Err` in one of them, and goes with it. In a debug build a lint says so on stderr.
async fn nobody_looks(page: &Page) {
    let tasks = pages(page).map(|page| create_task(request_or_fail(page)));
    wait(tasks).await;
}

/// The fix: each task is asked for its result.
async fn each_is_asked(page: &Page) {
    let tasks = pages(page).map(|page| create_task(request_or_fail(page)));
    let (tasks, _pending) = wait(tasks).await;
    for task in tasks {
        match task.await {
            Ok(Ok(_response)) => {}
            Ok(Err(failure)) => println!("Failed: {failure}"),
            Err(error) => println!("Failed: {error}"), // it panicked, or was cancelled
        }
    }
}

/// Runs a mistake or a fix on its own loop, and says how long it took.
fn timed<T>(title: &str, main: impl Future<Output = T>) -> T {
    let event_loop = EventLoop::builder().name(title).build().unwrap_or_else(give_up);
    println!("{title}");
    let start = Instant::now();
    let output = event_loop.run(main);
    println!("Cost time: {}\n", start.elapsed().as_secs_f64());
    output
}

fn all_of_them(page: &Page) -> Result<(), TaskError> {
    timed("Mistake 1: a blocking call in a coroutine", all_at_once(page, request_blocking));
    timed("Fix: the call is made on a thread", all_at_once(page, request_on_a_thread));
    timed("Mistake 2: a blocking call, wrapped in an async fn", all_at_once(page, request_wrapped));
    timed("Fix: a call that does not block", all_at_once(page, request));
    timed("Mistake 3: each new task is awaited where it is made", each_awaited_at_once(page))?;
    timed("Fix: first all are made, then all are awaited", made_first_awaited_then(page))?;
    timed("Mistake 4: nobody asks what came of the tasks", nobody_looks(page));
    timed("Fix: each task is asked", each_is_asked(page));
    Ok(())
}

fn main() {
    let mut arguments = Arguments::read(USAGE);
    let path = format!("/delay/{}", arguments.delay.as_secs_f64());
    let page = arguments.front_page().sibling(&path);
    all_of_them(&page).unwrap_or_else(give_up)
}

const USAGE: &str = "\
usage: mistakes [HOST[:PORT]] [--delay SECONDS]

Fetches slow pages of the host, three each time, in wrong ways and in right ones.
Without a host, asks a site that is embedded in this program; httpbin.org has the same pages.
  --delay SECONDS  how long a page takes (1)";
