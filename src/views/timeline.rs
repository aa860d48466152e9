//! The timeline: a page that shows a run in the browser, opened from disk.
//!
//! The page is in the folder `timeline`, a file for each of its parts, put together here; this writes the data that
//! it draws: the records, the story's sentences, what the lints found, and the lines of the program that are spoken
//! of. All of it is data, text as JSON, in which no `<` occurs: what a peer has sent can't become a part of the page.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    env,
    fmt::Write,
    fs,
    path::PathBuf,
};

use super::{json::string, recording::Recording, story::Storyteller};
use crate::trace::{birth_name, record::*};

const PAGE: &str = include_str!("timeline/page.html");
const STYLE: &str = include_str!("timeline/page.css");

/// One program, in the order in which one reads it.
const SCRIPT: &str = concat!(
    include_str!("timeline/words.js"),
    include_str!("timeline/tools.js"),
    include_str!("timeline/run.js"),
    include_str!("timeline/axis.js"),
    include_str!("timeline/lanes.js"),
    include_str!("timeline/paint.js"),
    include_str!("timeline/head.js"),
    include_str!("timeline/loop.js"),
    include_str!("timeline/tasks.js"),
    include_str!("timeline/bars.js"),
    include_str!("timeline/arrows.js"),
    include_str!("timeline/legend.js"),
    include_str!("timeline/machine.js"),
    include_str!("timeline/play.js"),
    include_str!("timeline/why.js"),
    include_str!("timeline/guide.js"),
    include_str!("timeline/panel.js"),
    include_str!("timeline/keys.js"),
    include_str!("timeline/start.js"),
);

/// Lost time of so many nanoseconds is drawn.
const VISIBLE: u64 = 20_000;

/// How many lines around a line of the program are shown.
const AROUND: u32 = 4;

/// The page, with these chapters; `more` loops are left out.
pub(super) fn page<'a>(chapters: impl Iterator<Item = &'a String>, more: usize) -> String {
    let program = env::args_os().next().map(PathBuf::from);
    let program = program.as_ref().and_then(|path| path.file_stem()).unwrap_or_default();
    let program = string(&program.to_string_lossy());
    let loops = chapters.map(String::as_str).collect::<Vec<_>>().join(",\n");
    let run = format!(
        "{{\"version\":1,\"program\":{program},\"more_loops\":{more},\"loops\":[\n{loops}\n]}}"
    );
    // The run comes last: it may contain anything.
    PAGE.replace("{{STYLE}}", STYLE).replace("{{SCRIPT}}", SCRIPT).replace("{{RUN}}", &run)
}

/// One loop.
pub(super) fn chapter(recording: &Recording) -> String {
    let mut tables = Tables::default();
    let (mut records, mut lost) = (String::new(), String::new());
    let (mut story, mut findings) = (String::new(), String::new());
    let mut teller = Storyteller::new(true, true, recording.slow_poll);
    for (index, record) in recording.iter().enumerate() {
        tables.record(&mut records, record);
        let Lost { watching, preempted } = record.lost;
        if record.lost.total() >= VISIBLE {
            let _ = writeln!(lost, "[{index},{watching},{preempted}],");
        }
        if recording.left_out > 0 && index == recording.first.len() {
            teller.leave_out(record.t);
        }
        for sentence in teller.tell(record) {
            let (glyph, text) = (string(sentence.glyph), string(&sentence.text));
            let (task, place) =
                (or_null(sentence.task), or_null(sentence.place.map(|it| tables.place(it))));
            let _ = writeln!(story, "[{index},{glyph},{task},{text},{place}],");
        }
        for finding in &teller.findings {
            let (lint, text, task) =
                (string(finding.lint), string(&finding.text), or_null(finding.task));
            let _ = writeln!(findings, "[{index},{lint},{text},{task}],");
        }
    }
    let left_out = match recording.left_out {
        0 => "null".to_string(),
        records => format!("{{\"after\":{},\"records\":{records}}}", recording.first.len()),
    };
    let names = tables.names.iter().map(|name| string(name)).collect::<Vec<_>>().join(",\n");
    let places =
        tables.places.iter().map(|place| format!("[{},{}]", string(place.file()), place.line()));
    let places = places.collect::<Vec<_>>().join(",");
    let sources = sources(&tables.places);
    let [records, lost, story, findings] = [records, lost, story, findings].map(without_last_comma);
    let name = recording.name().map_or("null".to_string(), string);
    format!(
        "{{\"name\":{name},\"left_out\":{left_out},\n\"names\":[{names}],\n\"places\":[{places}],\n\"sources\":{{{sources}}},\n\
         \"records\":[\n{records}],\n\"lost\":[\n{lost}],\n\"story\":[\n{story}],\n\"findings\":[\n{findings}]}}"
    )
}

fn without_last_comma(mut list: String) -> String {
    if list.ends_with(",\n") {
        list.truncate(list.len() - 2);
    }
    list
}

fn or_null(number: Option<impl std::fmt::Display>) -> String {
    number.map_or("null".to_string(), |number| number.to_string())
}

/// What occurs again and again is written once, and then called by its number.
#[derive(Default)]
struct Tables {
    names: Vec<String>,
    name_numbers: HashMap<String, usize>,
    places: Vec<Place>,
    place_numbers: HashMap<Place, usize>,
}

impl Tables {
    fn name(&mut self, name: &str) -> usize {
        if let Some(number) = self.name_numbers.get(name) {
            return *number;
        }
        self.names.push(name.to_string());
        self.name_numbers.insert(name.to_string(), self.names.len() - 1);
        self.names.len() - 1
    }

    fn place(&mut self, place: Place) -> usize {
        let places = &mut self.places;
        *self.place_numbers.entry(place).or_insert_with(|| {
            places.push(place);
            places.len() - 1
        })
    }

    /// One record, as an array: time, turn, kind, and what there is to say of that kind.
    fn record(&mut self, out: &mut String, Record { t, turn, what, .. }: &Record) {
        let kind = self.loop_kind(what).or_else(|| self.task_kind(what));
        let kind = kind.or_else(|| socket_kind(self, what)).or_else(|| timer_kind(what));
        let kind = kind.unwrap_or_else(|| string(&what.to_string()));
        // Writing to a `String` does not fail.
        let _ = writeln!(out, "[{t},{turn},{kind}],");
    }

    fn loop_kind(&mut self, what: &What) -> Option<String> {
        Some(match what {
            What::LoopStarted { main, place, .. } => {
                format!("\"loop starts\",{main},{}", self.place(place))
            }
            What::LoopEnded { main } => format!("\"loop ends\",{main}"),
            What::TurnEnded { polls } => format!("\"turn ends\",{polls}"),
            What::Parked { deadline } => format!("\"park\",{}", or_null(*deadline)),
            What::Unparked { by } => format!("\"unpark\",{}", string(&by.to_string())),
            What::Deadlocked { tasks } => format!("\"deadlock\",{tasks}"),
            What::Stuck { tasks } => format!("\"stuck\",{tasks}"),
            What::Panicked { code } => format!("\"panic\",{}", string(&code.to_string())),
            _ => return None,
        })
    }

    fn task_kind(&mut self, what: &What) -> Option<String> {
        Some(match what {
            What::TaskCreated { task, by, coroutine, place } => {
                let (by, name) = (or_null(*by), self.name(&birth_name(coroutine)));
                format!("\"create\",{task},{by},{name},{}", self.place(place))
            }
            What::TaskNamed { task, name } => format!("\"name\",{task},{}", self.name(name)),
            What::PollStarted { task, poll } => format!("\"poll\",{task},{poll}"),
            What::PollEnded { task, outcome, waits, .. } => {
                let waits = waits.map_or("null".to_string(), |wait| self.wait(wait));
                format!("\"poll ends\",{task},\"{outcome}\",{waits}")
            }
            What::Woken { task, by, outcome } => {
                let outcome = match outcome {
                    WakeOutcome::Queued => "queued",
                    WakeOutcome::AlreadyQueued => "already queued",
                };
                format!("\"wake\",{task},{},\"{outcome}\"", cause(*by))
            }
            What::DeadWake { task } => format!("\"dead wake\",{task}"),
            What::Cancelled { task, by } => format!("\"cancel\",{task},{}", or_null(*by)),
            What::Dropped { task } => format!("\"drop\",{task}"),
            What::Retrieved { task } => format!("\"retrieve\",{task}"),
            What::NeverRetrieved { task, failure: Failure::Panicked, .. } => {
                format!("\"never retrieved\",{task},\"panicked\"")
            }
            What::NeverRetrieved { task, failure: Failure::ReturnedError, .. } => {
                format!("\"never retrieved\",{task},\"returned an error\"")
            }
            What::CallbacksRun { task, callbacks } => format!("\"callbacks\",{task},{callbacks}"),
            _ => return None,
        })
    }

    fn wait(&mut self, Wait { what, place }: Wait) -> String {
        let (kind, number) = match what {
            WaitFor::Sleep { timer, .. } => ("timer", Some(timer)),
            WaitFor::Socket { socket, .. } => ("socket", Some(socket)),
            WaitFor::Task(task) => ("task", Some(task.0)),
            WaitFor::Job(job) => ("job", Some(job)),
            WaitFor::Turn => ("turn", None),
            WaitFor::Other(_) => ("other", None),
        };
        let words = string(&what.to_string());
        format!("[\"{kind}\",{},{words},{}]", or_null(number), self.place(place))
    }
}

fn cause(cause: Cause) -> String {
    match cause {
        Cause::Task(task) => format!("[\"task\",{task}]"),
        Cause::Socket { socket, direction } => format!("[\"socket\",{socket},\"{direction}\"]"),
        Cause::Timer(timer) => format!("[\"timer\",{timer}]"),
        Cause::Job { job, thread } => format!("[\"job\",{job},{thread}]"),
        Cause::Outside => "[\"outside\"]".to_string(),
    }
}

fn socket_kind(tables: &mut Tables, what: &What) -> Option<String> {
    Some(match what {
        What::Registered { socket, address } => {
            let address = address.map(|address| tables.name(&address.to_string()));
            format!("\"register\",{socket},{}", or_null(address))
        }
        What::Tried { socket, operation, outcome } => {
            let (word, bytes) = match outcome {
                Attempt::Done { bytes } => ("done", *bytes),
                Attempt::WouldBlock | Attempt::Drained => ("would block", None),
                Attempt::Failed(_) => ("failed", None),
            };
            let (bytes, words) = (or_null(bytes), string(&outcome.to_string()));
            format!("\"try\",{socket},\"{operation}\",\"{word}\",{bytes},{words}")
        }
        What::Armed { socket, direction } => format!("\"arm\",{socket},\"{direction}\""),
        What::Ready { socket, readable, writable, error } => {
            let [readable, writable, error] = [readable, writable, error].map(|it| u8::from(*it));
            format!("\"event\",{socket},{readable},{writable},{error}")
        }
        What::Disarmed { socket, direction } => format!("\"disarm\",{socket},\"{direction}\""),
        What::Deregistered { socket } => format!("\"deregister\",{socket}"),
        What::Unsent { socket, bytes } => format!("\"unsent\",{socket},{bytes}"),
        _ => return None,
    })
}

fn timer_kind(what: &What) -> Option<String> {
    Some(match what {
        What::TimerArmed { timer, deadline } => format!("\"arm timer\",{timer},{deadline}"),
        What::TimerFired { timer, late } => format!("\"fire timer\",{timer},{late}"),
        What::TimerCancelled { timer } => format!("\"cancel timer\",{timer}"),
        What::JobQueued { job } => format!("\"queue job\",{job}"),
        What::JobDone { job, thread, started, ended } => {
            format!("\"done job\",{job},{thread},{started},{ended}")
        }
        _ => return None,
    })
}

/// The lines around each place, by file; without the files that are not there any more, or never were.
fn sources(places: &[Place]) -> String {
    let mut wanted: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    for place in places {
        let around = place.line().saturating_sub(AROUND).max(1)..=place.line() + AROUND;
        wanted.entry(place.file()).or_default().extend(around);
    }
    let files = wanted.into_iter().filter_map(|(file, numbers)| {
        let text = read_source(file)?;
        let lines: Vec<&str> = text.lines().collect();
        let lines = numbers.into_iter().filter_map(|number| {
            let line = lines.get(number as usize - 1)?;
            Some(format!("\"{number}\":{}", string(line)))
        });
        Some(format!("{}:{{{}}}", string(file), lines.collect::<Vec<_>>().join(",")))
    });
    files.collect::<Vec<_>>().join(",\n")
}

/// A place names its file from where the compiler was called: the workspace's root, mostly. Cargo says where
/// the package is, and the root is there or further up.
fn read_source(file: &str) -> Option<String> {
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let folders = [PathBuf::new()].into_iter().chain(package.ancestors().map(PathBuf::from));
    folders.map(|folder| folder.join(file)).find_map(|path| fs::read_to_string(path).ok())
}
