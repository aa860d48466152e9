//! Fuzzing that stays: inputs from a generator, for as long as one likes. One that fails is made small, and told with
//! the seed that repeats it.

mod guard;
mod port;
mod random;
mod reads;
mod replies;
mod schedule;
mod target;
mod urls;

use std::{panic, process::ExitCode, time::Duration};

use guard::Guard;
use target::Plan;

const USAGE: &str = "\
usage: cargo run -p fuzz --release -- [OPTION]...
  --seconds N    how long each target is tried; 20 unless told otherwise
  --seeds N      how many seeds at the most; 0: the corpus alone
  --from N       the first seed; 1 unless told otherwise
  --seed N       this seed alone, without the corpus
  --target NAME  schedule, reads, replies or urls; all of them unless told otherwise";

struct Options {
    plan: Plan,
    target: Option<String>,
}

fn options() -> Result<Options, lexopt::Error> {
    use lexopt::prelude::*;
    let time = Duration::from_secs(20);
    let plan = Plan { first: 1, seeds: u64::MAX, time, with_corpus: true };
    let mut options = Options { plan, target: None };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        let plan = &mut options.plan;
        match argument {
            Long("seconds") => plan.time = Duration::from_secs(parser.value()?.parse()?),
            Long("seeds") => plan.seeds = parser.value()?.parse()?,
            Long("from") => plan.first = parser.value()?.parse()?,
            Long("seed") => {
                (plan.first, plan.seeds) = (parser.value()?.parse()?, 1);
                plan.with_corpus = false;
            }
            Long("target") => {
                let name = parser.value()?.string()?;
                if !["schedule", "reads", "replies", "urls"].contains(&&*name) {
                    return Err(format!("there is no target {name:?}").into());
                }
                options.target = Some(name);
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    let Options { plan, target } = match options() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("fuzz: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    // A panic is a finding, and told as one. Of the hundreds while it is made smaller nobody wants to hear.
    panic::set_hook(Box::new(|_| ()));
    let guard = Guard::start();
    let is_wanted = |name: &str| target.as_deref().is_none_or(|wanted| wanted == name);
    let mut is_well = true;
    if is_wanted("schedule") {
        is_well &= target::run::<schedule::Schedule>(&plan, &guard);
    }
    if is_wanted("reads") {
        is_well &= target::run::<reads::Reads>(&plan, &guard);
    }
    if is_wanted("replies") {
        is_well &= target::run::<replies::Replies>(&plan, &guard);
    }
    if is_wanted("urls") {
        is_well &= target::run::<urls::Urls>(&plan, &guard);
    }
    match is_well {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
