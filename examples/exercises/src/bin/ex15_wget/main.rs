//! Exercise 15, the capstone, a loop of your own: `cargo ex 15` checks what is in `answer.rs`.

mod answer;
mod check;
#[path = "../../harness.rs"]
mod harness;

use std::process::ExitCode;

fn main() -> ExitCode {
    harness::main(&check::EXERCISE)
}
