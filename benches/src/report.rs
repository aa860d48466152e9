//! Medians, extremes and ratios, as a table and as JSON.

use std::{env, fs};

use serde_json::{Value, json};

use crate::workloads::{Better, Contender, Metric, Role, Workload};

/// All runs of a workload.
pub struct Results {
    workload: &'static Workload,
    rows: Vec<Row>,
}

/// All runs of a workload on one runtime.
struct Row {
    name: &'static str,
    role: Role,
    runs: Vec<Vec<f64>>,
    failure: Option<String>,
}

/// What the runs come to, in one metric.
struct Summary {
    median: f64,
    least: f64,
    most: f64,
}

impl Row {
    fn summary(&self, metric: usize) -> Option<Summary> {
        let mut figures: Vec<f64> = self.runs.iter().map(|run| run[metric]).collect();
        figures.sort_by(f64::total_cmp);
        Some(Summary {
            median: *figures.get(figures.len() / 2)?,
            least: *figures.first()?,
            most: *figures.last()?,
        })
    }
}

impl Results {
    pub fn new(workload: &'static Workload, contenders: &[&Contender]) -> Results {
        let row = |contender: &&Contender| Row {
            name: contender.name,
            role: contender.role,
            runs: Vec::new(),
            failure: None,
        };
        Results { workload, rows: contenders.iter().map(row).collect() }
    }

    pub fn add(&mut self, row: usize, run: Result<Vec<f64>, String>) {
        match run {
            Ok(figures) => self.rows[row].runs.push(figures),
            Err(failure) => self.rows[row].failure = Some(failure),
        }
    }

    /// The best median of a peer: what the others are compared with.
    fn best_peer(&self, metric: usize) -> Option<f64> {
        let peers = self.rows.iter().filter(|row| row.role == Role::Peer);
        let medians = peers.filter_map(|row| Some(row.summary(metric)?.median));
        match self.workload.metrics[metric].better {
            Better::Less => medians.min_by(f64::total_cmp),
            Better::More => medians.max_by(f64::total_cmp),
        }
    }

    pub fn print(&self) {
        for (at, metric) in self.workload.metrics.iter().enumerate() {
            let Metric { unit, better, .. } = metric;
            println!("\n{}: {unit}, {better:?} is better", self.workload.title);
            let best = self.best_peer(at);
            for row in &self.rows {
                let failure = row.failure.as_deref().map(|why| format!("failed: {why}"));
                let Some(Summary { median, least, most }) = row.summary(at) else {
                    println!("  {:<22} {}", row.name, failure.unwrap_or_default());
                    continue;
                };
                let range = format!("{}..{}", short(least), short(most));
                let ratio = best.map_or(String::new(), |best| format!("{:.2}", median / best));
                let failure = failure.unwrap_or_default();
                println!(
                    "  {:<22} {:>9} {range:>18} {ratio:>7} {failure}",
                    row.name,
                    short(median)
                );
            }
        }
    }

    fn to_json(&self) -> Value {
        let metric = |(at, metric): (usize, &Metric)| {
            let best = self.best_peer(at);
            let row = |row: &Row| {
                let summary = row.summary(at);
                json!({
                    "runtime": row.name,
                    "role": format!("{:?}", row.role).to_lowercase(),
                    "median": summary.as_ref().map(|it| it.median),
                    "min": summary.as_ref().map(|it| it.least),
                    "max": summary.as_ref().map(|it| it.most),
                    "ratio_to_best_peer": summary.and_then(|it| Some(it.median / best?)),
                    "runs": row.runs.iter().map(|run| run[at]).collect::<Vec<_>>(),
                    "failure": row.failure,
                })
            };
            json!({
                "unit": metric.unit,
                "better": format!("{:?}", metric.better).to_lowercase(),
                "runtimes": self.rows.iter().map(row).collect::<Vec<_>>(),
            })
        };
        json!({
            "workload": self.workload.name,
            "title": self.workload.title,
            "metrics": self.workload.metrics.iter().enumerate().map(metric).collect::<Vec<_>>(),
        })
    }
}

/// Everything, with what it was measured on.
pub fn json(all: &[Results], runs: usize, quick: bool) -> Value {
    json!({
        "runs": runs,
        "quick": quick,
        "profile": profile(),
        "machine": machine(),
        "workloads": all.iter().map(Results::to_json).collect::<Vec<_>>(),
    })
}

/// How this was built: cargo gives each profile a folder with its name.
fn profile() -> Option<String> {
    Some(env::current_exe().ok()?.parent()?.file_name()?.to_string_lossy().into_owned())
}

fn machine() -> Value {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        processor.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    json!({ "processor": model, "processors": processors, "kernel": kernel.trim() })
}

/// Three digits that mean something.
pub fn short(figure: f64) -> String {
    let decimals = match figure {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    format!("{figure:.decimals$}")
}
