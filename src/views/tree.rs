//! The tree: who made whom, who waits for whom, at which line, and for how long.
//!
//! ```text
//! 0 "main" waits for task 1, for 412 ms so far at wget.rs:27
//! ├─ 1 "sina" waits for socket 0 readable, for 395 ms so far at wget.rs:38
//! └─ 2 "rust" is in the ready queue, for 12.0 µs (made at wget.rs:22)
//! ```

use std::{collections::BTreeMap, time::Duration};

use super::{
    state::{LoopState, Stage, TaskState},
    style::short,
};
use crate::trace::{record::*, short_place};

/// Lines are indented at most so far: otherwise ten thousand tasks, each made by the one before, would be a picture
/// of 150 megabytes.
const DEEPEST: usize = 90;

impl LoopState {
    /// The tree of all tasks that are not finished, a line each. Below it, the tasks that wait for each other in a
    /// circle.
    pub(crate) fn tree(&self) -> String {
        self.drawn(true)
    }

    /// The tree; without the times it is the same for as long as the tasks stand as they do.
    pub(super) fn drawn(&self, times: bool) -> String {
        let mut children: BTreeMap<Option<TaskId>, Vec<TaskId>> = BTreeMap::new();
        for (id, task) in &self.tasks {
            let parent = task.by.filter(|by| self.tasks.contains_key(by) && by != id);
            children.entry(parent).or_default().push(*id);
        }
        let mut lines = Vec::new();
        // An explicit stack: a task may have made one that made one, ten thousand deep.
        let mut stack: Vec<(TaskId, String, &str)> = Vec::new();
        let push = |stack: &mut Vec<_>, parent: Option<TaskId>, indent: &str| {
            let Some(children) = children.get(&parent) else { return };
            for (n, child) in children.iter().enumerate().rev() {
                let branch = match (parent, n + 1 == children.len()) {
                    (None, _) => "",
                    (_, false) => "├─ ",
                    (_, true) => "└─ ",
                };
                stack.push((*child, indent.to_string(), branch));
            }
        };
        push(&mut stack, None, "");
        while let Some((id, indent, branch)) = stack.pop() {
            lines.push(format!("{indent}{branch}{}\n", self.line(id, &self.tasks[&id], times)));
            let below = match branch {
                _ if indent.chars().count() >= DEEPEST => "",
                "" => "",
                "├─ " => "│  ",
                _ => "   ",
            };
            push(&mut stack, Some(id), &format!("{indent}{below}"));
        }
        lines.extend(self.cycle().map(|cycle| format!("cycle: {cycle}\n")));
        lines.concat()
    }

    fn line(&self, id: TaskId, task: &TaskState, times: bool) -> String {
        let since = if times { self.t.saturating_sub(task.since) } else { 0 };
        let since = short(Duration::from_nanos(since));
        let (doing, place) = match task.stage {
            Stage::Polled => ("is being polled".to_string(), None),
            Stage::Queued(_) => (format!("is in the ready queue, for {since}"), None),
            Stage::Waiting(Some(wait)) => {
                let what = match wait.what {
                    WaitFor::Sleep { length, .. } => format!("sleeps for {length:?}"),
                    what => format!("waits for {what}"),
                };
                (format!("{what}, for {since} so far"), Some(wait.place))
            }
            Stage::Waiting(None) => (format!("waits, for {since} so far"), None),
            Stage::Finished(_) => ("is finished".to_string(), None),
        };
        // Where it waits is the line to look at; where that is not known, the one that made it.
        let place = match place {
            Some(place) => format!(" at {}", short_place(place)),
            None => format!(" (made at {})", short_place(task.made_at)),
        };
        format!("{id} \"{}\" {doing}{place}", task.name)
    }

    /// `task 1 waits for task 2, which waits for task 1`, if tasks wait for each other in a circle.
    pub(super) fn cycle(&self) -> Option<String> {
        let waited_for = |task: &TaskId| match self.tasks.get(task)?.stage {
            Stage::Waiting(Some(Wait { what: WaitFor::Task(other), .. })) => Some(other),
            _ => None,
        };
        // Each task is visited once: a way that meets an earlier one came to an end there.
        let mut visited_from = BTreeMap::new();
        for start in self.tasks.keys() {
            let (mut path, mut next) = (Vec::new(), Some(*start));
            while let Some(task) = next.filter(|task| !visited_from.contains_key(task)) {
                visited_from.insert(task, start);
                path.push(task);
                next = waited_for(&task);
            }
            let Some(first) = next.filter(|task| visited_from[task] == start) else { continue };
            let circle = path.iter().skip_while(|task| **task != first).skip(1).chain([&first]);
            let words = circle.map(|task| format!("waits for task {task}")).collect::<Vec<_>>();
            return Some(format!("task {first} {}", words.join(", which ")));
        }
        None
    }
}
