//! Exercise 7, a channel: `cargo ex 7` checks what is in `answer.rs`.

mod answer;
mod check;
#[path = "../../harness.rs"]
mod harness;

use std::process::ExitCode;

fn main() -> ExitCode {
    harness::main(&check::EXERCISE)
}
