//! Growth: what an operation costs beside a thousand others, and beside a million.
//!
//! Each curve is a workload whose size is not how often something is done, but how many others there are meanwhile.

mod plot;
mod sleeps;
mod sockets;
mod tasks;

use std::{fs, path::Path, process};

use crate::{
    Result, in_a_process_of_its_own,
    workloads::{Contender, Workload},
};

/// In the order of the picture.
pub fn all() -> &'static [&'static Workload] {
    &[&sleeps::DROPPED, &sleeps::FIRED, &tasks::WAKES, &tasks::SPAWNS, &sockets::WORKLOAD]
}

/// What one runtime takes: how many others there are, and nanoseconds. What has failed is not there.
struct Line {
    runtime: &'static str,
    points: Vec<(u64, f64)>,
}

/// Measures all curves, prints them, and draws them if wanted.
pub fn measure(runs: usize, quick: bool, picture: Option<&Path>) -> Result<()> {
    let mut panels = Vec::new();
    for workload in all() {
        let most = if quick { workload.quick } else { workload.size };
        let sizes = [1_000, 100, 10, 1].map(|part| most / part);
        let mut lines: Vec<Line> = Vec::new();
        println!("\n{}: ns each, beside {sizes:?} others", workload.title);
        for contender in workload.contenders {
            let medians = sizes.map(|size| Some((size, median(workload, contender, runs, size)?)));
            let points: Vec<(u64, f64)> = medians.into_iter().flatten().collect();
            let figures: Vec<String> = points.iter().map(|(_, ns)| format!("{ns:>9.0}")).collect();
            println!("  {:<12} {}", contender.name, figures.join(" "));
            lines.push(Line { runtime: contender.name, points });
        }
        panels.push((workload.title, lines));
    }
    match picture {
        Some(file) => Ok(fs::write(file, plot::svg(&panels))?),
        None => Ok(()),
    }
}

fn median(workload: &Workload, contender: &Contender, runs: usize, size: u64) -> Option<f64> {
    let run = |_| match in_a_process_of_its_own(workload, contender, size) {
        Ok(figures) => figures.first().copied(),
        Err(why) => {
            println!("  {:<12} failed beside {size}: {why}", contender.name);
            None
        }
    };
    let mut figures: Vec<f64> = (0..runs).filter_map(run).collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}

/// A number below `bound` for each `n`, scattered like random ones, and the same each time.
fn scattered(n: u64, bound: u64) -> u64 {
    const GOLDEN_RATIO: u64 = 0x9E37_79B9_7F4A_7C15;
    (n.wrapping_mul(GOLDEN_RATIO) >> 32) % bound
}

/// Says what a run has measured, and ends it: to drop a million of anything is not what is measured.
fn measured(figures: &[f64]) -> ! {
    println!("{figures:?}");
    process::exit(0)
}
