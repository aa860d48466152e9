//! Fetches a slow page ten times at once, with a client that waits as futures wait: what `scrape_blocking` should
//! have done.
//!
//! ```text
//! cargo run --example scrape -- --delay 5
//! ```
//!
//! First all ten lines `Waiting` are printed, then all ten `Get response`: ten requests take as long as one.

use std::{process::ExitCode, time::Instant};

use arguments::{complain, slow_page};
use glassloop::{
    create_task,
    http::{Error, Response, Session},
    run, wait,
};

#[path = "site/arguments.rs"]
mod arguments;

const USAGE: &str = "\
usage: scrape [URL] [--delay SECONDS]

Fetches a page ten times at once.
Without a URL, asks a site that is embedded in this program.
  --delay SECONDS  how long the page of the embedded site takes (1)";

async fn get(session: &Session, url: &str) -> Result<Response, Error> {
    let mut response = session.get(url).await?; // the head is here
    response.text().await?; // and now the body
    Ok(response)
}

/// Returns whether the page came.
async fn request(session: Session, url: String) -> bool {
    println!("Waiting for {url}");
    match get(&session, &url).await {
        Ok(response) => {
            println!("Get response from {url} response {response:?}");
            println!("{:?}", response.headers());
            response.status().is_success()
        }
        Err(error) => {
            complain(&error.to_string());
            false
        }
    }
}

/// Returns whether the page came each time.
async fn scrape(url: &str) -> bool {
    // One session for all: its requests share the connections.
    let session = Session::new();
    let tasks = [(); 10].map(|()| create_task(request(session.clone(), url.to_string())));
    let (tasks, _pending) = wait(tasks).await;
    tasks.iter().all(|task| matches!(task.result().as_deref(), Some(Ok(true))))
}

fn main() -> ExitCode {
    let url = match slow_page(USAGE) {
        Ok(url) => url,
        Err(code) => return code,
    };
    let start = Instant::now();
    let all_well = run(scrape(&url));
    println!("Cost time: {}", start.elapsed().as_secs_f64());
    if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
