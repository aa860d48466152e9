//! Asks for a slow page more and more often at once, up to 500 times, and draws how long that takes: always about
//! as long as one page.
//!
//! Each connection needs a descriptor, and of these a program may have but so many (`ulimit -n`). So the session
//! opens no more connections than there are descriptors for. What is more waits in line, and nothing fails:
//!
//! ```text
//! sh -c 'ulimit -n 256; cargo run --example concurrency'
//! ```

use std::{
    fs,
    process::ExitCode,
    time::{Duration, Instant},
};

use arguments::{complain, slow_page};
use glassloop::{create_task, http::Session, run, wait};

#[path = "site/arguments.rs"]
mod arguments;

const USAGE: &str = "\
usage: concurrency [URL] [--delay SECONDS]

Fetches a page 1, 3, 5, 10, 15, 30, 50, 75, 100, 200 and 500 times at once, and shows how long it took.
Without a URL, asks a site that is embedded in this program.
  --delay SECONDS  how long the page of the embedded site takes (1)";

const NUMBERS: [usize; 11] = [1, 3, 5, 10, 15, 30, 50, 75, 100, 200, 500];
const MOST: usize = NUMBERS[NUMBERS.len() - 1];

/// So many descriptors a program may have on macOS, unless it is told otherwise; elsewhere more.
const FEWEST_DESCRIPTORS: usize = 256;

/// Those that are no connections: the terminal's, the loops'.
const OTHER_DESCRIPTORS: usize = 20;

/// Returns whether the page came.
async fn request(session: Session, url: String) -> bool {
    let fetch = async {
        let mut response = session.get(&url).await?.error_for_status()?;
        response.text().await
    };
    fetch.await.inspect_err(|error| complain(&error.to_string())).is_ok()
}

/// Asks so often at once. Returns how long it took, and whether the page came each time.
async fn test(session: &Session, url: &str, number: usize) -> (Duration, bool) {
    let start = Instant::now();
    let task = |_| create_task(request(session.clone(), url.to_string()));
    let (tasks, _pending) = wait((0..number).map(task)).await;
    let cost = start.elapsed();
    println!("Number: {number} Cost time: {}", cost.as_secs_f64());
    let came = |task: &glassloop::Task<bool>| matches!(task.result().as_deref(), Some(Ok(true)));
    (cost, tasks.iter().all(came))
}

/// Asks ever more often. Returns whether the page came each time.
async fn test_all(url: &str, connections: usize) -> bool {
    let session = Session::builder().connections(connections).build();
    let mut costs = Vec::new();
    let mut all_well = true;
    for number in NUMBERS {
        let (cost, is_well) = test(&session, url, number).await;
        costs.push(cost);
        all_well &= is_well;
    }
    println!("\n{}", curve(&costs));
    all_well
}

/// How many connections there may be at once. For each the embedded site, in the same program, has the other end.
fn affordable_connections() -> usize {
    let descriptors = most_descriptors().unwrap_or(FEWEST_DESCRIPTORS);
    let connections = descriptors.saturating_sub(OTHER_DESCRIPTORS) / 2;
    if connections < MOST {
        complain(&format!(
            "{descriptors} descriptors (ulimit -n) are enough for {connections} connections at once: \
             more requests wait in line"
        ));
    }
    connections.clamp(1, MOST)
}

/// Linux tells it in a file: `Max open files  1024  524288  files`.
fn most_descriptors() -> Option<usize> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Draws the curve: the numbers from left to right, and upwards the seconds.
fn curve(costs: &[Duration]) -> String {
    const HEIGHT: u32 = 8;
    let longest = costs.iter().map(Duration::as_secs_f64).fold(f64::MIN_POSITIVE, f64::max);
    let height = |cost: &Duration| (cost.as_secs_f64() / longest * f64::from(HEIGHT)).round();
    let mut lines = vec!["seconds".to_string()];
    for row in (0..=HEIGHT).rev().map(f64::from) {
        let points = costs.iter().map(|cost| if height(cost) == row { "    *" } else { "     " });
        let seconds = longest * row / f64::from(HEIGHT);
        lines.push(format!("{seconds:7.2} |{}", points.collect::<String>()).trim_end().to_string());
    }
    lines.push(format!("        +{}", "-----".repeat(costs.len())));
    let numbers = NUMBERS.iter().map(|number| format!("{number:5}"));
    lines.push(format!("         {}  at once", numbers.collect::<String>()));
    lines.join("\n")
}

fn main() -> ExitCode {
    let url = match slow_page(USAGE) {
        Ok(url) => url,
        Err(code) => return code,
    };
    let all_well = run(test_all(&url, affordable_connections()));
    if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
