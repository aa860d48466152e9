//! Each workload on each runtime, in a process of its own, again and again; and a table of what that cost.
//!
//! ```text
//! cargo run --release [-- [--quick] [--json] [--runs N] [WORKLOAD[/RUNTIME]]…]
//! cargo run --release -- --list
//! cargo run --release -- --growth [--svg FILE] [--quick] [--runs N]
//! cargo run --release -- --page FILE…           # the table of the page, from what `--json` has printed
//! cargo run --profile lto …                     # the same, with everything inlined into everything
//! ```
//!
//! The runs are interleaved: once through all runtimes of a workload, then again, so that a slow moment of the
//! machine falls on all of them alike. What counts are the ratios within one run.

mod growth;
mod load;
mod measure;
mod page;
mod peers;
mod report;
mod servers;
mod workloads;

use std::{env, error, path::PathBuf, process::Command};

use lexopt::{Arg, Parser, ValueExt};

use crate::{
    report::Results,
    workloads::{Contender, Workload},
};

/// What a child says, and what can go wrong.
pub type Result<T> = std::result::Result<T, Box<dyn error::Error>>;

/// What the command line asks for.
#[derive(Default)]
struct Wishes {
    runs: usize,
    quick: bool,
    json: bool,
    growth: bool,
    svg: Option<PathBuf>,
    only: Vec<String>,
}

impl Wishes {
    fn wants(&self, workload: &Workload, contender: &Contender) -> bool {
        let full = format!("{}/{}", workload.name, contender.name);
        self.only.is_empty() || self.only.iter().any(|name| name == workload.name || *name == full)
    }
}

fn main() -> Result<()> {
    let mut arguments = Parser::from_env();
    let mut wishes = Wishes::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("child") => return child(arguments),
            Arg::Long("load") => {
                let (address, trips) = (arguments.value()?, arguments.value()?);
                return load::run(address.parse()?, trips.parse()?);
            }
            Arg::Long("serve-late") => return servers::serve_late(arguments.value()?.parse()?),
            Arg::Long("list") => return list(),
            Arg::Long("quick") => wishes.quick = true,
            Arg::Long("json") => wishes.json = true,
            Arg::Long("growth") => wishes.growth = true,
            Arg::Long("svg") => wishes.svg = Some(arguments.value()?.into()),
            Arg::Long("page") => return page::print(&arguments.values()?.collect::<Vec<_>>()),
            Arg::Long("runs") => wishes.runs = arguments.value()?.parse()?,
            Arg::Value(name) => wishes.only.push(known(name.string()?)?),
            other => return Err(other.unexpected().into()),
        }
    }
    if wishes.runs == 0 {
        wishes.runs = if wishes.quick { 1 } else { 5 };
    }
    match wishes.growth {
        true => growth::measure(wishes.runs, wishes.quick, wishes.svg.as_deref()),
        false => compare(&wishes),
    }
}

/// A name that is on the list.
fn known(name: String) -> Result<String> {
    let names = workloads::all().iter().flat_map(|workload| {
        let of_runtimes =
            workload.contenders.iter().map(|it| format!("{}/{}", workload.name, it.name));
        of_runtimes.chain([workload.name.to_owned()]).collect::<Vec<_>>()
    });
    match names.into_iter().any(|known| known == name) {
        true => Ok(name),
        false => Err(format!("no workload {name:?}; --list names them").into()),
    }
}

fn list() -> Result<()> {
    for workload in workloads::all() {
        let names: Vec<&str> = workload.contenders.iter().map(|contender| contender.name).collect();
        println!("{:<16} {}\n{:<16} on {}", workload.name, workload.title, "", names.join(", "));
    }
    Ok(())
}

fn compare(wishes: &Wishes) -> Result<()> {
    let mut all = Vec::new();
    for workload in workloads::all() {
        let wanted = |contender: &&Contender| wishes.wants(workload, contender);
        let contenders: Vec<&Contender> = workload.contenders.iter().filter(wanted).collect();
        if contenders.is_empty() {
            continue;
        }
        let mut results = Results::new(workload, &contenders);
        let size = if wishes.quick { workload.quick } else { workload.size };
        let most = workload.most_runs.unwrap_or(wishes.runs);
        for _ in 0..wishes.runs.min(most) {
            for (at, contender) in contenders.iter().enumerate() {
                results.add(at, in_a_process_of_its_own(workload, contender, size));
            }
        }
        if !wishes.json {
            results.print();
        }
        all.push(results);
    }
    if wishes.json {
        println!("{}", report::json(&all, wishes.runs, wishes.quick));
    }
    Ok(())
}

/// What a run has measured; or in words why it could not.
fn in_a_process_of_its_own(
    workload: &Workload,
    contender: &Contender,
    size: u64,
) -> std::result::Result<Vec<f64>, String> {
    let run = || -> Result<Vec<f64>> {
        let output = Command::new(env::current_exe()?)
            .args(["--child", workload.name, contender.name, &size.to_string()])
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        match said.lines().last().map(serde_json::from_str) {
            Some(Ok(figures)) if output.status.success() => Ok(figures),
            _ => {
                let errors = String::from_utf8_lossy(&output.stderr);
                Err(errors.lines().last().unwrap_or("it ended without a word").into())
            }
        }
    };
    run().map_err(|error| error.to_string())
}

/// One run of one workload. Prints what it has measured.
fn child(mut arguments: Parser) -> Result<()> {
    let [workload, contender] = [arguments.value()?.string()?, arguments.value()?.string()?];
    let size = arguments.value()?.parse()?;
    let mut known = workloads::all().iter().chain(growth::all());
    let workload = known.find(|it| it.name == workload);
    let contender = workload.and_then(|it| it.contenders.iter().find(|it| it.name == contender));
    let figures = (contender.ok_or("no such workload")?.run)(size)?;
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}
