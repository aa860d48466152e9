//! Exercise 2, a waker that sets a flag: `cargo ex 2` checks what is in `answer.rs`.

mod answer;
mod check;
#[path = "../../harness.rs"]
mod harness;

use std::process::ExitCode;

fn main() -> ExitCode {
    harness::main(&check::EXERCISE)
}
