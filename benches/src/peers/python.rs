//! Python's asyncio and aiohttp: the same workloads in their own language, where they are installed.

use std::process::Command;

use crate::Result;

const PROGRAM: &str = include_str!("workloads.py");

/// Runs a workload of `workloads.py`, which prints what it has measured.
pub fn python(workload: &str, size: u64) -> Result<Vec<f64>> {
    let size = size.to_string();
    let output = Command::new("python3").args(["-c", PROGRAM, workload, &size]).output()?;
    let said = String::from_utf8(output.stdout)?;
    match said.lines().last() {
        Some(figures) if output.status.success() => Ok(serde_json::from_str(figures)?),
        _ => {
            let errors = String::from_utf8_lossy(&output.stderr);
            Err(errors.lines().last().unwrap_or("python3 ended without a word").into())
        }
    }
}
