//! The table of `docs/benchmarks.md`, from what `--json` has printed for each way of building.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{Result, report::short};

/// Prints each workload in each of these builds, the builds under one another.
pub fn print(files: &[impl AsRef<Path>]) -> Result<()> {
    let read = |file| -> Result<Value> { Ok(serde_json::from_slice(&fs::read(file)?)?) };
    let builds: Vec<Value> = files.iter().map(read).collect::<Result<_>>()?;
    println!("| workload | build | glassloop | peers | floor | of the best peer | of tokio |");
    println!("|---|---|---|---|---|---|---|");
    for (at, workload) in list(&builds[0]["workloads"]).iter().enumerate() {
        for (metric, what) in list(&workload["metrics"]).iter().enumerate() {
            let mut head = format!("{}, {}", text(&workload["title"]), text(&what["unit"]));
            for build in &builds {
                let runtimes = &build["workloads"][at]["metrics"][metric]["runtimes"];
                println!("| {head} | {} | {} |", text(&build["profile"]), row(list(runtimes)));
                head.clear();
            }
        }
    }
    Ok(())
}

/// A row behind its head: ours, the peers, the floor, and how ours compare with the best peer and with tokio.
fn row(runtimes: &[Value]) -> String {
    let of = |role: &str| -> Vec<&Value> {
        runtimes.iter().filter(|it| it["role"] == role && it["median"].is_number()).collect()
    };
    let joined = |parts: Vec<String>, by: &str| parts.join(by);
    let (ours, peers, floor) = (of("ours"), of("peer"), of("floor"));
    let ratios = |base: Option<f64>| {
        let ratio = |it: &&Value| base.map(|base| format!("{:.2}", number(&it["median"]) / base));
        joined(ours.iter().filter_map(ratio).collect(), ", ")
    };
    let best = ours.first().map(|it| number(&it["median"]) / number(&it["ratio_to_best_peer"]));
    let tokio = peers.iter().find(|it| text(&it["runtime"]).starts_with("tokio"));
    let figure = |it: &&Value| format!("{} {}", text(&it["runtime"]), short(number(&it["median"])));
    [
        joined(ours.iter().map(|it| spread(it)).collect(), "; "),
        joined(peers.iter().map(figure).collect(), ", "),
        joined(floor.iter().map(|it| short(number(&it["median"]))).collect(), ", "),
        ratios(best),
        ratios(tokio.map(|it| number(&it["median"]))),
    ]
    .join(" | ")
}

/// A median, and between what it lies.
fn spread(runtime: &Value) -> String {
    let [median, least, most] = ["median", "min", "max"].map(|it| short(number(&runtime[it])));
    let name = text(&runtime["runtime"]).trim_start_matches("glassloop").trim_start();
    format!("{name} **{median}** ({least}–{most})").trim_start().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}
