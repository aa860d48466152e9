//! A job with one host that may take only so long; and what is said of one that fails: the step that it was in.

use std::{cell::Cell, io, time::Duration};

use glassloop::{TaskError, timeout};

use super::{ending::note, host::Host, output::say_line};

/// What a job does just now, its verb first: `read the header`.
pub type Step = Cell<&'static str>;

/// Does a job with a host. The error says in one line which host it was, and what failed.
pub async fn patiently(
    patience: Duration,
    host: Host,
    job: impl AsyncFnOnce(&Host, &Step) -> io::Result<()>,
) -> Result<(), String> {
    let step = Step::new("connect");
    let done = timeout(patience, job(&host, &step)).await;
    let (verb, object) = step.get().split_once(' ').unwrap_or((step.get(), ""));
    match done {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) if verb == "connect" => {
            note(&error);
            Err(format!("{host}: {error}")) // which says so itself
        }
        Ok(Err(error)) => Err(format!("{host}: cannot {verb} {object}: {error}")),
        Err(elapsed) => {
            if verb == "connect" {
                note(&elapsed.into());
            }
            let (seconds, doing) = (patience.as_secs_f64(), format!("{verb}ing {object}"));
            Err(format!("{host}: timed out after {seconds} s while {}", doing.trim_end()))
        }
    }
}

/// Did the job of this task succeed? If not, says what failed.
pub fn succeeded(done: Result<Result<(), String>, TaskError>) -> bool {
    let done = done.unwrap_or_else(|error| Err(error.to_string()));
    done.inspect_err(|failure| say_line(failure)).is_ok()
}
