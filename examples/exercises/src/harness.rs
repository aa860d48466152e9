//! What all exercises share: how a check is run and told, and the probes with which it looks.
//!
//! A check runs in a process of its own with a limit of time, so that an answer which hangs is told so. It looks at
//! behaviour: who polled whom, who woke whom. What the probes see they write down as the records of a trace, so a
//! failure can show the story of it.

#![allow(dead_code, unused_imports, reason = "each exercise uses a part of it")]

use std::{fmt, io, panic, task::Waker, time::Duration};

#[path = "harness/bells.rs"]
pub mod bells;
#[path = "harness/child.rs"]
pub mod child;
#[path = "harness/children.rs"]
pub mod children;
#[path = "harness/idle.rs"]
pub mod idle;
#[path = "harness/language.rs"]
mod language;
#[path = "harness/log.rs"]
mod log;
#[path = "harness/parent.rs"]
pub mod parent;
#[path = "harness/pipe.rs"]
pub mod pipe;
#[path = "harness/printed.rs"]
mod printed;
#[path = "harness/probe.rs"]
mod probe;
#[path = "harness/scene.rs"]
pub mod scene;

pub use language::Language;
pub use log::Log;
pub use parent::main;
pub use probe::*;

/// How long a check may take. All of them are over in a fraction of it.
const LIMIT: Duration = Duration::from_secs(10);

/// How much of a story is shown, unless all of it is asked for.
const SHOWN: usize = 14;

/// What something can be read from that has a reader to wake. Readiness is reported at the edge: once for each change.
pub trait Source {
    /// Reads what is there; an error of the kind `WouldBlock` where nothing is, 0 at the end.
    fn try_read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Has the next change wake this waker, the latest one that was given.
    fn wake_when_readable(&mut self, waker: &Waker);
}

/// What a loop is driven by: a clock with timers, and sockets.
pub trait Driver {
    /// What time it is.
    fn now(&self) -> Duration;

    /// When the earliest timer is due.
    fn next_deadline(&self) -> Option<Duration>;

    /// Takes out the wakers of the timers that are due.
    fn fire(&mut self) -> Vec<Waker>;

    /// Sleeps until a socket is ready, at most so long (`None`: for ever), and takes out the wakers of those that are.
    fn poll_io(&mut self, timeout: Option<Duration>) -> Vec<Waker>;
}

/// What can be wrong, in both languages. `{0}`, `{1}` … are filled in.
pub struct Message {
    pub id: &'static str,
    pub en: &'static str,
    pub zh: &'static str,
}

/// An exercise: how it is checked, and all that can be said of an answer.
pub struct Exercise {
    pub number: u32,
    pub messages: &'static [Message],
    pub check: fn() -> Verdict,
}

/// What can be wrong with an answer to any exercise.
const COMMON: &[Message] = &[
    Message {
        id: "not-written",
        en: "not written yet: {0} is still `todo!()`",
        zh: "还没有写：{0} 处仍是 `todo!()`",
    },
    Message { id: "panicked", en: "it panicked at {0}: {1}", zh: "在 {0} 处发生 panic：{1}" },
    Message {
        id: "runaway",
        en: "the check stopped after {0} polls of a future: nobody had woken it",
        zh: "一个 Future 被轮询了 {0} 次，检查到此为止：没有人唤醒过它",
    },
    Message {
        id: "time-limit",
        en: "no end after {0} s: it waits for something that never comes, or does not stop looking",
        zh: "过了 {0} 秒还没有结束：它在等一件永远不会发生的事，或者一直在空转",
    },
    Message {
        id: "ended",
        en: "the program ended in the middle of the check ({0}). An answer must not end the process: it returns, and \
             the check goes on.",
        zh: "检查进行到一半，整个程序就结束了（{0}）。答案不应当结束进程：它只管返回，由检查继续往下走。",
    },
];

/// The messages that no single exercise owns.
pub fn common() -> impl Iterator<Item = &'static Message> {
    COMMON.iter().chain(pipe::MESSAGES)
}

/// `Err` says what is wrong.
pub type Verdict = Result<(), Failure>;

/// What is wrong with an answer.
#[derive(Clone, Debug)]
pub struct Failure {
    id: &'static str,
    values: Vec<String>,
    story: String,
}

/// The message with this id, filled in.
pub fn fail<T>(id: &'static str, values: &[&dyn fmt::Display]) -> Result<T, Failure> {
    Err(Failure::new(id, values))
}

/// The same, unless it is so.
pub fn ensure(it: bool, id: &'static str, values: &[&dyn fmt::Display]) -> Verdict {
    if it { Ok(()) } else { fail(id, values) }
}

/// Ends the check from within a probe, wherever the answer has called it: a probe that is used wrongly for ever
/// has no other way out.
pub fn give_up(failure: Failure) -> ! {
    panic::panic_any(failure)
}

impl Failure {
    pub fn new(id: &'static str, values: &[&dyn fmt::Display]) -> Failure {
        let values = values.iter().map(ToString::to_string).collect();
        Failure { id, values, story: String::new() }
    }

    /// With what happened until then.
    pub fn with(mut self, log: &Log) -> Failure {
        self.story = log.story();
        self
    }

    /// In words, with so many lines of what happened.
    fn told(&self, exercise: &Exercise, language: Language, lines: usize) -> String {
        let known = exercise.messages.iter().chain(common()).find(|message| message.id == self.id);
        let message = known.unwrap_or_else(|| panic!("no message {:?}", self.id));
        let mut text = match language {
            Language::English => message.en.to_string(),
            Language::Chinese => message.zh.to_string(),
        };
        for (place, value) in self.values.iter().enumerate() {
            text = text.replace(&format!("{{{place}}}"), value);
        }
        if self.story.is_empty() {
            text
        } else {
            text + &what_happened(&self.story, language, lines)
        }
    }
}

/// The end of a story, under a heading that says where the rest is.
fn what_happened(story: &str, language: Language, lines: usize) -> String {
    let all: Vec<&str> = story.lines().collect();
    let lines = if all.len().checked_sub(1) == Some(lines) { all.len() } else { lines }; // to leave out one gains nothing
    let shown = &all[all.len().saturating_sub(lines)..];
    let before = all.len() - shown.len();
    let heading = match (language, before) {
        (Language::English, 0) => "what happened:".to_string(),
        (Language::English, _) => {
            format!("what happened (the last {lines} of {} lines; --story shows all):", all.len())
        }
        (Language::Chinese, 0) => "经过：".to_string(),
        (Language::Chinese, _) => {
            format!("经过（共 {} 行，这里是最后 {lines} 行；--story 显示全部）：", all.len())
        }
    };
    format!("\n\n{heading}\n{}", shown.join("\n"))
}
