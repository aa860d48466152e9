//! Asks for a slow page more and more often at once, up to 500 times, and draws how long that takes: always about
//! as long as one page.
//!
//! Each connection needs a descriptor, and of these a program may have but so many (`ulimit -n`). So the session
//! opens no more connections than there are descriptors for. What is more waits in line, and nothing fails:
//!
//! ```text
//! sh -c 'ulimit -n 256; cargo crawl concurrency'
//! ```

use std::{
    fs,
    process::ExitCode,
    time::{Duration, Instant},
};

use common::{Arguments, all_well, eprintln, exit_code, println};
use glassloop::{
    create_task,
    http::{Error, Session},
    run, wait,
};

mod common;

const NUMBERS: [usize; 11] = [1, 3, 5, 10, 15, 30, 50, 75, 100, 200, 500];

async fn get(session: &Session, url: &str) -> Result<String, Error> {
    session.get(url).await?.error_for_status()?.text().await
}

/// Returns whether the page came.
async fn request(session: Session, url: String) -> bool {
    get(&session, &url).await.inspect_err(|error| eprintln!("{error}")).is_ok()
}

/// Asks so often at once. Returns how long it took, and whether the page came each time.
async fn test(session: &Session, url: &str, number: usize) -> (Duration, bool) {
    let start = Instant::now();
    let task = |_| create_task(request(session.clone(), url.to_string()));
    let (tasks, _pending) = wait((0..number).map(task)).await;
    let cost = start.elapsed();
    println!("Number: {number} Cost time: {}", cost.as_secs_f64());
    (cost, all_well(&tasks))
}

fn main() -> ExitCode {
    let url = Arguments::read(USAGE).slow_url();
    let connections = affordable_connections();
    let results = run(async {
        let session = Session::builder().connections(connections).build();
        let mut results = Vec::new();
        for number in NUMBERS {
            results.push(test(&session, &url, number).await);
        }
        results
    });
    let (costs, well): (Vec<_>, Vec<_>) = results.into_iter().unzip();
    println!("\n{}", curve(&costs));
    exit_code(well.into_iter().all(|well| well))
}

/// A program may have so many descriptors on macOS by default; elsewhere more.
const FEWEST_DESCRIPTORS: usize = 256;

/// Those that are no connections: the terminal's, the loops'.
const OTHER_DESCRIPTORS: usize = 20;

/// How many connections there may be at once. For each the embedded site, in the same program, has the other end.
fn affordable_connections() -> usize {
    let descriptors = most_descriptors().unwrap_or(FEWEST_DESCRIPTORS);
    let connections = descriptors.saturating_sub(OTHER_DESCRIPTORS) / 2;
    let most = NUMBERS[NUMBERS.len() - 1];
    if connections < most {
        eprintln!(
            "{descriptors} descriptors (ulimit -n) are enough for {connections} connections at once: \
             more requests wait in line"
        );
    }
    connections.clamp(1, most)
}

/// Linux tells it in a file: `Max open files  1024  524288  files`.
fn most_descriptors() -> Option<usize> {
    if !cfg!(target_os = "linux") {
        return None; // a `/proc` there is somebody else's
    }
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

const USAGE: &str = "\
usage: concurrency [URL] [--delay SECONDS]

Fetches a page 1, 3, 5, 10, 15, 30, 50, 75, 100, 200 and 500 times at once, and shows how long it took.
Without a URL, asks a site that is embedded in this program.
  --delay SECONDS  how long the page of the embedded site takes (1)";
