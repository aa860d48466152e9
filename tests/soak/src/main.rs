//! Soaking: a loop among peers and systems that misbehave, for as long as one likes. Nothing may be lost, leak or spin.

mod census;
mod child;
mod clients;
mod crawler;
mod descriptors;
mod files;
#[path = "../../fuzz/src/guard.rs"]
mod guard;
mod hub;
#[path = "../../fuzz/src/random.rs"]
#[allow(dead_code, reason = "the fuzzers use more of it")]
mod random;
mod scenario;
mod server;
mod servers;
mod signals;
#[path = "../../../examples/site/server.rs"]
#[allow(dead_code, reason = "the examples use more of it")]
mod site;
mod stopped;
mod threads;

use std::{process::ExitCode, time::Duration};

use child::Ending;
use scenario::{Scenario, soak};

const USAGE: &str = "\
usage: cargo run -p soak --release -- [OPTION]...
  --seconds N    how long all scenarios take together, about; 20 unless told otherwise
  --target NAME  one scenario alone, for all of the time: server, crawler, descriptors, full-disk, file-size,
                 stopped, signals, few-threads or no-threads";

/// A scenario, which has a process of its own.
struct Entry {
    name: &'static str,
    /// What a shell does before it.
    limits: &'static str,
    /// How much of the time it has, beside the others.
    weight: u32,
    run: fn(&str, Duration) -> bool,
}

const fn entry<S: Scenario>(name: &'static str, limits: &'static str) -> Entry {
    Entry { name, limits, weight: 1, run: soak::<S> }
}

/// A thread's stack takes so much of the address space that there is room for four of them, or for none.
const FEW_THREADS: &str = "ulimit -v 400000; export RUST_MIN_STACK=67108864";
const NO_THREADS: &str = "ulimit -v 400000; export RUST_MIN_STACK=1073741824";

/// What tells of a file that is too large is a signal, which would end the process.
const SMALL_FILES: &str = "trap '' XFSZ; ulimit -f 64";

const SCENARIOS: [Entry; 9] = [
    entry::<server::Server>("server", ""),
    entry::<crawler::Crawler>("crawler", ""),
    // A server that is short of descriptors looks again after a second, several times in a round.
    Entry { weight: 2, ..entry::<descriptors::Descriptors>("descriptors", "") },
    entry::<files::Files>("full-disk", files::SMALL_DISK),
    entry::<files::Files>("file-size", SMALL_FILES),
    entry::<stopped::Stopped>("stopped", ""),
    entry::<signals::Signals>("signals", ""),
    entry::<threads::FewThreads>("few-threads", FEW_THREADS),
    entry::<threads::NoThreads>("no-threads", NO_THREADS),
];

struct Options {
    time: Duration,
    target: Option<String>,
    /// Said by this program to itself: run the target in this very process.
    here: bool,
}

fn options() -> Result<Options, lexopt::Error> {
    use lexopt::prelude::*;
    let mut options = Options { time: Duration::from_secs(20), target: None, here: false };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("seconds") => {
                options.time = Duration::try_from_secs_f64(parser.value()?.parse()?)
                    .map_err(|error| error.to_string())?;
            }
            Long("target") => options.target = Some(parser.value()?.string()?),
            Long("here") => options.here = true,
            other => return Err(other.unexpected()),
        }
    }
    let is_known = |name: &str| name == hub::NAME || SCENARIOS.iter().any(|it| it.name == name);
    match options.target.as_deref().filter(|name| !is_known(name)) {
        Some(name) => Err(format!("there is no scenario {name:?}").into()),
        None => Ok(options),
    }
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("soak: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let is_wanted = |entry: &&Entry| options.target.as_deref().is_none_or(|it| it == entry.name);
    let wanted: Vec<_> = SCENARIOS.iter().filter(is_wanted).collect();
    let is_well = match (options.here, &wanted[..]) {
        (true, [entry]) => (entry.run)(entry.name, options.time),
        (true, _) => hub::serve(),
        (false, _) => {
            let share = options.time / wanted.iter().map(|entry| entry.weight).sum::<u32>().max(1);
            // Each is run, also behind one that has failed.
            let run = |entry: &&Entry| tell(entry, child::run(entry, share * entry.weight));
            wanted.iter().map(run).fold(true, |well, is_well| well & is_well)
        }
    };
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Tells how a process ended, if it could not do so itself.
fn tell(entry: &Entry, ending: Ending) -> bool {
    let name = entry.name;
    match ending {
        Ending::Well => true,
        Ending::LeftOut(why) => {
            println!("{name}: left out: {why}");
            true
        }
        Ending::Wrong(how) => {
            println!("{name}: {how}\nagain: cargo run -p soak --release -- --target {name}");
            false
        }
    }
}
