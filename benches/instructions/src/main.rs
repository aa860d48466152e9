//! How many instructions the basic loops take, once around; and whether that is more than it was.
//!
//! ```text
//! cargo run --release                    # compares with recorded/release.txt; an error if a loop takes more
//! cargo run --release -- --record        # writes recorded/release.txt anew
//! cargo run --release -- LOOP TIMES [off|record|glassloop]      # runs one loop, and says how long it took
//! cargo run --profile lto                # the same with lto = "fat", and recorded/lto.txt
//! ```
//!
//! A clock can't see a few per cent on a machine that has other work to do. Instructions can be counted, by
//! `valgrind --tool=callgrind`, and the count is the same each time. It is not the time: a load that misses the cache
//! counts as one, and what the kernel does in a system call not at all. But a change that slows the machine mostly
//! adds some.

mod loops;
mod table;

use std::{
    cell::Cell,
    env, error, io,
    process::{Command, ExitCode},
    rc::Rc,
    time::Instant,
};

use glassloop::{EventLoop, trace::Record};

use crate::{loops::LOOPS, table::Table};

type Result<T> = std::result::Result<T, Box<dyn error::Error>>;

fn main() -> ExitCode {
    match obey() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("instructions: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Does what the command line asks for.
fn obey() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [] => check(),
        ["--record"] => record(),
        [name, times] => run(name, times.parse()?, "off"),
        [name, times, watched] => run(name, times.parse()?, watched),
        _ => Err("usage: instructions [--record | LOOP TIMES [off|record|glassloop]]".into()),
    }
}

/// Counts, and compares with what is recorded.
fn check() -> Result<()> {
    let recorded = Table::recorded()?;
    let compiler = compiler()?;
    if recorded.compiler != compiler {
        println!(
            "Instructions are not compared: this is {compiler}, and those of {} are recorded.\n\
             Another compiler counts differently.",
            recorded.compiler
        );
        return Ok(());
    }
    let counted = Table { compiler, counts: count_all()? };
    Ok(recorded.compare(&counted)?)
}

fn record() -> Result<()> {
    let counted = Table { compiler: compiler()?, counts: count_all()? };
    print!("{counted}");
    Ok(counted.write()?)
}

/// Whose code this is: the compiler, and for which machine.
fn compiler() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output()?;
    let said = String::from_utf8(output.stdout)?;
    let version = said.lines().next().ok_or("rustc -vV says nothing")?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(format!("{version} on {}", host.ok_or("rustc -vV names no host")?))
}

fn count_all() -> Result<Vec<(String, f64)>> {
    LOOPS.iter().map(|(name, _)| Ok((name.to_string(), count(name)?))).collect()
}

/// How many instructions it takes once around. What is needed to start and to end is in both counts, and so in
/// neither's difference.
fn count(name: &str) -> Result<f64> {
    const FEW: u64 = 1_000;
    const MANY: u64 = 11_000;
    let more = count_times(name, MANY)? - count_times(name, FEW)?;
    Ok(more as f64 / (MANY - FEW) as f64)
}

/// How many instructions a run takes.
fn count_times(name: &str, times: u64) -> Result<i64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args([name, &times.to_string()])
        .output();
    let output = output.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "valgrind is not installed: apt install valgrind".to_owned(),
        _ => format!("valgrind cannot be started: {error}"),
    })?;
    let said = String::from_utf8_lossy(&output.stderr);
    let count = said.lines().find_map(|line| line.split_once("Collected : ")?.1.parse().ok());
    match count {
        Some(count) if output.status.success() => Ok(count),
        _ => Err(format!("valgrind could not run {name}:\n{said}").into()),
    }
}

/// One loop, `times` around. Unwatched, or watched by an observer that keeps the records in a list, or by what
/// the variable `GLASSLOOP` asks for.
fn run(name: &str, times: u64, watched: &str) -> Result<()> {
    let known = LOOPS.iter().find(|(known, _)| *known == name);
    let (_, run) = known.ok_or_else(|| {
        let names = LOOPS.map(|(known, _)| known).join(", ");
        format!("no loop {name:?}; there are {names}")
    })?;
    let records = Rc::new(Cell::new(0_u64));
    let builder = match watched {
        "off" => EventLoop::builder().unwatched(),
        "record" => {
            let (mut kept, count) = (Vec::new(), records.clone());
            EventLoop::builder().unwatched().observer(move |record: &Record| {
                kept.push(record.clone());
                count.set(count.get() + 1);
            })
        }
        "glassloop" => EventLoop::builder(),
        other => return Err(format!("off, record or glassloop, not {other:?}").into()),
    };
    let event_loop = builder.build()?;
    let start = Instant::now();
    run(&event_loop, times)?;
    let elapsed = start.elapsed().as_nanos() as f64;
    println!("{:.1} ns each", elapsed / times as f64);
    if records.get() > 0 {
        println!("{} records, {:.1} ns a record", records.get(), elapsed / records.get() as f64);
    }
    Ok(())
}
