//! `TaskError`: how a task can end without a result.

use std::{any::Any, error, fmt, panic};

/// Why a task has no result.
#[doc(alias = "JoinError")]
pub enum TaskError {
    /// It was cancelled. asyncio: `CancelledError`.
    Cancelled,
    /// It panicked, with this payload.
    Panicked(Box<dyn Any + Send>),
}

impl TaskError {
    /// Was the task cancelled?
    pub fn is_cancelled(&self) -> bool {
        matches!(self, TaskError::Cancelled)
    }

    /// What the panic said, where it said it in words.
    pub fn panic_message(&self) -> Option<&str> {
        match self {
            TaskError::Cancelled => None,
            TaskError::Panicked(payload) => message(&**payload),
        }
    }

    /// Goes on with the panic in this task.
    ///
    /// # Panics
    /// Always: with the task's own panic, or with "task was cancelled".
    #[track_caller]
    pub fn resume_unwind(self) -> ! {
        match self {
            TaskError::Cancelled => panic!("task was cancelled"),
            TaskError::Panicked(payload) => panic::resume_unwind(payload),
        }
    }
}

/// The two types of which the payload of a `panic!` with words can be.
fn message(payload: &(dyn Any + Send)) -> Option<&str> {
    match payload.downcast_ref::<&str>() {
        Some(message) => Some(message),
        None => payload.downcast_ref::<String>().map(String::as_str),
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.panic_message()) {
            (TaskError::Cancelled, _) => write!(f, "task was cancelled"),
            (TaskError::Panicked(_), Some(message)) => write!(f, "task panicked: {message}"),
            (TaskError::Panicked(_), None) => write!(f, "task panicked"),
        }
    }
}

impl fmt::Debug for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.panic_message()) {
            (TaskError::Cancelled, _) => write!(f, "Cancelled"),
            (TaskError::Panicked(_), Some(message)) => write!(f, "Panicked({message:?})"),
            (TaskError::Panicked(_), None) => write!(f, "Panicked(..)"),
        }
    }
}

impl error::Error for TaskError {}
