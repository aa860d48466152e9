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

use common::{Arguments, Page, exit_code, get_blocking, println, utc};

mod common;

fn main() -> ExitCode {
    let pages = pages(Arguments::read(USAGE));
    let start = Instant::now();
    let mut all_well = true;
    for page in &pages {
        log("INFO", &format!("scraping {page}"));
        let response = get_blocking(page); // nothing else happens until it returns
        if !response.is_ok() {
            log("ERROR", &format!("{page} {response:?}"));
            all_well = false;
        }
    }
    log("INFO", &format!("total time {} seconds", start.elapsed().as_secs_f64()));
    exit_code(all_well)
}

/// Prints a line as Python's `logging` does.
fn log(level: &str, message: &str) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    println!("{} - {level}: {message}", utc::written(now));
}

fn pages(mut arguments: Arguments) -> Vec<Page> {
    let count = arguments.number("--pages", 1..=100).unwrap_or(10);
    let url = match arguments.last_word("URL") {
        Some(url) => {
            arguments.embedded_site_is_not_asked();
            url
        }
        None => format!("http://{}/detail/{{id}}", arguments.embedded_site("URL")),
    };
    let page = |id: u32| Page::of_url(&url.replace("{id}", &id.to_string()));
    let pages: Result<_, _> = (1..=count).map(page).collect();
    pages.unwrap_or_else(|problem: String| arguments.wrong(&problem))
}

const USAGE: &str = "\
usage: scrape_blocking [URL] [--pages N] [--delay SECONDS]

Fetches pages one after the other; {id} in the URL stands for the number of the page.
Without a URL, asks a site that is embedded in this program: http://HOST/detail/{id}.
  --pages N        how many pages (10)
  --delay SECONDS  how long a page of the embedded site takes (1)";
