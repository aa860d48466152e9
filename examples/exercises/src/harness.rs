//! What all exercises share: how a check is run and told, and the probes with which it looks.
//!
//! A check runs in a process of its own with a limit of time, so that an answer which hangs is told so. It looks at
//! behaviour: who polled whom, who woke whom. What the probes see they write down as the records of a trace, so a
//! failure can show the story of it.

#![allow(dead_code, reason = "each exercise uses a part of it")]

use std::{
    any::Any,
    env, fmt,
    io::{self, Read},
    panic::{self, AssertUnwindSafe},
    process::{self, Child, Command, ExitCode, Stdio},
    sync::{Mutex, PoisonError},
    task::Waker,
    thread,
    time::{Duration, Instant},
};

#[path = "harness/idle.rs"]
pub mod idle;
#[path = "harness/language.rs"]
mod language;
#[path = "harness/pipe.rs"]
pub mod pipe;
#[path = "harness/probe.rs"]
mod probe;

pub use language::Language;
pub use probe::*;

/// How long a check may take. All of them are over in a fraction of it.
const LIMIT: Duration = Duration::from_secs(10);

/// How much of a story is shown.
const SHOWN: usize = 14;

/// What something can be read from that has a reader to wake. Readiness is told at the edge: once for each change.
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
        en: "a future was polled {0} times and stopped there: nobody had woken it",
        zh: "一个 future 被轮询了 {0} 次，检查到此为止：没有人唤醒过它",
    },
    Message {
        id: "time-limit",
        en: "no end after {0} s: it waits for something that never comes, or does not stop looking",
        zh: "过了 {0} 秒还没有结束：它在等一件永远不会发生的事，或者一直在空转",
    },
];

/// The messages that no single exercise owns.
pub fn common() -> impl Iterator<Item = &'static Message> {
    COMMON.iter().chain(pipe::MESSAGES)
}

/// `Err` says what is wrong.
pub type Verdict = Result<(), Failure>;

/// What is wrong with an answer.
#[derive(Debug)]
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
        let story = log.story();
        let lines: Vec<&str> = story.lines().collect();
        self.story = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
        self
    }

    /// In words.
    fn told(&self, exercise: &Exercise, language: Language) -> String {
        let known = exercise.messages.iter().chain(common()).find(|message| message.id == self.id);
        let message = known.unwrap_or_else(|| panic!("no message {:?}", self.id));
        let mut text = match language {
            Language::English => message.en.to_string(),
            Language::Chinese => message.zh.to_string(),
        };
        for (place, value) in self.values.iter().enumerate() {
            text = text.replace(&format!("{{{place}}}"), value);
        }
        if !self.story.is_empty() {
            let heading = match language {
                Language::English => "what happened:",
                Language::Chinese => "经过：",
            };
            text = format!("{text}\n\n{heading}\n{}", self.story);
        }
        text
    }
}

/// As `--lang` says, or else the locale.
fn wished(words: &[String]) -> Language {
    let said = words.iter().position(|word| word == "--lang");
    let said = said.and_then(|place| Language::named(words.get(place + 1)?));
    said.unwrap_or_else(Language::of_locale)
}

/// A check from the command line: in a child, with a limit of time.
pub fn main(exercise: &'static Exercise) -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    if words.iter().any(|word| word == "--child") {
        child(exercise);
        return ExitCode::SUCCESS;
    }
    let language = wished(&words);
    let program = env::current_exe().expect("a program knows where it is");
    let mut command = Command::new(program);
    command.arg("--child").args(&words);
    match run_child(exercise, &mut command, language) {
        Ok(()) => {
            let n = exercise.number;
            match language {
                Language::English => println!("exercise {n}: solved"),
                Language::Chinese => println!("练习 {n}：通过"),
            }
            ExitCode::SUCCESS
        }
        Err((_, told)) => {
            println!("{told}");
            ExitCode::FAILURE
        }
    }
}

const VERDICT: &str = "verdict: ";
const END_OF_VERDICT: &str = "end of verdict";

/// Checks in this process, and prints the verdict in a form that `run_child` reads.
pub fn child(exercise: &'static Exercise) {
    let words: Vec<String> = env::args().skip(1).collect();
    let told = env::var("EXERCISE_LANGUAGE").ok().and_then(|name| Language::named(&name));
    let language = told.unwrap_or_else(|| wished(&words));
    let say = move |verdict: Verdict| match verdict {
        Ok(()) => println!("\n{VERDICT}passed\n{END_OF_VERDICT}"),
        Err(failure) => {
            let told = failure.told(exercise, language);
            println!("\n{VERDICT}{}\n{told}\n{END_OF_VERDICT}", failure.id);
        }
    };
    say(checked(exercise.check, say));
}

/// Runs a check in a child. `Err` is the id of what is wrong, and the same in words.
pub fn run_child(
    exercise: &Exercise,
    command: &mut Command,
    language: Language,
) -> Result<(), (String, String)> {
    command.env("EXERCISE_LANGUAGE", language.name());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
    let said = match wait(child.expect("the program can be started again")) {
        Some(said) => said,
        None => {
            let failure = fail::<()>("time-limit", &[&LIMIT.as_secs()]).unwrap_err();
            return Err((failure.id.to_string(), failure.told(exercise, language)));
        }
    };
    let Some((before, verdict)) = said.split_once(&format!("\n{VERDICT}")) else {
        return Err(("no-verdict".to_string(), format!("the check ended without a word\n{said}")));
    };
    print!("{}", without_noise(before));
    let (id, told) = verdict.split_once('\n').unwrap_or((verdict, ""));
    let told = told.split_once(END_OF_VERDICT).map_or(told, |(told, _)| told);
    if id == "passed" { Ok(()) } else { Err((id.to_string(), told.trim_end().to_string())) }
}

/// What an answer has printed, without what a test runner prints around it.
fn without_noise(said: &str) -> String {
    let lines = said.lines().filter(|line| !line.is_empty() && !line.starts_with("running "));
    lines.map(|line| format!("{line}\n")).collect()
}

/// What the child has said; `None` if it had to be ended.
fn wait(mut child: Child) -> Option<String> {
    let mut output = child.stdout.take()?;
    let reading = thread::spawn(move || {
        let mut said = String::new();
        let _ = output.read_to_string(&mut said);
        said
    });
    let deadline = Instant::now() + LIMIT;
    while child.try_wait().ok()?.is_none() {
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
    reading.join().ok()
}

/// What the panics so far have said, and where.
static PANICS: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// What the last panic of a process says: a destructor panicked that ran because of a panic.
const IN_CLEANUP: &str = "panic in a destructor during cleanup";

/// Runs a check. A panic in it is one of the answer's. One that ends the process is told by `say`.
fn checked(check: fn() -> Verdict, say: impl Fn(Verdict) + Send + Sync + 'static) -> Verdict {
    panic::set_hook(Box::new(move |info| {
        let place = info.location().map_or_else(String::new, |place| {
            let file = place.file().rsplit(['/', '\\']).next().unwrap_or_default();
            format!("{file}:{}", place.line())
        });
        let said = message(info.payload());
        let mut panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
        if said == IN_CLEANUP {
            // The last but one was the first of the two.
            panics.pop();
            say(panicked(panics.pop()));
            process::exit(0);
        }
        panics.push((place, said));
    }));
    let verdict = panic::catch_unwind(AssertUnwindSafe(check));
    let _ = panic::take_hook();
    verdict.unwrap_or_else(|payload| match payload.downcast::<Failure>() {
        Ok(failure) => Err(*failure),
        Err(_) => panicked(PANICS.lock().unwrap_or_else(PoisonError::into_inner).pop()),
    })
}

/// What is to be told of a panic that said this at this place.
fn panicked(panic: Option<(String, String)>) -> Verdict {
    let (place, said) = panic.unwrap_or_default();
    match said.starts_with("not yet implemented") {
        true => fail("not-written", &[&place]),
        false => fail("panicked", &[&place, &said]),
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let said = payload.downcast_ref::<&str>().map(|said| said.to_string());
    said.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}
