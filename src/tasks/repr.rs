//! How a task looks when it is printed: as asyncio's does.

use std::fmt;

use super::{
    TaskError,
    handle::{Progress, Task},
};

/// For example `<Task finished name='Task-1' coro=<hello::execute() created at hello.rs:9> result=1>`.
impl<T: fmt::Debug> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        let progress = state.progress.borrow();
        let word = match &*progress {
            Progress::Pending => "pending",
            _ if self.cancelled() => "cancelled",
            _ => "finished",
        };
        write!(f, "<Task {word} name='{}' coro=<{}", self.name(), coroutine(self.coroutine()))?;
        write!(f, " created at {}:{}>", state.place.file(), state.place.line())?;
        match &*progress {
            Progress::Pending => {
                if let Some(wait) = self.wait() {
                    let (file, line) = (wait.place.file(), wait.place.line());
                    write!(f, " wait_for=<{} at {file}:{line}>", wait.what)?;
                }
                let callbacks = state.callbacks.borrow();
                for (n, (name, place)) in callbacks.iter().map(|c| (c.name, c.place)).enumerate() {
                    write!(f, "{}", if n == 0 { " cb=[" } else { ", " })?;
                    write!(f, "{} at {}:{}", coroutine(name), place.file(), place.line())?;
                }
                f.write_str(if callbacks.is_empty() { "" } else { "]" })?;
            }
            Progress::Finished(Ok(output)) => write!(f, " result={output:?}")?,
            Progress::Finished(Err(TaskError::Cancelled)) | Progress::Taken { cancelled: true } => {
            }
            Progress::Finished(Err(error)) => write!(f, " exception={error:?}")?,
            Progress::Taken { .. } => write!(f, " result taken")?,
        }
        f.write_str(">")
    }
}

/// The readable part of a future's type name: `hello::execute()` of `hello::execute::{{closure}}`, the last
/// two names of any other path.
pub(crate) fn coroutine(type_name: &str) -> String {
    let (path, is_function) = match type_name.strip_suffix("::{{closure}}") {
        Some(path) => (path, true),
        None => (type_name, false),
    };
    let path = path.replace("::{{closure}}", "");
    let generics = path.find('<').unwrap_or(path.len());
    let (path, generics) = path.split_at(generics);
    let names: Vec<&str> = path.split("::").collect();
    let short = names[names.len().saturating_sub(2)..].join("::");
    let call = if is_function { "()" } else { "" };
    format!("{short}{generics}{call}")
}
