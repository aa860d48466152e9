//! Fetches pages one after the other, with a client that blocks: the slow baseline. `scrape` is how to do better.
//!
//! ```text
//! cargo run --example scrape_blocking -- --pages 100 --delay 5
//! ```
//!
//! No loop runs here. While a page is on its way the thread does nothing at all.

use std::{
    process::ExitCode,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use get::{Page, arguments::Arguments, get_blocking};

#[path = "site/get.rs"]
mod get;
#[path = "site/utc.rs"]
mod utc;

const USAGE: &str = "\
usage: scrape_blocking [URL] [--pages N] [--delay SECONDS]

Fetches pages one after the other; {id} in the URL stands for the number of the page.
Without a URL, asks a site that is embedded in this program: http://HOST/detail/{id}.
  --pages N        how many pages (10)
  --delay SECONDS  how long a page of the embedded site takes (1)";

/// Prints a line as Python's `logging` does.
fn log(level: &str, message: &str) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    println!("{} - {level}: {message}", utc::written(now));
}

/// Fetches all pages. Returns whether all have come.
fn scrape(pages: &[Page]) -> bool {
    let mut all_well = true;
    for page in pages {
        log("INFO", &format!("scraping {page}"));
        let response = get_blocking(page); // nothing else happens until it returns
        if !response.is_ok() {
            log("ERROR", &format!("{page} {response:?}"));
            all_well = false;
        }
    }
    all_well
}

fn pages() -> Result<Vec<Page>, ExitCode> {
    let mut arguments = Arguments::read(USAGE, &["--pages N", "--delay SECONDS"])?;
    let count = arguments.number("--pages", 1..=100)?.unwrap_or(10);
    let url = arguments.url_or_site("/detail/{id}")?;
    let page = |id: u32| Page::of_url(&url.replace("{id}", &id.to_string()));
    (1..=count).map(page).collect::<Result<_, _>>().map_err(|problem| arguments.wrong(&problem))
}

fn main() -> ExitCode {
    let pages = match pages() {
        Ok(pages) => pages,
        Err(code) => return code,
    };
    let start = Instant::now();
    let all_well = scrape(&pages);
    log("INFO", &format!("total time {} seconds", start.elapsed().as_secs_f64()));
    if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
