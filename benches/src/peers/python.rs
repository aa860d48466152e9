//! Python's asyncio and aiohttp: the same workloads in their own language, where they are installed.

use std::{
    env,
    process::{Command, Stdio},
};

use super::http::Load;
use crate::Result;

const PROGRAM: &str = include_str!("workloads.py");

/// Runs a workload of `workloads.py`, which prints what it has measured.
pub fn python(workload: &str, size: u64) -> Result<Vec<f64>> {
    run(&[workload, &size.to_string()])
}

/// One that is told more than its size: what to get, how long that is, and how often at once.
pub fn python_gets(workload: &str, load: &Load) -> Result<Vec<f64>> {
    let Load { times, at_once, length, .. } = load;
    run(&[workload, &times.to_string(), &load.url(), &length.to_string(), &at_once.to_string()])
}

fn run(arguments: &[&str]) -> Result<Vec<f64>> {
    let mut python = Command::new("python3");
    python.args(["-c", PROGRAM]).args(arguments);
    // Where the program is that puts a load on a server.
    python.env("BENCHES", env::current_exe()?);
    let mut python =
        python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    // Nothing is said by it, but when this process ends, however it does, it is closed, and that ends Python.
    let _alive = python.stdin.take();
    let output = python.wait_with_output()?;
    let said = String::from_utf8(output.stdout)?;
    match said.lines().last() {
        Some(figures) if output.status.success() => Ok(serde_json::from_str(figures)?),
        _ => {
            let errors = String::from_utf8_lossy(&output.stderr);
            Err(errors.lines().last().unwrap_or("python3 ended without a word").into())
        }
    }
}
