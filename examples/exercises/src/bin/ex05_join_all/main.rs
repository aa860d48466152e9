//! Exercise 5, a future that waits for many: `cargo ex 5` checks what is in `answer.rs`.

mod answer;
mod check;
#[path = "../../harness.rs"]
mod harness;

use std::process::ExitCode;

fn main() -> ExitCode {
    harness::main(&check::EXERCISE)
}
