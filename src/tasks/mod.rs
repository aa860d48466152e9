//! Tasks with their type: what `create_task` returns, how a task ends, and waiting for many of them.

mod as_completed;
mod cell;
mod children;
mod error;
mod gather;
mod group;
mod handle;
mod refs;
mod repr;
mod scope;
mod shield;
mod unseen;
mod wait;

pub use as_completed::{AsCompleted, NextCompleted, as_completed};
pub(crate) use cell::{create_task_at, create_task_on};
pub use error::{PanicPayload, TaskError};
pub use gather::{Gather, GatherAll, gather};
pub use group::{ChildError, GroupError, TaskGroup, WaitGroup};
pub use handle::{Task, create_task};
pub use refs::{TaskRef, all_tasks, current_task};
pub(crate) use refs::{tasks_of, users_tasks_of};
pub use scope::{Scope, task_group};
pub use shield::{Shield, shield};
pub use wait::{ReturnWhen, Wait, wait};
