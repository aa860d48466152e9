//! Tasks with their type: what `create_task` returns, and how a task ends.

mod error;
mod handle;
mod repr;

pub use error::TaskError;
pub(crate) use handle::create_task_on;
pub use handle::{Task, create_task};
