//! curl, with its own parallel transfers.

use std::{io, process::Command};

use super::Load;
use crate::Result;

pub fn get(load: &Load) -> Result<()> {
    let output = Command::new("curl")
        .args(["--disable", "--silent", "--show-error", "--noproxy", "*", "--parallel"])
        .args(["--parallel-max", &load.at_once.to_string(), "--output", "/dev/null"])
        .args(["--write-out", "%{size_download}\n"])
        .arg(format!("{}?[1-{}]", load.url(), load.times))
        .output();
    let output = output.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "curl is not installed: apt install curl".to_owned(),
        _ => error.to_string(),
    })?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let lengths = String::from_utf8(output.stdout)?;
    for length in lengths.lines() {
        load.check(length.parse()?)?;
    }
    match lengths.lines().count() as u64 == load.times {
        true => Ok(()),
        false => Err("curl got fewer pages than it was told".into()),
    }
}
