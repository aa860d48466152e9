//! Exercise 6, the first of two futures: `cargo ex 6` checks what is in `answer.rs`.

mod answer;
mod check;
#[path = "../../harness.rs"]
mod harness;

use std::process::ExitCode;

fn main() -> ExitCode {
    harness::main(&check::EXERCISE)
}
