//! `TaskError`: how a task can end without a result.

use std::{
    any::Any,
    error, fmt, io, panic,
    sync::{Mutex, PoisonError},
};

use crate::trace::discard;

/// Why a task has no result.
///
/// ```
/// use glassloop::{create_task, run};
///
/// async fn pour(cups: u32) -> u32 {
///     assert!(cups > 0, "no tea is left");
///     cups - 1
/// }
/// run(async {
///     let error = create_task(pour(0)).await.unwrap_err();
///     assert!(!error.is_cancelled());
///     assert_eq!(error.panic_message(), Some("no tea is left"));
///     assert_eq!(error.to_string(), "task panicked: no tea is left");
/// });
/// ```
#[doc(alias = "JoinError")]
pub enum TaskError {
    /// It was cancelled. asyncio: `CancelledError`.
    Cancelled,
    /// It panicked, with this payload.
    Panicked(PanicPayload),
}

/// What a panic was about.
///
/// The payload itself is `Send` and not `Sync`. Behind a lock that nobody locks it is both, so that a
/// [`TaskError`] fits wherever an error is wanted. All of it is in a box: every task has room for an error,
/// and few ever have one.
///
/// ```
/// use std::panic::panic_any;
/// use glassloop::{TaskError, create_task, run};
///
/// async fn fail() {
///     panic_any(404);
/// }
/// run(async {
///     let Err(TaskError::Panicked(payload)) = create_task(fail()).await else { unreachable!() };
///     assert_eq!(payload.into_inner().downcast_ref(), Some(&404));
/// });
/// ```
pub struct PanicPayload(Box<Panic>);

struct Panic {
    message: Option<String>,
    /// `None`: it was taken out.
    payload: Mutex<Option<Box<dyn Any + Send>>>,
}

/// The payload is the user's, and may panic in its turn.
impl Drop for Panic {
    fn drop(&mut self) {
        let payload = self.payload.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        payload.into_iter().for_each(discard);
    }
}

impl PanicPayload {
    /// The payload, as `std::thread::JoinHandle::join` would give it.
    pub fn into_inner(mut self) -> Box<dyn Any + Send> {
        let payload = self.0.payload.get_mut().unwrap_or_else(PoisonError::into_inner);
        payload.take().expect("it is taken out once, by this function")
    }
}

impl From<Box<dyn Any + Send>> for PanicPayload {
    fn from(payload: Box<dyn Any + Send>) -> PanicPayload {
        let panic = Panic { message: message(&*payload), payload: Mutex::new(Some(payload)) };
        PanicPayload(Box::new(panic))
    }
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
            TaskError::Panicked(payload) => payload.0.message.as_deref(),
        }
    }

    /// Goes on with the panic in this task.
    ///
    /// ```
    /// use std::panic::catch_unwind;
    /// use glassloop::{create_task, run};
    ///
    /// async fn fail() {
    ///     panic!("no tea is left");
    /// }
    /// let ended = catch_unwind(|| {
    ///     run(async { create_task(fail()).await.unwrap_or_else(|error| error.resume_unwind()) })
    /// });
    /// assert_eq!(ended.unwrap_err().downcast_ref(), Some(&"no tea is left"));
    /// ```
    ///
    /// # Panics
    /// Always: with the task's own panic, or with "task was cancelled".
    #[track_caller]
    pub fn resume_unwind(self) -> ! {
        match self {
            TaskError::Cancelled => panic!("task was cancelled"),
            TaskError::Panicked(payload) => panic::resume_unwind(payload.into_inner()),
        }
    }
}

/// The two types of which the payload of a `panic!` with words can be.
fn message(payload: &(dyn Any + Send)) -> Option<String> {
    match payload.downcast_ref::<&str>() {
        Some(message) => Some(message.to_string()),
        None => payload.downcast_ref::<String>().cloned(),
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

impl From<TaskError> for io::Error {
    fn from(error: TaskError) -> io::Error {
        io::Error::other(error)
    }
}
