//! How an example ends.

use std::{
    cell::Cell,
    fmt::Display,
    io::{Error, ErrorKind},
    process::{self, ExitCode},
};

use glassloop::{Task, net::ConnectError};

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

thread_local! {
    /// A host could not be reached, as it is where there is no network.
    static UNREACHABLE: Cell<bool> = const { Cell::new(false) };
}

/// Remembers an error of a connect that looks as if there were no network. Many a classroom has none.
pub fn note(error: &Error) {
    let source = error.get_ref().and_then(|source| source.downcast_ref());
    let is_lookup = matches!(source, Some(ConnectError::Lookup { .. }));
    let is_silence = matches!(
        error.kind(),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::TimedOut
    );
    UNREACHABLE.set(UNREACHABLE.get() || is_lookup || is_silence);
}

/// What the program tells the shell. Its last words, where there may be no network, say how to try it without one.
pub fn exit_code(all_well: bool) -> ExitCode {
    if UNREACHABLE.get() {
        let name = env!("CARGO_CRATE_NAME");
        say_line(&format!(
            "No network? cargo run --example {name} needs none: it brings its hosts."
        ));
    }
    if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
