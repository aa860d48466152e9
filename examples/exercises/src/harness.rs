//! What all exercises share: how a check is run and told, and the probes with which it looks.
//!
//! A check runs in a process of its own with a limit of time, so that an answer which hangs is told so. It looks at
//! behaviour: who polled whom, who woke whom. What the probes see they write down as the records of a trace, so a
//! failure can show the story of it.

#![allow(dead_code, reason = "each exercise uses a part of it")]

use std::{
    any::Any,
    cell::{Cell, RefCell},
    env, fmt,
    future::{self, Future},
    io::{self, Read},
    panic::{self, AssertUnwindSafe, Location},
    pin::Pin,
    process::{self, Child, Command, ExitCode, Stdio},
    rc::Rc,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc::{self, RecvTimeoutError},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use glassloop::{
    EventLoop,
    trace::{
        Record, TaskId, What,
        record::{Cause, Outcome, WakeOutcome},
        story,
    },
};

#[path = "harness/pipe.rs"]
pub mod pipe;

/// How long a check may take. All of them are over in a fraction of it.
const LIMIT: Duration = Duration::from_secs(10);

/// How long the harness waits for what takes next to no time, before it says that it never comes.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// After so many polls a probe stops whoever polls it.
const RUNAWAY: u32 = 10_000;

/// How much of a story is shown.
const SHOWN: usize = 14;

/// A future behind a pointer, of no special type.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;

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

/// The language in which an answer is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    Chinese,
}

impl Language {
    /// As `--lang` says, or else the locale.
    pub fn wished(words: &[String]) -> Language {
        let said = words.iter().position(|word| word == "--lang");
        let said = said.and_then(|place| words.get(place + 1).cloned());
        let locale = || {
            let variables = ["LC_ALL", "LC_MESSAGES", "LANG"];
            variables.iter().find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()))
        };
        match said.or_else(locale) {
            Some(language) if language.starts_with("zh") => Language::Chinese,
            _ => Language::English,
        }
    }
}

/// A check from the command line: in a child, with a limit of time.
pub fn main(exercise: &'static Exercise) -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    if words.iter().any(|word| word == "--child") {
        child(exercise);
        return ExitCode::SUCCESS;
    }
    let language = Language::wished(&words);
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
    let language = match env::var("EXERCISE_LANGUAGE").as_deref() {
        Ok("zh") => Language::Chinese,
        _ => Language::wished(&words),
    };
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
    command.env("EXERCISE_LANGUAGE", if language == Language::Chinese { "zh" } else { "en" });
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

/// A probe panics with this when it is polled for ever.
struct Runaway(u32);

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
        Err(payload) => match payload.downcast_ref() {
            Some(Runaway(polls)) => fail("runaway", &[polls]),
            None => panicked(PANICS.lock().unwrap_or_else(PoisonError::into_inner).pop()),
        },
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

/// A loop of this crate, for checks that need one: under virtual time, without views. Where the variable
/// `EXERCISE_SEED` says so, its schedule is shuffled.
pub fn event_loop() -> EventLoop {
    let builder = EventLoop::builder().unwatched().virtual_time();
    let seed = env::var("EXERCISE_SEED").ok().and_then(|seed| seed.parse().ok());
    let built = match seed {
        Some(seed) => builder.shuffle(seed).build(),
        None => builder.build(),
    };
    built.expect("the operating system gives a loop what it needs")
}

/// What this returns, run on a thread of its own; `None` if it does not come to an end. Its panic goes on here.
pub fn on_a_thread<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || sender.send(run()).is_ok());
    match receiver.recv_timeout(PATIENCE) {
        Ok(returned) => Some(returned),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => {
            thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload));
            None
        }
    }
}

/// Polls a future once.
pub fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// A waker that counts how often it was called.
#[derive(Default)]
pub struct CountingWaker {
    wakes: AtomicUsize,
}

impl CountingWaker {
    pub fn new() -> Arc<CountingWaker> {
        Arc::default()
    }

    /// A waker that counts here.
    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(self.clone())
    }

    /// How often its wakers were called.
    pub fn wakes(&self) -> usize {
        self.wakes.load(SeqCst)
    }

    /// How many of its wakers somebody still has.
    pub fn held(self: &Arc<Self>) -> usize {
        Arc::strong_count(self) - 1
    }
}

impl Wake for CountingWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wakes.fetch_add(1, SeqCst);
    }
}

/// What the probes have seen: the records of a trace.
#[derive(Clone)]
pub struct Log {
    records: Rc<RefCell<Vec<Record>>>,
    start: Instant,
}

impl Default for Log {
    fn default() -> Log {
        Log { records: Rc::default(), start: Instant::now() }
    }
}

impl Log {
    /// Writes down that something has happened, now.
    pub fn note(&self, what: What) {
        self.note_at(self.start.elapsed(), 1, what);
    }

    /// The same, at a time that is not the clock's.
    pub fn note_at(&self, t: Duration, turn: u64, what: What) {
        let t = u64::try_from(t.as_nanos()).unwrap_or(u64::MAX);
        self.records.borrow_mut().push(Record { t, turn, what });
    }

    pub fn records(&self) -> Vec<Record> {
        self.records.borrow().clone()
    }

    pub fn story(&self) -> String {
        story(&self.records.borrow())
    }
}

/// Stops whoever polls a future for ever. Each future of a check calls this in each poll.
pub fn stop_runaway(polls: u32) {
    if polls >= RUNAWAY {
        panic::panic_any(Runaway(polls));
    }
}

/// A future that asks to be polled so many times and wakes its task in between, and writes down what is done to it.
pub struct Probe {
    task: TaskId,
    log: Log,
    left: u32,
    polls: Rc<Cell<u32>>,
    is_done: bool,
}

impl Probe {
    /// `task` is its number in the story, `name` its name there.
    #[track_caller]
    pub fn new(log: &Log, task: u64, name: &'static str, pending: u32) -> Probe {
        let place = Location::caller();
        log.note(What::TaskCreated { task: TaskId(task), by: None, coroutine: name, place });
        let polls = Rc::default();
        Probe { task: TaskId(task), log: log.clone(), left: pending, polls, is_done: false }
    }

    /// Counts its polls, also once it is gone.
    pub fn polls(&self) -> Rc<Cell<u32>> {
        self.polls.clone()
    }

    /// As a child of an answer's: a future of its number.
    pub fn boxed(mut self) -> BoxFuture<u32> {
        Box::pin(future::poll_fn(move |context| {
            let number = poll_once(Pin::new(&mut self), context.waker());
            number.map(|number| u32::try_from(number).unwrap_or(u32::MAX))
        }))
    }
}

impl Future for Probe {
    /// Its number.
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u64> {
        let polls = self.polls.get() + 1;
        self.polls.set(polls);
        stop_runaway(polls);
        let task = self.task;
        self.log.note(What::PollStarted { task, poll: polls });
        let outcome = if self.left == 0 { Outcome::Ready } else { Outcome::Pending };
        if outcome == Outcome::Pending {
            self.left -= 1;
            let (by, outcome) = (Cause::Task(task), WakeOutcome::Queued);
            self.log.note(What::Woken { task, by, outcome });
            context.waker().wake_by_ref();
        }
        self.log.note(What::PollEnded { task, outcome, waits: None, wakers: 1 });
        match outcome {
            Outcome::Ready => {
                self.is_done = true;
                Poll::Ready(task.0)
            }
            _ => Poll::Pending,
        }
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        if !self.is_done {
            self.log.note(What::Dropped { task: self.task });
        }
    }
}
