//! `dump`: who made whom and who waits for whom, shown by a call from anywhere.

use crate::{
    event_loop::EventLoop,
    runtime::{Core, current},
    trace::print,
};

/// Prints the tree of the running loop's tasks on stderr: who made whom, who waits for what, at which line,
/// and since when. A circle of tasks that wait for each other is named.
///
/// asyncio: `asyncio.print_call_graph`. The tree is drawn by whoever keeps account of the records: the lints,
/// which are on by themselves in debug builds, or `GLASSLOOP=tree`. Where nobody does, each task is
/// printed as its `Debug` shows it.
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
    match current() {
        Some(core) => print(&core.dump()),
        None => print("glassloop: no event loop is running on this thread\n"),
    }
}

impl EventLoop {
    /// The tree of the loop's tasks, a line each, as [`dump()`] prints it.
    ///
    /// asyncio: `asyncio.format_call_graph`.
    pub fn dump(&self) -> String {
        self.core().dump()
    }
}

impl Core {
    /// As the views know it, or else as the tasks themselves do.
    pub(crate) fn dump(&self) -> String {
        self.trace.tree().unwrap_or_else(|| {
            let tasks = self.tasks.unfinished();
            let reprs = tasks.into_iter().filter_map(|entry| self.tasks.get(entry));
            reprs.map(|task| task.repr() + "\n").collect()
        })
    }
}
