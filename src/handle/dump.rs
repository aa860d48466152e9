//! `dump`: who made whom and who waits for whom, shown by a call from anywhere.

use std::{cell::RefCell, rc::Rc};

use super::event_loop::EventLoop;
use crate::{
    runtime::{Core, current_loop},
    tasks::tasks_of,
    views::{LoopState, print},
};

/// Prints the tree of the running loop's tasks on stderr: who made whom, who waits for what, at which line,
/// and since when. A circle of tasks that wait for each other is named.
///
/// asyncio: `asyncio.print_call_graph`. The tree comes from a view that follows the records: the lints, which are
/// always on in debug builds, or `GLASSLOOP=tree`. Without such a view, each task is printed as its `Debug` shows
/// it.
///
/// ```
/// glassloop::run(async {
///     let sleeper = glassloop::create_task(glassloop::sleep(std::time::Duration::from_secs(9)));
///     glassloop::yield_now().await;
///     glassloop::dump();
///     sleeper.cancel();
/// });
/// ```
pub fn dump() {
    match current_loop() {
        Some(core) => print(&dump_of(&core)),
        None => print("glassloop: no event loop is running on this thread\n"),
    }
}

impl EventLoop {
    /// The tree of the loop's tasks, a line each, as [`dump()`] prints it.
    ///
    /// asyncio: `asyncio.format_call_graph`.
    pub fn dump(&self) -> String {
        dump_of(self.core())
    }
}

/// As the views know it, or else as the tasks themselves do.
pub(super) fn dump_of(core: &Rc<Core>) -> String {
    tree_of(core)
        .unwrap_or_else(|| tasks_of(core).into_iter().map(|task| format!("{task:?}\n")).collect())
}

/// Who made whom and who waits for whom, if a view follows the records.
pub(super) fn tree_of(core: &Core) -> Option<String> {
    let state = core.attached::<Rc<RefCell<LoopState>>>()?;
    Some(state.borrow().tree())
}
