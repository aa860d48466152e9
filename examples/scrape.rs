//! Fetches a slow page ten times at once, with a client that waits as futures wait: what `scrape_blocking` should
//! have done.
//!
//! ```text
//! cargo crawl scrape -- --delay 5
//! ```
//!
//! First all ten lines `Waiting` are printed, then all ten `Get response`: ten requests take as long as one.

use std::{process::ExitCode, time::Instant};

use common::{Arguments, all_well, eprintln, exit_code, println};
use glassloop::{
    create_task,
    http::{Error, Response, Session},
    run, wait,
};

mod common;

async fn get(session: &Session, url: &str) -> Result<Response, Error> {
    let mut response = session.get(url).await?; // the head is here
    response.text().await?; // and now the body
    Ok(response)
}

/// Returns whether the page came.
async fn request(session: Session, url: String) -> bool {
    println!("Waiting for {url}");
    let response = match get(&session, &url).await {
        Ok(response) => response,
        Err(error) => {
            eprintln!("{error}");
            return false;
        }
    };
    println!("Get response from {url} response {response:?}");
    println!("{:?}", response.headers());
    response.status().is_success()
}

fn main() -> ExitCode {
    let url = Arguments::read(USAGE).slow_url();
    let start = Instant::now();
    let well = run(async {
        let session = Session::new(); // one for all: its requests share the connections
        let tasks = [(); 10].map(|()| create_task(request(session.clone(), url.clone())));
        let (tasks, _pending) = wait(tasks).await;
        all_well(&tasks)
    });
    println!("Cost time: {}", start.elapsed().as_secs_f64());
    exit_code(well)
}

const USAGE: &str = "\
usage: scrape [URL] [--delay SECONDS]

Fetches a page ten times at once.
Without a URL, asks a site that is embedded in this program.
  --delay SECONDS  how long the page of the embedded site takes (1)";
