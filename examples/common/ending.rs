//! How an example ends.

use std::{
    fmt::Display,
    process::{self, ExitCode},
};

use glassloop::Task;

use super::output::say_line;

/// Says why the program can't go on, and ends it. Fits behind `unwrap_or_else`, whatever is wanted there.
pub fn give_up<T>(error: impl Display) -> T {
    say_line(&format!("{}: {error}", env!("CARGO_CRATE_NAME")));
    process::exit(1)
}

/// Have all tasks done what they were to do?
pub fn all_well(tasks: &[Task<bool>]) -> bool {
    tasks.iter().all(|task| matches!(task.result().as_deref(), Some(Ok(true))))
}

/// What the program tells the shell.
pub fn exit_code(all_well: bool) -> ExitCode {
    if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
