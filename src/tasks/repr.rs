//! How a task looks when it is printed: as asyncio's does.

use std::fmt::{self, Write};

use super::{
    Task, TaskError,
    cell::{Progress, SharedTask},
};
use crate::trace::{Place, readable};

/// For example `<Task finished name='Task-1' coro=<hello::execute() created at hello.rs:9> result=1>`.
impl<T: fmt::Debug> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        // The formatter is foreign code: nothing is written to it while a callback can't be added.
        let mut head = String::new();
        write_head(&mut head, state, self.coroutine())?;
        f.write_str(&head)?;
        match &*state.progress.borrow() {
            Progress::Finished(Ok(output)) => write!(f, " result={output:?}")?,
            Progress::Taken { cancelled: false } => write!(f, " result taken")?,
            other => write_error(f, other)?,
        }
        f.write_char('>')
    }
}

/// The same for a task of whose type nothing is known.
pub(super) fn without_result<T>(state: &SharedTask<T>, coroutine: &str) -> String {
    let mut text = String::new();
    // Writing to a `String` does not fail.
    let _ = write_head(&mut text, state, coroutine);
    let _ = write_error(&mut text, &state.progress.borrow());
    text + ">"
}

fn write_head<T>(f: &mut impl Write, state: &SharedTask<T>, coroutine: &str) -> fmt::Result {
    let word = match state.is_done() {
        false => "pending",
        true if state.is_cancelled() => "cancelled",
        true => "finished",
    };
    let (name, coroutine) = (state.name(), readable(coroutine, 2));
    write!(f, "<Task {word} name='{name}' coro=<{coroutine} created at {}>", line(state.place))?;
    if state.is_done() {
        return Ok(());
    }
    if let Some(wait) = state.wait() {
        write!(f, " wait_for=<{} at {}>", wait.what, line(wait.place))?;
    }
    let callbacks = state.extras().callbacks.borrow();
    for (n, callback) in callbacks.iter().enumerate() {
        let (before, name) = (if n == 0 { " cb=[" } else { ", " }, readable(callback.name, 1));
        write!(f, "{before}{name} at {}", line(callback.place))?;
    }
    f.write_str(if callbacks.is_empty() { "" } else { "]" })
}

fn write_error<T>(f: &mut impl Write, progress: &Progress<T>) -> fmt::Result {
    match progress {
        Progress::Finished(Err(error @ TaskError::Panicked(_))) => {
            write!(f, " exception={error:?}")
        }
        _ => Ok(()),
    }
}

fn line(place: Place) -> String {
    format!("{}:{}", place.file(), place.line())
}
